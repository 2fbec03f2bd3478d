"""Tensors in columns are those that a list of them would be, and are counted as they are."""

import gc
import threading
import weakref
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.column_tensors import (
    ColumnTensors,
    PickedTensors,
    chosen_of,
    first_of,
    joined,
    layouts_of,
    names_of,
)
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counted import counted
from paramtui.checkpoint.counting.grouping import group_tensors
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.layouts import layouts, total_bytes
from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.sources.pack.decode import decode
from paramtui.sources.pack.encode import encode

NAMES = st.builds(
    "model.layers.{}.{}.{}".format,
    st.integers(0, 4),
    st.sampled_from(
        ["self_attn.q_proj", "mlp.experts.0.up_proj", "mlp.experts.1.up_proj", "eh_proj", "norm"]
    ),
    st.sampled_from(["weight", "weight_scale_inv", "bias"]),
)
LAYOUTS = st.tuples(
    st.sampled_from([SAFETENSORS_DTYPES[name] for name in ("F8_E4M3", "BF16", "F32")]),
    st.sampled_from([(4, 8), (8,), (1, 1)]),
)
ROWS = st.lists(st.tuples(NAMES, LAYOUTS), unique_by=lambda row: row[0], min_size=1)
CONFIGS = st.sampled_from(
    [{}, {"num_hidden_layers": 3, "num_nextn_predict_layers": 1}, {"n_routed_experts": 2}]
)


def both(
    rows: list[tuple[str, tuple[Dtype, Shape]]], cut: int
) -> tuple[ColumnTensors, tuple[TensorInfo, ...]]:
    """The same tensors in two files, in columns and as a list."""
    cut = min(cut, len(rows))
    runs = [("one", cut), ("two", len(rows) - cut)]
    names, layouts = [name for name, _ in rows], [layout for _, layout in rows]
    listed = tuple(
        TensorInfo(name, dtype, shape, "one" if place < cut else "two")
        for place, (name, (dtype, shape)) in enumerate(rows)
    )
    return ColumnTensors(names, layouts, runs), listed


@given(ROWS, st.integers(0, 9), st.data())
def test_each_is_the_one_of_the_list(
    rows: list[tuple[str, tuple[Dtype, Shape]]], cut: int, data: st.DataObject
) -> None:
    columns, listed = both(rows, cut)
    place = data.draw(st.integers(0, len(rows) - 1))
    chosen = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    assert columns.at(place) == listed[place]
    picked = PickedTensors(columns, range(len(rows)))
    assert first_of(picked) == first_of(listed) == listed[0]
    assert columns._found is None
    assert len(columns) == len(listed)
    assert tuple(columns) == listed
    assert columns.at(place) is columns[place]
    assert chosen_of(picked, chosen) == tuple(chosen_of(listed, chosen))


@given(ROWS, st.integers(0, 9))
def test_files_are_joined_one_after_the_other(
    rows: list[tuple[str, tuple[Dtype, Shape]]], cut: int
) -> None:
    columns, listed = both(rows, cut)
    one, two = (ColumnTensors(names, kinds, [run]) for names, kinds, run in _apart(columns))
    found = joined([one, joined(()), two])
    assert (len(found), found.at(len(rows) - 1)) == (len(listed), listed[-1])
    assert (names_of(found), layouts_of(found)) == (names_of(listed), layouts_of(listed))
    assert {one._found, two._found, found._found} == {None}
    assert found == columns == listed


def _apart(
    columns: ColumnTensors,
) -> Iterator[tuple[Sequence[str], Sequence[tuple[Dtype, Shape]], tuple[str, int]]]:
    """Names, layouts and run of each file."""
    start = 0
    for file, held in columns.runs:
        end = start + held
        yield columns.names[start:end], columns.layouts[start:end], (file, held)
        start = end


@given(ROWS, st.integers(0, 9))
def test_together_they_take_what_a_list_of_them_takes(
    rows: list[tuple[str, tuple[Dtype, Shape]]], cut: int
) -> None:
    # Of each kind two objects, as in files that were read apart.
    rows = [(name, (dtype, (*shape,))) for name, (dtype, shape) in rows]
    columns, listed = both(rows, cut)
    assert list(layouts(columns).items()) == list(layouts(listed).items())
    assert total_bytes(columns) == sum(tensor.nbytes for tensor in listed)
    assert columns._found is None


@given(ROWS, st.integers(0, 9), CONFIGS)
def test_they_are_counted_and_packed_alike(
    rows: list[tuple[str, tuple[Dtype, Shape]]], cut: int, config: dict[str, int]
) -> None:
    columns, listed = both(rows, cut)
    known = ModelConfig.from_json(config)
    groups = group_tensors(columns, known)
    shards = (Shard("one"), Shard("two"))
    packed = [
        encode(counted(Checkpoint("a", tensors, known, "hub", shards=shards)))
        for tensors in (columns, listed)
    ]
    assert packed[0] == packed[1]
    assert groups == group_tensors(listed, known)
    found = decode(packed[0])
    assert (found.tensors, found.known and found.known.groups) == (listed, groups)


def test_equal_layouts_that_are_not_one_object_are_one_group() -> None:
    bf16 = SAFETENSORS_DTYPES["BF16"]
    layouts = [(bf16, tuple([4, 8])) for _ in range(3)]  # noqa: C409 - three objects
    columns = ColumnTensors([f"h.{i}.w" for i in range(3)], layouts, [("a", 3)])
    (group,) = group_tensors(columns)
    assert (group.count, group.layers) == (3, (0, 1, 2))


def test_counting_and_packing_list_none() -> None:
    """A report of a model looks at no tensor."""
    names = [
        f"model.layers.{i}.{part}" for i in range(3) for part in ("w.weight", "w.weight_scale_inv")
    ]
    layouts = [(SAFETENSORS_DTYPES["F8_E4M3"], (128, 128)), (SAFETENSORS_DTYPES["F32"], (1, 1))] * 3
    columns = ColumnTensors(names, layouts, [("a", 6)])
    whole = counted(Checkpoint("a", columns, source="hub", shards=(Shard("a"),)))
    assert whole.known
    assert (summarise(whole).total, [group.count for group in whole.known.groups]) == (
        49_152,
        [3, 3],
    )
    assert encode(whole)
    assert columns._found is None


def test_a_place_beyond_them_is_no_tensor() -> None:
    columns, _ = both([("w", (SAFETENSORS_DTYPES["F32"], (8,)))], 1)
    with pytest.raises(IndexError):
        columns.at(1)


def test_two_threads_that_look_at_once_see_the_same() -> None:
    made: list[int] = []
    began, both_wait = threading.Event(), threading.Barrier(2)

    def make() -> tuple[TensorInfo, ...]:
        made.append(1)
        began.wait(10)
        return (TensorInfo("w", SAFETENSORS_DTYPES["F32"], (8,), "a"),)

    lazy = LazyTensors(1, make)
    seen: list[object] = []

    def look() -> None:
        both_wait.wait(10)
        seen.append(lazy[0])

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    began.set()
    for thread in threads:
        thread.join(10)
    assert seen[0] is seen[1]
    assert made == [1]


def test_what_nobody_holds_is_freed_without_a_collector() -> None:
    columns, _ = both([("w", (SAFETENSORS_DTYPES["F32"], (8,)))], 1)
    gone = weakref.ref(columns)
    picked = PickedTensors(columns, [0])
    assert len(picked.rows()) == 1
    assert repr(picked) == "<1 tensors>"
    enabled = gc.isenabled()
    gc.disable()
    try:
        del columns, picked
        assert gone() is None
    finally:
        if enabled:
            gc.enable()
