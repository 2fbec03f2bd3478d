"""Sound figures of any numbers, however they are sliced."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.sources.values.statistics import BINS, Slice, statistics

from .files import same

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.lists(FLOATS, max_size=20), max_size=5))
def test_floats_in_any_slices_are_as_numpy_has_them(slices: list[list[float]]) -> None:
    parts = [np.array(one, np.float64) for one in slices]
    found = statistics(lambda: [Slice(part) for part in parts])
    same(found, np.concatenate([*parts, np.empty(0)]))


@given(st.lists(st.tuples(FLOATS, st.integers(0, 5)), max_size=30))
def test_numbers_that_occur_often(pairs: list[tuple[float, int]]) -> None:
    values = np.array([value for value, _ in pairs], np.float64)
    times = np.array([count for _, count in pairs], np.int64)
    found = statistics(lambda: [Slice(values, times)])
    same(found, np.repeat(values, times))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30))
def test_integers_beyond_what_a_float_holds(numbers: list[int]) -> None:
    found = statistics(lambda: [Slice(np.array(numbers, np.int64))])
    assert (found.minimum, found.maximum) == (min(numbers), max(numbers))
    assert found.mean == pytest.approx(sum(numbers) / len(numbers), abs=2**63 * 1e-12)


def test_the_ends_of_float64() -> None:
    greatest = np.finfo(np.float64).max
    found = statistics(lambda: [Slice(np.array([greatest, greatest, -greatest, -greatest]))])
    assert (found.mean, found.std) == (0.0, greatest)
    least = 5e-324
    found = statistics(lambda: [Slice(np.array([least, -least]))])
    assert (found.mean, found.std) == (0.0, least)


def test_a_small_spread_far_from_zero_is_not_lost() -> None:
    # The naive sum of squares gives 0 here, or the root of a negative number.
    values = np.tile([1e9, 1e9 + 1, 1e9 + 2], 10_000)
    found = statistics(lambda: [Slice(part) for part in np.split(values, 30)])
    assert found.std == pytest.approx(np.sqrt(2 / 3), rel=1e-12)
    assert found.mean == pytest.approx(1e9 + 1, rel=1e-15)


def test_nothing_and_nothing_finite() -> None:
    assert statistics(list).count == 0
    assert statistics(list).histogram is None
    found = statistics(lambda: [Slice(np.array([np.nan, np.nan, np.inf]))])
    assert (found.count, found.non_finite, found.finite, found.std) == (3, 3, 0, None)


def test_one_value_many_times() -> None:
    found = statistics(lambda: [Slice(np.full(5, -0.1))])
    assert (found.minimum, found.mean, found.std) == (-0.1, -0.1, 0.0)
    assert found.histogram == (-0.1, -0.1, (5,))


def test_the_histogram_counts_as_numpys() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    found = statistics(lambda: [Slice(part) for part in np.split(values, 10)])
    assert found.histogram is not None
    expected, edges = np.histogram(values, BINS)
    assert found.histogram.counts == tuple(expected)
    assert (found.histogram.low, found.histogram.high) == (edges[0], edges[-1])


def test_a_range_of_two_neighbours() -> None:
    low, high = 1.0, float(np.nextafter(1.0, 2.0))
    found = statistics(lambda: [Slice(np.array([low, high, high]))])
    assert found.histogram is not None
    assert found.histogram.counts[0] == 1
    assert found.histogram.counts[-1] == 2


def test_minus_zero_is_shown_as_zero(tmp_path: Path) -> None:
    found = statistics(lambda: [Slice(np.array([-0.0, 1.0]))])
    assert str(found.minimum) == "0.0"
    assert found.zeros == 1
