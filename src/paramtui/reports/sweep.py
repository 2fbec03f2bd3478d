"""A sweep in a report: a table that is a plot as well, CSV and JSON."""

import csv
import io
from collections.abc import Iterator, Sequence
from math import floor

from paramtui.checkpoint.config import Json
from paramtui.memory.sweep import Point, Sweep
from paramtui.record import Record
from paramtui.reports.units import Units, exact, memory

BAR = 36
"""Cells of the longest bar."""
EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
LINE = "│"
"""Where the GPU's memory ends."""


class Swept(Record):
    """A sweep and what came of it."""

    over: Sweep
    points: tuple[Point, ...]

    @property
    def usable(self) -> int | None:
        """Bytes of one of the scenario's GPUs; None where none is named."""
        found = self.points[0].verdict
        return found.usable_bytes if found else None


def sweep_document(swept: Swept) -> dict[str, Json]:
    """`sweep` of the JSON: a point for every value."""
    return {
        "over": swept.over.name,
        "usable_bytes": swept.usable,
        "points": [_point_document(point) for point in swept.points],
    }


def _point_document(point: Point) -> dict[str, Json]:
    cost = point.estimate
    document: dict[str, Json] = {
        "value": point.value,
        "total_bytes": cost.total_bytes,
        "total_upper_bytes": cost.total_upper_bytes,
        "peak_bytes": cost.peak_bytes,
        "components": {part.name: part.bytes for part in cost.components},
    }
    if point.verdict is not None:
        document["fits"] = point.verdict.fits
        document["per_gpu_bytes"] = point.verdict.need.total_bytes
    return document


def sweep_csv(swept: Swept) -> str:
    """A row for every value, a column for every component."""
    names = list(
        dict.fromkeys(part.name for point in swept.points for part in point.estimate.components)
    )
    with_gpu = ["per_gpu_bytes", "fits"] if swept.usable is not None else []
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(
        [swept.over.name, "total_bytes", "total_upper_bytes", "peak_bytes", *names, *with_gpu]
    )
    for point in swept.points:
        writer.writerow([point.value, *_cells(point, names)])
    return output.getvalue().removesuffix("\n")


def _cells(point: Point, names: Sequence[str]) -> Iterator[int | str]:
    cost = point.estimate
    yield from (cost.total_bytes, cost.total_upper_bytes, cost.peak_bytes)
    for name in names:
        part = cost.component(name)
        yield part.bytes if part else 0
    if point.verdict is not None:
        yield point.verdict.need.total_bytes
        yield "yes" if point.verdict.fits else "no"


def sweep_rows(swept: Swept, units: Units) -> Iterator[tuple[str, str, str]]:
    """Value, total and whether it fits, in words."""
    for point in swept.points:
        found = point.verdict
        fits = found.fit.value if found else ""
        yield _value(point), memory(needed(point), units), fits


def sweep_plot(swept: Swept, units: Units) -> Iterator[str]:
    """A line for every value: the total, a bar, and the GPU's line in it."""
    rows = list(sweep_rows(swept, units))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    widths[0] = max(widths[0], len(swept.over.name))
    most, end = scale(swept)
    yield f"{swept.over.name:<{widths[0]}}  {'total':>{widths[1]}}"
    for point, (value, total, fits) in zip(swept.points, rows, strict=True):
        bar = sweep_bar(needed(point) / most, end)
        yield f"{value:>{widths[0]}}  {total:>{widths[1]}}  {bar}  {fits}".rstrip()
    if swept.usable is not None:
        yield f"{LINE} is what one GPU has: {memory(swept.usable, units)}"


def scale(swept: Swept, cells: int = BAR) -> tuple[int, int | None]:
    """The bytes of the longest bar, and the cell of the GPU's line where there is one."""
    most = max(*map(needed, swept.points), swept.usable or 0, 1)
    return most, None if swept.usable is None else min(
        floor(swept.usable / most * cells), cells - 1
    )


def sweep_bar(share: float, end: int | None, cells: int = BAR) -> str:
    """A bar of a share of 1, in eighths of a cell; the cell `end` holds the GPU's line."""
    full, part = divmod(round(share * cells * 8), 8)
    drawn = list(("█" * full + EIGHTHS[part]).ljust(cells))
    if end is not None:
        drawn[end] = LINE
    return "".join(drawn[:cells])


def needed(point: Point) -> int:
    """What decides: the fullest GPU where there are some."""
    return point.verdict.need.total_bytes if point.verdict else point.estimate.total_bytes


def _value(point: Point) -> str:
    return point.value if isinstance(point.value, str) else exact(point.value)
