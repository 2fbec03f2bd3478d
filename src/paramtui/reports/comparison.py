"""A comparison with a second model in a report: words, CSV and JSON."""

import csv
import io
from collections.abc import Iterator

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.comparing.compare import Change, Comparison, Difference, Side, compare
from paramtui.checkpoint.config import Json
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.marks.marks import marked
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario
from paramtui.record import Record
from paramtui.reports.units import Units, exact, memory, shape

COLUMNS = ("path", "kind", "here", "there", "tensors")


class Compared(Record):
    """A second model beside the report's own, at the same scenario."""

    model: str
    """The second one."""
    summary: ParameterSummary
    estimate: MemoryEstimate
    comparison: Comparison
    memory_delta: int
    """Bytes in total, there minus here."""


def compare_with(
    there: Checkpoint,
    here: ParameterSummary,
    scenario: Scenario,
    cost: MemoryEstimate,
    counted: ParameterSummary | None = None,
) -> Compared:
    """Compare at one scenario; raises ScenarioError where the second model cannot answer it.

    `counted` is the second model's summary, where there is one.
    """
    try:
        summary = marked(counted or summarise(there), scenario)
        other = estimate(summary, scenario)
    except ScenarioError as problem:
        raise ScenarioError(f"{there.id}: {problem}", problem.hint) from problem
    delta = other.total_bytes - cost.total_bytes
    return Compared(there.id, summary, other, compare(here, summary), delta)


def comparison_document(compared: Compared) -> dict[str, Json]:
    """`compare` of the JSON; deltas are there minus here."""
    comparison = compared.comparison
    return {
        "model": compared.model,
        "parameters_delta": comparison.parameters_delta,
        "bytes_delta": comparison.bytes_delta,
        "memory_delta": compared.memory_delta,
        "same_tensors": comparison.same,
        "differences": [_difference(item) for item in comparison.differences],
    }


def _difference(item: Difference) -> dict[str, Json]:
    document: dict[str, Json] = {
        "path": item.path,
        "kind": item.kind.value,
        "here": _side(item.kind, item.here),
        "there": _side(item.kind, item.there),
        "tensors": item.count,
    }
    named = (("path_here", item.here), ("path_there", item.there))
    return document | {key: side.path for key, side in named if side and side.path != item.path}


def _side(kind: Change, side: Side | None) -> Json:
    """What differs: a shape, a type; both where the other has nothing."""
    if side is None:
        return None
    if kind is Change.SHAPE:
        return list(side.shape)
    return side.dtype if kind is Change.DTYPE else {"dtype": side.dtype, "shape": list(side.shape)}


def comparison_csv(compared: Compared) -> str:
    """A row for every difference; no text begins a formula."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in compared.comparison.differences:
        path = f"'{item.path}" if item.path.startswith(("=", "+", "-", "@")) else item.path
        here, there = (side_words(item.kind, side, "x") for side in (item.here, item.there))
        writer.writerow((path, item.kind.value, here, there, item.count))
    return output.getvalue().removesuffix("\n")


def side_words(kind: Change, side: Side | None, times: str = " × ") -> str:
    """What differs, in words: `4096 × 14336`, `BF16`."""
    if side is None:
        return ""
    dimensions = shape(side.shape).replace(" × ", times)
    if kind is Change.SHAPE:
        return dimensions
    return side.dtype if kind is Change.DTYPE else f"{side.dtype} {dimensions}"


def totals(
    compared: Compared, here: ParameterSummary, cost: MemoryEstimate, units: Units
) -> Iterator[tuple[str, str, str, str]]:
    """What is counted, here, there, and there minus here."""
    there, comparison = compared.summary, compared.comparison
    delta = comparison.parameters_delta
    yield "parameters", exact(here.total), exact(there.total), signed(delta, exact(abs(delta)))
    sizes = (
        ("stored", here.stored_bytes, there.stored_bytes),
        ("memory", cost.total_bytes, compared.estimate.total_bytes),
    )
    for title, one, other in sizes:
        difference = signed(other - one, memory(abs(other - one), units))
        yield title, memory(one, units), memory(other, units), difference


def signed(number: int, words: str) -> str:
    """The words of a number's size with its sign; nothing before 0."""
    return f"+{words}" if number > 0 else f"−{words}" if number < 0 else words


def tally(compared: Compared) -> str:
    """How many differences and how many tensors alike."""
    comparison = compared.comparison
    return (
        f"{exact(len(comparison.differences))} differences, {exact(comparison.same)} tensors alike"
    )
