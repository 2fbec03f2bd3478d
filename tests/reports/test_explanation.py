"""Explanations as text, and in the JSON beside the figures they explain."""

from fractions import Fraction
from typing import Any, cast

import pytest

from paramtui.memory.explain.explanation import Explanation, ratio, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.scenario import Mode
from paramtui.reports.document import document
from paramtui.reports.explanation import equation, result, trust
from paramtui.reports.units import Units
from tests.memory.reader import exactly
from tests.reports.small_reports import mixture


def cache(upper: int | None = None, band: float = 0.0) -> Explanation:
    term = Term.of("cache", "2 × heads × head_dim × tokens", heads=8, head_dim=128, tokens=8192)
    basis = Basis.FORMULA if band else Basis.EXACT
    return summed("x", "cache", "bytes", [term], basis, "arithmetic", band=band, upper=upper)


SHARE = ratio(
    "s", "share", "%", "100 × part ÷ whole", "arithmetic", "", part=41_943_040, whole=8_072_204_288
)


def test_a_figure_on_one_line() -> None:
    assert equation(cache()) == (
        "2 × heads × head dim × tokens = 2 × 8 × 128 × 8,192 = 16,777,216 bytes (16.00 MiB)"
    )
    assert equation(cache(), Units.GB).endswith("= 16,777,216 bytes (16.78 MB)")


def test_a_share_is_rounded_and_says_so() -> None:
    assert SHARE.value == Fraction(41_943_040 * 100, 8_072_204_288)
    assert equation(SHARE) == ("100 × part ÷ whole = 100 × 41,943,040 ÷ 8,072,204,288 ≈ 0.5196 %")


def test_a_given_number_is_not_said_twice() -> None:
    term = Term.of("all", "elements", elements=4096)
    item = summed("x", "x", "elements", [term], Basis.EXACT, "the files")
    assert equation(item) == "elements = 4,096 elements"


def test_few_bytes_need_no_other_unit() -> None:
    item = summed("x", "x", "bytes", [Term.of("a", "n", n=999)], Basis.EXACT, "arithmetic")
    assert result(item) == "999 bytes"


def test_how_far_a_figure_can_be_trusted() -> None:
    assert trust(cache()) == "exact"
    assert trust(cache(band=0.05)) == "formula, ± 5 %"
    assert trust(cache(upper=1 << 30)) == "exact, at most 1.00 GiB"
    assert trust(cache(upper=1 << 24)) == "exact"


def at(whole: dict[str, Any], path: str) -> Any:
    part: Any = whole
    for name in path.split("."):
        part = part[name]
    return part


@pytest.mark.parametrize("mode", Mode)
def test_every_explanation_is_of_a_figure_of_the_document(mode: Mode) -> None:
    whole = cast("dict[str, Any]", document(mixture(mode=mode)))
    explanations = whole["explanations"]
    for path, item in explanations.items():
        assert item["value"] == at(whole, path), path
        assert exactly(item["formula"]) == pytest.approx(item["value"])
    assert {"parameters.total", "parameters.active", "memory.peak_bytes"} <= explanations.keys()
    assert ("lora.trainable" in explanations) == (mode in (Mode.LORA, Mode.QLORA))


@pytest.mark.parametrize("mode", Mode)
def test_every_figure_of_the_document_is_explained(mode: Mode) -> None:
    whole = cast("dict[str, Any]", document(mixture(mode=mode)))
    explained = whole["explanations"]
    parameters = whole["parameters"]
    for name in ("total", "active", "stored_elements", "stored_bytes", "bits_per_parameter"):
        assert f"parameters.{name}" in explained
    for parts in ("by_category", "by_kind", "by_dtype"):
        for name, count in parameters[parts].items():
            # A part that is the whole has the total's explanation.
            assert f"parameters.{parts}.{name}" in explained or count == parameters["total"]
    for name in ("peak_bytes", "total_bytes"):
        assert f"memory.{name}" in explained
    for part in whole["memory"]["components"]:
        assert exactly(part["formula"]) == part["bytes"]
        assert part["symbols"]
    for name in ("trainable", "percent", "adapter_file_bytes"):
        assert (f"lora.{name}" in explained) == ("lora" in whole)
