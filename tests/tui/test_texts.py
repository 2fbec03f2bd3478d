"""The lines around the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint, Fetched, Shard, Total
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.reports.units import Units
from paramtui.tui import texts
from paramtui.tui.line import plain, width
from paramtui.tui.opening import Opened
from paramtui.tui.search import Search

from .conftest import LLAMA, MIXTRAL, bundled, opened


@given(st.integers(1, 300), st.sampled_from([LLAMA, MIXTRAL]))
def test_no_line_is_wider_than_the_screen(cells: int, model: str) -> None:
    source = opened(model)
    assert width(texts.title(source, Units.GIB, cells)) <= max(cells, 3)
    assert width(texts.notice(source, cells)) <= max(cells, 3)
    if cells >= 24:
        assert width(texts.category_bar(source.summary, cells)) <= cells
        assert width(texts.footer(source.checkpoint, Search(), cells)) <= cells


@pytest.mark.parametrize(
    ("fetched", "cells", "text"),
    [
        (Fetched(5, 21_300), 80, "5 requests · 21 kB · 0 B of weights "),
        (Fetched(5, 21_300), 24, "21 kB · 0 B of weights "),
        (Fetched(5, 21_300), 16, "0 B of weights "),
        (Fetched(5, 21_300), 5, ""),
        (Fetched(9, 21_300, retries=4), 80, "9 requests · 4 retries · 21 kB · 0 B of weights "),
        (Fetched(9, 21_300, retries=1), 40, "9 requests · 21 kB · 0 B of weights "),
        (Fetched(from_cache=True), 80, "from the cache · 0 B of weights "),
        (Fetched(), 80, "nothing fetched · 0 B of weights "),
    ],
)
def test_what_looking_cost(fetched: Fetched, cells: int, text: str) -> None:
    checkpoint = replace(bundled(LLAMA), fetched=fetched)
    assert "".join(span.text for span in texts.cost(checkpoint, cells)) == text


def test_a_file_that_could_not_be_read_makes_totals_at_least() -> None:
    shards = (Shard("a.safetensors"), Shard("b.safetensors", problem="malformed header"))
    checkpoint = replace(bundled(LLAMA), shards=shards, notice=None)
    source = Opened(checkpoint, summarise(checkpoint), opened(LLAMA).tree)
    assert "≥ 8.03 B parameters" in plain([texts.title(source, Units.GIB, 120)])
    assert "1 file could not be read, totals are at least" in plain([texts.notice(source, 120)])
    assert "b.safetensors: malformed header" in plain(texts.warnings(source, 70))


def test_nothing_to_say_takes_no_line() -> None:
    checkpoint = replace(bundled(LLAMA), notice=None)
    source = Opened(checkpoint, replace(opened(LLAMA).summary, warnings=()), opened(LLAMA).tree)
    assert texts.notice(source, 80) == ()


def test_a_model_known_by_the_sizes_of_its_files_has_no_number_of_parameters() -> None:
    totals = (Total(FILES, 5000, None),)
    checkpoint = Checkpoint("org/odd", (), bundled(LLAMA).config, totals=totals)
    source = Opened(checkpoint, summarise(checkpoint), opened(LLAMA).tree)
    assert "parameters unknown" in plain([texts.title(source, Units.GIB, 120)])
