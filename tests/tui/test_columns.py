"""Columns that fit, at any width."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.module import Module
from paramtui.tui.columns import Columns, Figures, _indent, header, row_line, widths
from paramtui.tui.line import plain, width
from paramtui.tui.visible_rows import Order, Row

from .conftest import GPT_OSS, opened


@given(st.integers(12, 300), st.integers(5, 17), st.integers(4, 8), st.integers(0, 12))
def test_a_row_is_exactly_as_wide_as_the_column_it_stands_in(
    cells: int, shape: int, dtype: int, depth: int
) -> None:
    columns = Columns.fit(cells, shape, dtype)
    module = Module("post_attention_layernorm", "x", None, 4096, 8192, ("F8_E4M3",), shape=(9,) * 9)
    line = row_line(Row(module, depth, 1), columns, Figures(10**9, 10**9), is_open=False, hit=True)
    assert width(line) <= cells
    titles = header(columns, Order.BYTES, in_all=True, by_category=False)
    assert width(titles) == width(line)


def test_columns_go_in_order_as_it_gets_narrow() -> None:
    shown = [
        {name for name, cells in Columns.fit(wide, 13, 4)._asdict().items() if cells}
        for wide in range(120, 10, -1)
    ]
    gone = [sorted(before - after) for before, after in itertools.pairwise(shown)]
    assert [names for names in gone if names] == [
        ["bar"], ["share"], ["shape"], ["dtype"], ["nbytes"], ["parameters"],
    ]  # fmt: skip


def test_all_copies_multiply_the_figures() -> None:
    module = Module("0 … 31", "layers.0-31", None, 218_112_000, 436_224_000, ("BF16",), repeat=32)
    columns = Columns.fit(100, 13, 4)
    figures = Figures(8_030_261_248, 16_060_522_496)
    one = plain([row_line(Row(module, 1, 1), columns, figures, is_open=True, hit=False)])
    every = figures._replace(in_all=True)
    together = plain([row_line(Row(module, 1, 1), columns, every, is_open=True, hit=False)])
    assert "218.11 M" in one
    assert "2.7 %" in one
    # Llama-3.1-8B: 32 layers of 218,112,000 parameters are 86.9 % of 8,030,261,248.
    assert "6.98 B" in together
    assert "86.9 %" in together


def test_widths_fit_what_is_there() -> None:
    shape, dtype = widths(opened(GPT_OSS).tree)
    assert shape <= 17
    assert dtype == 4


@given(st.integers(1, 60), st.integers(0, 120))
def test_a_child_is_never_left_of_its_parent(depth: int, cells: int) -> None:
    assert _indent(depth - 1, cells) <= _indent(depth, cells) <= max(cells, 0)
