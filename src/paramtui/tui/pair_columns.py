"""The tree of two checkpoints: its columns, their titles, and one line a row; no Textual here."""

from rich.cells import cell_len

from paramtui.checkpoint.comparing.side_by_side import Half, Pair
from paramtui.named_tuple import NamedTuple
from paramtui.reports import units
from paramtui.reports.comparison import signed
from paramtui.reports.units import Units
from paramtui.tui.line import Line, Span, left, right, shorten, shorten_middle
from paramtui.tui.visible_rows import Row

NAME, SIDE, WIDEST = 22, 21, 28
PARAMETERS, BYTES = 11, 12
GAP = 2


class PairColumns(NamedTuple):
    """Cells each column takes, 0 where it is left out."""

    name: int
    side: int
    parameters: int
    nbytes: int

    @classmethod
    def fit(cls, cells: int) -> "PairColumns":
        """Both sides and the difference in bytes; that in parameters where there is room."""
        parameters = PARAMETERS if cells >= NAME + 2 * SIDE + PARAMETERS + BYTES + 16 else 0
        room = cells - parameters - BYTES - 2 * GAP
        side = min(max((room - NAME) // 2, 8), WIDEST)
        return cls(max(room - 2 * side, 0), side, parameters, BYTES)


def heading(columns: PairColumns, here: str, there: str) -> Line:
    """What each column is: the two models by name."""
    spans = [Span(left("  module", columns.name), "dim")]
    for title in (here, there):
        last = title.rpartition("/")[2]
        spans.append(Span("  " + left(shorten_middle(last, columns.side), columns.side), "strong"))
    if columns.parameters:
        spans.append(Span(right("parameters", columns.parameters), "dim"))
    return (*spans, Span(right("bytes", columns.nbytes), "dim"))


def pair_line(row: Row, pair: Pair, columns: PairColumns, *, is_open: bool, size: Units) -> Line:
    """One row: its name, what each of the two has, and there minus here."""
    differs = bool(pair.changes)
    dim = "dim" if not pair.differences else ""
    spans = [*_name(row, pair, columns.name, is_open=is_open)]
    for half in (pair.here, pair.there):
        style = ("warning" if differs else dim) if half else "faint"
        spans.append(Span("  " + left(shorten(_words(half), columns.side), columns.side), style))
    here, there = pair.here, pair.there
    numbers = (there.parameters if there else 0) - (here.parameters if here else 0)
    nbytes = (there.nbytes if there else 0) - (here.nbytes if here else 0)
    if columns.parameters:
        spans.append(_delta(numbers, units.count(abs(numbers)), columns.parameters))
    spans.append(_delta(nbytes, units.size(abs(nbytes), size), columns.nbytes))
    return tuple(spans)


def _delta(number: int, words: str, cells: int) -> Span:
    return Span(right(signed(number, words) if number else "·", cells), "" if number else "faint")


def _words(half: Half | None) -> str:
    """A tensor's type and shape; of a module with several, how many parameters."""
    if half is None:
        return "–"
    if half.shape is None:
        return units.count(half.parameters) if half.parameters else units.size(half.nbytes)
    return f"{units.shape(half.shape)} {half.dtype}"


def _name(row: Row, pair: Pair, cells: int, *, is_open: bool) -> Line:
    mark = "▾ " if is_open else "▸ " if pair.children else "  "
    lead = " " * min(2 * row.depth, max(cells - 10, 0)) + mark
    times = f"  × {pair.repeat:,}" if pair.repeat > 1 else ""
    name = shorten_middle(pair.name, max(cells - cell_len(lead) - len(times), 1), 1 / 2)
    rest = cells - cell_len(lead) - cell_len(name) - len(times)
    return (
        Span(lead, "dim"),
        Span(name, "strong" if pair.changes else "" if pair.differences else "dim"),
        Span(times, "key"),
        Span(" " * max(rest, 0)),
    )
