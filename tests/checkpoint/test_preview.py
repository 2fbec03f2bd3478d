"""What is there of a checkpoint while its files come in."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.column_tensors import ColumnTensors, layouts_of, names_of
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.preview import MOST, Arriving, Branch, Preview
from paramtui.checkpoint.tensor import TensorInfo

NAMES = [
    "lm_head.weight",
    "model.norm.weight",
    *(f"model.layers.{n}.{part}" for n in range(6) for part in ("q.weight", "k.weight")),
    "model.layers.0.router.weight",
    "model.embed_tokens.weight",
]


def tensors(names: Sequence[str]) -> list[TensorInfo]:
    """Of 4 numbers, or 8 bytes, each."""
    return [TensorInfo(name, BF16, (2, 2)) for name in names]


def test_a_layer_is_told_once_all_of_it_is_there() -> None:
    arriving = Arriving(NAMES)
    arriving.add(tensors(["model.layers.1.q.weight", "model.norm.weight"]))
    assert arriving.branches() == (Branch("model.norm", 1, 1, 8),)
    arriving.add(tensors(["model.layers.1.k.weight"]))
    assert arriving.branches() == (
        Branch("model.layers.1", 1, 2, 16),
        Branch("model.norm", 1, 1, 8),
    )


def test_equal_layers_are_one_row_and_rows_stand_as_the_data_flows() -> None:
    arriving = Arriving(NAMES)
    arriving.add(tensors(NAMES))
    assert arriving.branches() == (
        Branch("model.embed_tokens", 1, 1, 8),
        Branch("model.layers.0", 1, 3, 24),
        Branch("model.layers.1 … 5", 5, 10, 80),
        Branch("model.norm", 1, 1, 8),
        Branch("lm_head", 1, 1, 8),
    )


def test_what_the_index_does_not_promise_is_never_told() -> None:
    arriving = Arriving(["a.weight"])
    arriving.add(tensors(["a.weight", "a.bias", "b.weight"]))
    assert arriving.branches() == ()


def test_columns_are_counted_without_a_list_of_them() -> None:
    listed = tensors(NAMES)
    columns = ColumnTensors(names_of(listed), layouts_of(listed), [("f", len(listed))])
    one, other = Arriving(NAMES), Arriving(NAMES)
    one.add(columns)
    other.add(listed)
    assert columns._found is None
    assert one.branches() == other.branches()


def test_names_that_are_nothing_but_numbers_are_rows_of_their_own() -> None:
    arriving = Arriving(["0.weight", "1.weight", "7", "x"])
    arriving.add(tensors(["7", "x", "0.weight", "1.weight"]))
    assert {branch.name for branch in arriving.branches()} == {"0", "1", "7", "x"}


def test_an_index_of_too_many_modules_tells_nothing() -> None:
    names = [f"m{n}.weight" for n in range(MOST + 1)]
    for count in (MOST, MOST + 1):
        arriving = Arriving(names[:count])
        arriving.add(tensors(names[:count]))
        assert len(arriving.branches()) == (MOST if count == MOST else 0)


@given(st.permutations(NAMES), st.integers(1, 5))
def test_whatever_comes_first_nothing_is_told_too_early_or_lost(
    names: list[str], files: int
) -> None:
    arriving = Arriving(NAMES)
    for start in range(files):
        arriving.add(tensors(names[start::files]))
        assert sum(row.tensors for row in arriving.branches()) <= len(NAMES)
    rows = arriving.branches()
    assert sum(row.tensors for row in rows) == len(NAMES)
    assert sum(row.nbytes for row in rows) == 8 * len(NAMES)


def test_each_part_of_a_preview_may_come_alone() -> None:
    rows = (Branch("lm_head", 1, 1, 8),)
    first = Preview(branches=rows)
    assert first.followed_by(Preview()) == first
    assert Preview().followed_by(first) == first
