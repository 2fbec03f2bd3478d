from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint, Shard, Total
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.dtype import BF16, F32
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import Kind, summarise

# What the Hub publishes of meta-llama/Llama-3.1-8B.
ELEMENTS = 8_030_261_248


def test_totals_are_counted_without_a_tensor() -> None:
    totals = (Total(BF16, ELEMENTS, ELEMENTS), Total(F32, 64, 64))
    found = summarise(Checkpoint("org/gated", (), totals=totals, shards=(Shard("a"), Shard("b"))))
    assert found.partial
    assert not found.complete
    assert (found.tensors, found.files) == (0, 2)
    assert found.total == found.active == found.stored_elements == ELEMENTS + 64
    assert found.stored_bytes == 2 * ELEMENTS + 4 * 64
    assert found.by_dtype == {"BF16": ELEMENTS, "F32": 64}
    assert found.by_category == {Category.OTHER: ELEMENTS + 64}
    assert found.by_kind == {Kind.WEIGHT: ELEMENTS + 64}
    assert not found.warnings


def test_the_tree_of_totals_has_a_row_a_type() -> None:
    totals = (Total(BF16, 3, 3), Total(F32, 64, 64))
    tree = build_module_tree(summarise(Checkpoint("org/gated", (), totals=totals)))
    assert [(row.name, row.parameters) for row in tree.children] == [("BF16", 3), ("F32", 64)]
    assert tree.nbytes == 6 + 256


def test_bytes_of_files_alone_are_no_parameters() -> None:
    found = summarise(Checkpoint("org/gated", (), totals=(Total(FILES, 1000, None),)))
    assert (found.total, found.stored_bytes) == (0, 1000)
    # Packed files whose parameters somebody has counted: both figures stand side by side.
    found = summarise(Checkpoint("org/gated", (), totals=(Total(FILES, 1000, 1900),)))
    assert (found.total, found.stored_bytes) == (1900, 1000)
