"""The GPU's part of the memory pane as lines; no Textual here."""

from paramtui.memory.gpus.roofline import Bound, Limit
from paramtui.memory.gpus.verdict import Fit, Verdict
from paramtui.memory.scenario import Mode
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.answers import PENDING, answered, answers_of, gpus_title
from paramtui.tui.costs import Costs
from paramtui.tui.line import Item, Line, Span, between, shorten

STYLES = {Fit.FITS: "good", Fit.TIGHT: "warning", Fit.TOO_LARGE: "bad"}
RATES = {"decode": "writes", "prefill": "reads", "training": "trains"}
SIDES = {Limit.BANDWIDTH: "bandwidth", Limit.ARITHMETIC: "arithmetic"}
FREE, USABLE, PLAN = "gpu.free_bytes", "gpu.usable_bytes", "gpu.total_bytes"


def verdict_items(costs: Costs, cells: int) -> list[Item]:
    """The verdict, below the total it is about."""
    found = costs.verdict
    if found is None:
        return []
    style, words = STYLES[found.fit], f"   {found.fit.value} "
    room = left_words(found, costs.size_units)
    name = gpus_title(found)
    # The control above names it as well.
    name = name if len(words) + len(name) + len(room) < cells else ""
    start: Line = (Span(words, style), Span(name, "dim"))
    return [Item(between(start, (Span(room, style),), cells), FREE)]


def answer_items(costs: Costs, cells: int) -> list[Item]:
    """What a GPU has, how several share the work, the most that fits and the speed at most."""
    found = costs.verdict
    if found is None:
        return []
    count = found.gpus.count
    usable = f"{units.memory(found.usable_bytes, costs.size_units)} ≈"
    rows = [Item(_pair("usable on each" if count > 1 else "usable", usable, cells), USABLE)]
    if count > 1:
        rows.append(Item(_pair("shared by", plan_words(found), cells), PLAN))
    rows += [
        Item(_pair(row.title, answered(row, costs), cells), row.name) for row in answers_of(costs)
    ]
    if costs.answers is None:
        training = costs.scenario.mode is not Mode.INFERENCE
        names = ("training",) if training else ("decode", "prefill")
        pending = ((_pair(RATES[name], PENDING, cells), f"gpu.speed.{name}") for name in names)
        return [*rows, *(Item(*row) for row in pending)]
    bounds = costs.answers.speed.bounds
    return [*rows, *(Item(_bound(bound, cells), bound.explanation.name) for bound in bounds)]


def verdict_line(costs: Costs, found: Verdict, cells: int) -> Line:
    """Verdict and answers on one line, for where there is no room."""
    style = STYLES[found.fit]
    words = f" {found.fit.value} {gpus_title(found)}, {left_words(found, costs.size_units)}"
    line: Line = (Span(words, style),)
    most = costs.answers.solved.largest if costs.answers else None
    limits = [("", most.context, " tokens"), ("batch ", most.batch, "")] if most else []
    said = [f"{start}{units.exact(value)}{end}" for start, value, end in limits if value]
    tail = f"  up to {' or '.join(said)}" if said else ""
    return (*line, Span(shorten(tail, max(cells - len(words), 0)), "dim"))


def left_words(found: Verdict, size_units: Units) -> str:
    """`74.42 GiB left`, `12.30 GiB too much`."""
    free = units.memory(abs(found.free_bytes), size_units)
    return f"{free} {'left' if found.fits else 'too much'}"


def plan_words(found: Verdict) -> str:
    """How the GPUs share the work, in few words."""
    plan, count = found.share.plan, found.gpus.count
    if plan.gpus == 1:
        return "one GPU holds it all"
    words = plan.label.replace(" parallel over ", " parallel × ").replace(" GPUs", "")
    return words if plan.gpus == count else f"{words} of {count}"


def _bound(bound: Bound, cells: int) -> Line:
    rate = float(bound.tokens_per_second)
    shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
    start: Line = (Span(f"   {RATES[bound.name]}", "dim"),)
    end: Line = (Span(f"≤ {shown} tokens/s"), Span(f" {SIDES[bound.limit]}", "dim"))
    return between(start, end, cells)


def _pair(title: str, value: str, cells: int) -> Line:
    room = cells - len(title) - 5
    return between((Span(f"   {title}", "dim"),), (Span(shorten(value, room)),), cells)
