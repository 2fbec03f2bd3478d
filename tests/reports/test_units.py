"""Numbers as the user reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.reports import units
from paramtui.reports.units import Units


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (4096, "4,096"),
        (999_999, "999,999"),
        (1_000_000, "1.00 M"),
        (525_336_576, "525.34 M"),
        (999_994_999, "999.99 M"),
        (999_999_999, "1.00 B"),
        (8_030_261_248, "8.03 B"),
        (671_026_419_200, "671.03 B"),
        (1_026_470_731_056, "1.03 T"),
        (-8_030_261_248, "-8.03 B"),
    ],
)
def test_counts(number: int, text: str) -> None:
    assert units.count(number) == text


@pytest.mark.parametrize(
    ("nbytes", "binary", "decimal"),
    [
        (0, "0 B", "0 B"),
        (1000, "0.98 KiB", "1.00 kB"),
        (1_050_673_152, "0.98 GiB", "1.05 GB"),
        (8192, "8.00 KiB", "8.19 kB"),
        (2**20 - 1, "1.00 MiB", "1.05 MB"),
        (32 * 2**20, "32.00 MiB", "33.55 MB"),
        (16_060_522_496, "14.96 GiB", "16.06 GB"),
        (2**50 * 5000, "5,000.00 PiB", "5,629.50 PB"),
    ],
)
def test_sizes_name_their_unit(nbytes: int, binary: str, decimal: str) -> None:
    assert units.size(nbytes) == binary
    assert units.size(nbytes, Units.GB) == decimal


def test_memory_keeps_one_unit() -> None:
    assert units.memory(16_060_522_496) == "14.96 GiB"
    assert units.memory(16_060_522_496, Units.GB) == "16.06 GB"
    assert units.memory(167_772_160) == "0.16 GiB"
    assert units.memory(4096) == "<0.01 GiB"
    assert units.memory(0) == "0.00 GiB"


def test_traffic_is_short() -> None:
    assert units.traffic(0) == "0 B"
    assert units.traffic(21_300) == "21 kB"
    assert units.traffic(1_149_000) == "1.1 MB"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 1, "100.0 %"), (869, 1000, "86.9 %"), (1, 10**6, "<0.1 %"), (0, 5, "0.0 %")],
)
def test_percent(part: int, whole: int, text: str) -> None:
    assert units.percent(part, whole) == text


def test_percent_of_nothing_is_no_number() -> None:
    assert units.percent(0, 0) == "– %"


def test_shapes_and_their_products() -> None:
    assert units.shape((4096, 14336)) == "4096 × 14336"
    assert units.shape(()) == "scalar"
    assert units.product((4096, 14336)) == "4096 × 14336 = 58,720,256"
    assert units.product((4096,)) == "4,096"
    assert units.product(()) == "1"


def test_plurals() -> None:
    assert units.plural(1, "file") == "1 file"
    assert units.plural(163, "file") == "163 files"


@given(st.integers(min_value=1, max_value=10**15))
def test_a_count_is_within_half_a_percent_of_the_number(number: int) -> None:
    digits, _, scale = units.count(number).replace(",", "").partition(" ")
    value = float(digits) * {"": 1, "M": 10**6, "B": 10**9, "T": 10**12}[scale]
    assert abs(value - number) <= 0.005 * number
    assert float(digits) < 10**6


@given(st.integers(min_value=1, max_value=2**60), st.sampled_from(Units))
def test_a_size_is_within_half_a_percent_of_the_bytes(nbytes: int, unit: Units) -> None:
    digits, _, name = units.size(nbytes, unit).replace(",", "").partition(" ")
    base = 1024 if unit is Units.GIB else 1000
    powers = (
        "B",
        "KiB" if unit is Units.GIB else "kB",
        *(f"{letter}{'i' if unit is Units.GIB else ''}B" for letter in "MGTP"),
    )
    assert abs(float(digits) * base ** powers.index(name) - nbytes) <= 0.005 * nbytes
