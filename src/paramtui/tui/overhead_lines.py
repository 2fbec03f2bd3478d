"""The menu of overheads as lines; no Textual here."""

from collections.abc import Callable, Collection

from paramtui.memory.overhead import OVERHEADS, Overhead
from paramtui.reports import units
from paramtui.tui.costs import Costs
from paramtui.tui.line import EMPTY, Item, Line, Span, between, left, right, wrapped
from paramtui.tui.memory_lines import span_of

MARK, LABEL, RANGE = 6, 26, 18


def overhead_items(
    ticked: Collection[str], cost: Callable[[tuple[str, ...]], Costs], cells: int
) -> list[Item]:
    """A row for every overhead: its range in this scenario, and what it is."""
    return [_row(row, row.name in ticked, cost((row.name,)), cells) for row in OVERHEADS.values()]


def overhead_foot(about: object, costs: Costs, cells: int) -> list[Line]:
    """What the selected one is and where its figures are from; the total with those ticked."""
    lines: list[Line] = []
    if isinstance(about, Overhead):
        lines = [*wrapped(about.help, cells), *wrapped(f"source: {about.source}", cells, "dim")]
    held = costs.each or costs.estimate
    peak = units.memory(held.peak_bytes, costs.size_units)
    total = span_of(costs, held.total_bytes, held.total_upper_bytes)
    sums = between((Span(f"{peak} peak", "dim"),), (Span(f"{total} with them", "value"),), cells)
    return [EMPTY, *lines[:4], *[EMPTY] * (4 - len(lines)), sums]


def _row(row: Overhead, ticked: bool, costs: Costs, cells: int) -> Item:
    part = (costs.each or costs.estimate).component("overhead")
    low, high = (part.bytes, part.upper_bytes or part.bytes) if part else (0, 0)
    several = costs.scenario.gpus is not None and costs.scenario.gpus.count > 1
    text = "of several GPUs" if row.several and not several else span_of(costs, low, high)
    line = (
        Span(left(f" [{'x' if ticked else ' '}]", MARK)),
        Span(left(row.label, max(cells - MARK - RANGE, 8)), "strong" if ticked else ""),
        Span(right(text, RANGE), "" if ticked else "dim"),
    )
    return Item(line, row)
