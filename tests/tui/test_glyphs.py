"""Bars in proportion, and ASCII cell for cell."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from paramtui.tui.commands import COMMANDS
from paramtui.tui.glyphs import bar, split, to_ascii
from paramtui.tui.styles import PARTS


@given(st.lists(st.floats(0, 1e15), max_size=12), st.integers(0, 200))
def test_segments_fill_the_bar_and_none_vanishes(sizes: list[float], cells: int) -> None:
    segments = split(sizes, cells)
    total = sum(sizes)
    assert sum(segments) == (cells if total > 0 else 0)
    if sum(size > 0 for size in sizes) <= cells:
        assert all(
            (size > 0) == (segment > 0) for size, segment in zip(sizes, segments, strict=True)
        )


def test_segments_are_in_proportion() -> None:
    assert split([50, 25, 25], 40) == [20, 10, 10]
    assert split([1, 1, 1], 40) in ([14, 13, 13], [13, 14, 13], [13, 13, 14])


def test_bars_are_as_wide_as_asked() -> None:
    assert bar(0.5, 4) == "██  "
    assert bar(1, 4) == "████"
    assert bar(0, 4) == "    "
    assert bar(1e-9, 4) == "▏   "
    assert bar(7, 2) == "██"


@given(st.text(max_size=30))
def test_ascii_text_takes_the_same_cells(text: str) -> None:
    text = "".join(char for char in text if cell_len(char))
    assert to_ascii(text).isascii()
    assert cell_len(to_ascii(text).replace("\x7f", "x")) >= len(text) or text == ""


def test_fills_of_one_bar_differ_in_ascii_too() -> None:
    inference = {"weights", "kv_cache", "state", "activations", "overhead"}
    training = {
        "weights", "adapter", "gradients", "optimizer", "activations", "logits", "overhead",
    }  # fmt: skip
    for together in (inference, training):
        assert len({PARTS[name].fill for name in together}) == len(together)
        assert len({to_ascii(PARTS[name].fill) for name in together}) == len(together)


def test_every_key_has_an_ascii_name() -> None:
    assert all(to_ascii(key).isascii() for row in COMMANDS for key in row.shown_keys)
