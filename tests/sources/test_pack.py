"""Packs: what is encoded is decoded, and nothing else is."""

import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint, Choice, Shard
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counted import counted
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import replace
from paramtui.sources.pack.decode import decode
from paramtui.sources.pack.encode import encode
from paramtui.sources.pack.fields import DamagedPack, PackError
from paramtui.sources.pack.format import MAGIC

WEIGHT = TensorInfo("w", SAFETENSORS_DTYPES["F32"], (2, 3), "one")
Q4_K = Dtype("Q4_K", 1152, 256)
DTYPES = st.sampled_from([*SAFETENSORS_DTYPES.values(), Q4_K])
TEXTS = st.text(st.characters(codec="utf-8")).filter(str.isprintable)
TENSORS = st.lists(
    st.builds(
        TensorInfo,
        st.text("abc.0159é", max_size=8),
        DTYPES,
        st.lists(st.integers(0, 2**40), max_size=3).map(tuple),
        st.sampled_from(["one", "two"]),
    ),
    min_size=1,
)


def checkpoint(tensors: list[TensorInfo], **fields: object) -> Checkpoint:
    shards = (Shard("one"), Shard("two"))
    return Checkpoint("org/name", tuple(tensors), source="hub", shards=shards, **fields)  # type: ignore[arg-type]


@given(TENSORS, st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, TEXTS | st.integers()))
def test_a_checkpoint_comes_back_whole(
    tensors: list[TensorInfo], warnings: list[str], config: dict[str, str | int]
) -> None:
    packed = checkpoint(
        tensors,
        config=ModelConfig.from_json(config),
        warnings=tuple(warnings),
        choices=(Choice("Q4_K", "hf://org/name/f", 7, opened=True), Choice("Q8_0", "g")),
    )
    found = decode(encode(packed))
    assert found.tensors == packed.tensors
    assert (found.id, found.shards, found.source) == (packed.id, packed.shards, "hub")
    assert found.config.root.values == packed.config.root.values
    assert (found.warnings, found.choices) == (packed.warnings, packed.choices)


NAMES = st.builds(
    "model.layers.{}.{}.{}.weight".format,
    st.integers(0, 3),
    st.sampled_from(["self_attn.q_proj", "mlp.experts.0.up_proj", "mlp.experts.1.up_proj", "norm"]),
    st.sampled_from(["a", "b"]),
)


@given(st.lists(st.tuples(NAMES, DTYPES, st.sampled_from([(4, 8), (8,)])), min_size=1))
def test_groups_and_tree_come_back(rows: list[tuple[str, Dtype, tuple[int, ...]]]) -> None:
    tensors = [TensorInfo(name, dtype, shape, "one") for name, dtype, shape in rows]
    whole = counted(checkpoint(tensors), tree=True)
    known, found = whole.known, decode(encode(whole))
    assert known is not None
    assert found.known is not None
    assert found.known.groups == known.groups
    assert found.known.tree == known.tree
    assert [group.count for group in found.known.groups] == [g.count for g in known.groups]
    one, two = summarise(found), summarise(checkpoint(tensors))
    assert (one.total, one.by_kind, one.warnings) == (two.total, two.by_kind, two.warnings)


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_pieces_of_any_length_make_the_same_pack(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = counted(checkpoint([WEIGHT._replace(name=f"{i}.w") for i in range(6)]), tree=True)
    monkeypatch.setattr("paramtui.sources.pack.groups.PIECE", piece)
    found = decode(encode(whole))
    assert found.known is not None
    assert whole.known is not None
    assert (found.tensors, found.known.groups) == (whole.tensors, whole.known.groups)


@pytest.mark.parametrize("piece", [10, 1000])
def test_no_step_of_packing_takes_more_than_a_piece(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a single call goes over, no other thread can interrupt."""
    taken: list[int] = []

    class Noting(LazyTensors):
        __slots__ = ()

        def __getitem__(self, place: Any) -> Any:
            taken.append(len(self.rows()[place]))
            return super().__getitem__(place)

    monkeypatch.setattr("paramtui.sources.pack.groups.PIECE", piece)
    tensors = Noting(2500, lambda: [WEIGHT._replace(name=f"w.{i}") for i in range(2500)])
    assert decode(encode(replace(checkpoint([]), tensors=tensors))).tensors == tensors
    assert (sum(taken), max(taken)) == (2500, piece)


@pytest.mark.parametrize(
    "other",
    [
        lambda tensors: tensors[::-1],
        lambda tensors: tensors[1:],
        lambda tensors: tensors + tensors[-1:],
        lambda tensors: (WEIGHT._replace(name="0.w"), *tensors[1:]),
        lambda tensors: tensors[:1] * len(tensors),
        lambda _: (),
    ],
)
def test_groups_of_other_tensors_are_left_out(
    other: Callable[[tuple[TensorInfo, ...]], tuple[TensorInfo, ...]],
) -> None:
    whole = counted(checkpoint([WEIGHT._replace(name=f"{i}.w") for i in range(6)]))
    assert whole.known is not None
    (group,) = whole.known.groups
    changed = replace(group, tensors=other(tuple(group.tensors)))
    found = decode(encode(replace(whole, counted=replace(whole.known, groups=(changed,)))))
    assert (found.tensors, found.known) == (whole.tensors, None)


def test_tensors_are_made_when_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(counted(checkpoint([WEIGHT._replace(name=f"w.{i}") for i in range(9)])))
    made: list[int] = []
    rows = LazyTensors.rows

    def noted(self: LazyTensors) -> Sequence[TensorInfo]:
        made.append(len(self))
        return rows(self)

    monkeypatch.setattr(LazyTensors, "rows", noted)
    found = decode(data)
    assert (summarise(found).total, len(found.tensors), made) == (54, 9, [])
    assert found.tensors[8].name == "w.8"
    assert made


def test_the_tree_is_left_where_it_is_not_wanted() -> None:
    found = decode(encode(counted(checkpoint([WEIGHT]), tree=True)), tree=False)
    assert found.known is not None
    assert found.known.tree is None


def test_another_config_is_counted_anew() -> None:
    found = decode(encode(counted(checkpoint([WEIGHT]), tree=True)))
    assert replace(found, config=ModelConfig.from_json({})).known is None
    assert replace(found, tensors=(WEIGHT,)).known is None
    assert replace(found, notice="x").known is not None


def test_types_and_shapes_are_shared() -> None:
    found = decode(encode(checkpoint([WEIGHT._replace(name=f"w.{i}") for i in range(9)])))
    assert {id(tensor.dtype) for tensor in found.tensors} == {id(SAFETENSORS_DTYPES["F32"])}
    assert len({id(tensor.shape) for tensor in found.tensors}) == 1


@given(st.data())
def test_a_damaged_pack_is_refused(data: st.DataObject) -> None:
    whole = encode(checkpoint([WEIGHT]))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        damaged = whole[:at]
    else:
        damaged = (
            whole[:at] + bytes([whole[at] ^ 1 << data.draw(st.integers(0, 7))]) + whole[at + 1 :]
        )
    with pytest.raises(PackError):
        decode(damaged)


def forged(**changes: object) -> bytes:
    """A pack of one tensor with another head, or other columns or names, and a right checksum."""
    head: dict[str, object] = {
        "id": "org/name",
        "shards": [["one", 100]],
        "layouts": [["F32", 32, 1, [2, 3]]],
        "runs": [["one", 1]],
        "config": {},
        "warnings": [],
        "choices": [],
        "notice": None,
        "components": [],
        "groups": None,
        "tree": None,
    }
    names = changes.pop("names", "w")
    members, layers = changes.pop("members", [0]), changes.pop("layers", [])
    text = json.dumps({**head, **changes}).encode()
    assert isinstance(members, list)
    assert isinstance(layers, list)
    assert isinstance(names, str)
    payload = len(text).to_bytes(4, "little") + text
    for column in (members, layers):
        payload += len(column).to_bytes(4, "little")
        payload += b"".join(item.to_bytes(4, "little", signed=item < 0) for item in column)
    packed = zlib.compress(payload)
    body = len(packed).to_bytes(4, "little") + packed + zlib.compress(names.encode())
    return MAGIC + zlib.crc32(body).to_bytes(4, "little") + body


GROUP = ["w", [2, 3], "mlp", "weight", "linear", 1, 3, 2, 0, 1]
ROW = ["w", "w", "mlp", 6, 24, ["F32"], 1, [2, 3], [2, 3], "weight", "one", "w", "", []]
GROUPS = {"groups": [GROUP], "layers": [-1], "tree": ROW}


def test_a_forged_pack_is_read_when_it_is_sound() -> None:
    assert decode(forged()).tensors == (WEIGHT,)
    found = decode(forged(**GROUPS)).known
    assert found is not None
    assert found.tree is not None
    assert found.groups[0].tensors == (WEIGHT,)


@pytest.mark.parametrize(
    "changes",
    [
        {"members": []},
        {"members": [0, 0]},
        {"layers": []},
        {"groups": []},
        {"groups": [GROUP, GROUP]},
        {"groups": [GROUP[:-1]]},
        {"layouts": [["F32", 32, 1, [2, 3]]] * 2},
        {"groups": [[*GROUP[:1], 1, *GROUP[2:]]]},
        {"groups": [[*GROUP[:2], "nothing", *GROUP[3:]]]},
        {"groups": [[*GROUP[:5], -1, *GROUP[6:]]]},
        {"groups": [[*GROUP[:-1], 2]]},
        {"groups": [GROUP, [*GROUP[:-1], 0]], "layouts": [["F32", 32, 1, [2, 3]]] * 2},
        {"shards": [["one", 23]]},
        {"shards": [["other", None]]},
        {"groups": 7},
        {"tree": 7},
        {"tree": ROW[:-1]},
        {"tree": [*ROW[:-1], [7]]},
        {"tree": [*ROW[:2], "nothing", *ROW[3:]]},
    ],
)
def test_forged_groups_and_trees_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PackError):
        decode(forged(**{**GROUPS, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"names": "w\nv"},
        {"names": "w\x1b[31m"},
        {"names": "w" * 5000},
        {"members": [1]},
        {
            "groups": [[*GROUP[:-1], 2]],
            "shards": [["one", 40], ["two", 100]],
            "runs": [["one", 2]],
            "members": [0, 0],
            "layers": [-1, -1],
            "names": "w\nv",
        },
    ],
)
def test_forged_tensors_are_refused_when_they_are_looked_at(changes: dict[str, object]) -> None:
    found = decode(forged(**{**GROUPS, **changes}))
    assert found.known is not None
    with pytest.raises(DamagedPack) as caught:
        list(found.known.groups[0].tensors)
    assert caught.value.hint == "--refresh reads it anew"


def test_a_tree_deeper_than_any_name_is_refused() -> None:
    row: list[object] = ROW
    for _ in range(200):
        row = [*ROW[:-1], [row]]
    with pytest.raises(PackError):
        decode(forged(**{**GROUPS, "tree": row}))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 7},
        {"shards": [["one", 23]]},
        {"shards": [["one", -1]]},
        {"shards": [["other", None]]},
        {"shards": 7},
        {"layouts": [["F32", 32, 0, [2, 3]]]},
        {"layouts": [["F32", 32.0, 1, [2, 3]]]},
        {"layouts": [["F32", True, 1, [2, 3]]]},
        {"layouts": [["F32", 32, 1, [-2, 3]]]},
        {"layouts": [["F32", 32, 1, "23"]]},
        {"layouts": [["F32", 32, 1]]},
        {"layouts": []},
        {"runs": [["one", 2]]},
        {"runs": [["one", 0]]},
        {"runs": []},
        {"members": [1]},
        {"members": [0, 0]},
        {"members": []},
        {"warnings": [7]},
        {"choices": [["a"]]},
        {"notice": 7},
        {"components": [[7, {}]]},
    ],
)
def test_a_forged_pack_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PackError):
        decode(forged(**changes))


def test_a_pack_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramtui.sources.pack.decode.INFLATED_LIMIT", 1000)
    with pytest.raises(PackError):
        decode(forged(warnings=["x" * 2000]))
