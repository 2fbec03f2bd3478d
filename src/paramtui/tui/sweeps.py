"""What can be swept in the app, a row each, and a sweep as lines; no Textual here."""

from collections.abc import Callable, Sequence

from paramtui.memory.gpus.verdict import Fit
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import Mode
from paramtui.named_tuple import NamedTuple
from paramtui.reports.sweep import Swept, needed, scale, sweep_bar, sweep_rows
from paramtui.reports.units import memory
from paramtui.tui.answers import gpus_title
from paramtui.tui.controls import ADAPTERS, ALL, control
from paramtui.tui.costs import Costs
from paramtui.tui.line import EMPTY, Item, Line, Span, between, left, right

VALUE, TOTAL, FITS = 14, 14, 13
STYLES = {Fit.FITS: "green", Fit.TIGHT: "yellow", Fit.TOO_LARGE: "red"}


class Sweepable(NamedTuple):
    """One choice that can take several values."""

    key: str
    name: str
    """As `--sweep` spells it."""
    title: str
    values: Callable[[Costs], str]
    """As `--sweep` spells them."""
    modes: frozenset[Mode] = ALL


def _range(name: str) -> Callable[[Costs], str]:
    def values(costs: Costs) -> str:
        every = control(name).values(costs.config)
        return f"{every[0]}..{every[-1]}"

    return values


SWEEPS = (
    Sweepable("x", "context", "context", _range("context")),
    Sweepable("b", "batch", "batch", _range("batch")),
    Sweepable("r", "rank", "LoRA rank", _range("rank"), ADAPTERS),
    Sweepable("p", "precision", "precision", lambda _: ",".join(PRECISIONS), ALL - {Mode.FULL}),
)


def sweepable(costs: Costs) -> list[Sweepable]:
    """Those that change something in the mode in force."""
    return [row for row in SWEEPS if costs.scenario.mode in row.modes]


def heading(row: Sweepable, costs: Costs, cells: int) -> list[Line]:
    """What is swept, and the keys that sweep something else."""
    keys: list[Span] = []
    for other in sweepable(costs):
        style = "strong" if other is row else "dim"
        keys += [Span(f"  {other.key} ", "key"), Span(other.title, style)]
    line = between((Span("Memory against", "title"),), tuple(keys), cells)
    return [line, (Span(f"{row.title:>{VALUE}}{'total':>{TOTAL}}", "dim"),)]


def sweep_items(swept: Swept, costs: Costs, cells: int) -> list[Item]:
    """A row for every value: what it needs, as a number and as a bar with the GPU's line."""
    verdicts = swept.usable is not None
    room = max(cells - VALUE - TOTAL - 3 - FITS * verdicts, 4)
    most, end = scale(swept, room)
    now = costs.scenario.weights_precision if swept.over.name == "precision" else None
    items = []
    rows = sweep_rows(swept, costs.size_units)
    for point, (value, total, _) in zip(swept.points, rows, strict=True):
        current = point.value in (now, getattr(costs.scenario, swept.over.field))
        bar = sweep_bar(needed(point) / most, end, room)
        style = STYLES[point.verdict.fit] if point.verdict else "blue"
        line = (
            Span(right(f"{'now ' * current}{value}", VALUE), "strong" if current else ""),
            Span(right(total, TOTAL)),
            Span("  "),
            Span(bar[:end], style),
            *((Span(bar[end], "strong"), Span(bar[end + 1 :], style)) if end is not None else ()),
            Span(" " + left(point.verdict.fit.value, FITS), style) if point.verdict else Span(""),
        )
        items.append(Item(line, point.value))
    return items


def sweep_foot(swept: Swept | None, costs: Costs, told: str, cells: int) -> Sequence[Line]:
    """What the line in the bars is, or what a key did."""
    said: Line = (Span(told, "key"),) if told else EMPTY
    if swept is None or swept.usable is None or costs.verdict is None:
        return [EMPTY, said or (Span("u chooses a GPU: its memory is then a line here", "dim"),)]
    each_of = "each of " * (costs.verdict.gpus.count > 1)
    words = f"│ is what {each_of}{gpus_title(costs.verdict)} has: "
    usable = memory(swept.usable, costs.size_units)
    each = "totals of the fullest" if costs.each else ""
    line = between((Span(words, "dim"), Span(usable)), (Span(each, "dim"),), cells)
    return [EMPTY, said or line]
