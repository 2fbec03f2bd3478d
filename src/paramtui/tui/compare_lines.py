"""The lines around the tree of two checkpoints; no Textual here."""

from rich.cells import cell_len

from paramtui.checkpoint.comparing.compare import Change
from paramtui.checkpoint.comparing.side_by_side import Half, Pair
from paramtui.reports import comparison, units
from paramtui.reports.comparison import Compared, tally
from paramtui.reports.document import Report
from paramtui.reports.units import Units
from paramtui.tui.line import (
    EMPTY,
    Line,
    Span,
    between,
    joined,
    right,
    shorten,
    shorten_middle,
    width,
)
from paramtui.tui.visible_rows import Row

TITLE, FIGURE = 12, 22
WORDS = {
    Change.ONLY_HERE: "only here",
    Change.ONLY_THERE: "only there",
    Change.SHAPE: "another shape",
    Change.DTYPE: "another type",
}
KEYS = (
    ("n", "next difference"),
    ("N", "previous"),
    ("d", "another"),
    ("w", "write"),
    ("y", "copy"),
    ("Esc", "back"),
)


def title(here: str, there: str, compared: Compared, cells: int) -> Line:
    """Which two, and in how many ways they differ."""
    end: Line = (Span(f"{tally(compared)} ", "dim"),)
    room = cells - width(end) - 12
    if room < 24:
        end, room = (), cells - 12
    if cell_len(here) + cell_len(there) > room:
        # What tells them apart stands at the end of a name.
        here, there = (name.rpartition("/")[2] for name in (here, there))
    one = shorten_middle(here, max(room // 2, room - cell_len(there)))
    other = shorten_middle(there, room - cell_len(one))
    start = (Span(f" {one}", "title"), Span("  beside  ", "dim"), Span(other, "title"))
    return between(start, end, cells) if end else start


def totals(report: Report, compared: Compared, size: Units, cells: int) -> list[Line]:
    """Parameters, bytes and memory of both at the same scenario, with the signed difference."""
    figure = min(FIGURE, (cells - TITLE) // 3)
    titles = "".join(right(word, figure) for word in ("here", "there", "there − here"))
    lines: list[Line] = [(Span(" " * TITLE + titles, "dim"),)]
    for name, here, there, delta in comparison.totals(
        compared, report.summary, report.estimate, size
    ):
        lines.append(
            (
                Span(f" {name}".ljust(TITLE), "dim"),
                Span(right(here, figure)),
                Span(right(there, figure)),
                Span(right(delta, figure), "strong"),
            )
        )
    return lines


def details(row: Row | None, size: Units, cells: int) -> list[Line]:
    """The selected row: where it is and how it differs; what each of the two has."""
    if row is None or not isinstance(row.module, Pair):
        return [EMPTY, EMPTY]
    pair = row.module
    said = " and ".join(WORDS[change] for change in pair.changes)
    below = units.plural(pair.differences, "difference") if pair.differences else "alike"
    end: Line = (Span(f"{said or below} ", "warning" if pair.differences else "dim"),)
    path = shorten(f" {pair.path}", cells - width(end) - 1)
    first = between((Span(path, "strong"),), end, cells)
    sides = (("here", pair.here), ("there", pair.there))
    parts: list[Line] = [(Span(f"{name} ", "dim"), Span(_half(half, size))) for name, half in sides]
    if row.copies > 1:
        parts.append((Span(f"each of {row.copies:,} copies", "dim"),))
    return [first, (Span(" "), *joined(parts, cells - 2, Span(" · ", "faint")))]


def copied(row: Row, size: Units) -> str:
    """The selected row as one line of text."""
    pair = row.module
    if not isinstance(pair, Pair):
        return pair.path
    said = " and ".join(WORDS[change] for change in pair.changes)
    sides = f"here {_half(pair.here, size)}, there {_half(pair.there, size)}"
    return f"{pair.path}: {sides}{f' ({said})' if said else ''}"


def footer(place: int | None, places: int, cells: int) -> Line:
    """The keys, and at which difference the cursor is."""
    count = f"place {place} of {places:,} " if place else f"{units.plural(places, 'place')} "
    end: Line = (Span(count if places else "no difference ", "dim"),)
    keys: list[Line] = [(Span(key, "key"), Span(f" {word}", "dim")) for key, word in KEYS]
    return between((Span(" "), *joined(keys, cells - width(end) - 2, Span("  "))), end, cells)


def _half(half: Half | None, size: Units) -> str:
    if half is None:
        return "nothing"
    count = units.count(half.parameters)
    what = f"{units.shape(half.shape)} {half.dtype}" if half.shape is not None else count
    return f"{what}, {units.size(half.nbytes, size)}"
