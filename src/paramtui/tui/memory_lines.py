"""The memory pane as lines: controls, stacked bar, figures, totals; no Textual here."""

from typing import NamedTuple

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.estimate import MemoryEstimate
from paramtui.memory.figure import Component
from paramtui.memory.scenario import Scenario
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.controls import CONTROLS, Control
from paramtui.tui.glyphs import split
from paramtui.tui.line import EMPTY, Item, Line, Span, between, joined, left, right, width, wrapped
from paramtui.tui.styles import BASIS_MARKS, BASIS_WORDS, part

FIGURE = 9
"""Cells of a figure without its unit."""
TAIL = 7
"""Cells of a share or a band after the mark."""
RANGE = 15
"""Cells of a range."""
COLUMN = 42
"""Cells that titles and figures take at most: a figure stays in reach of its title."""


class Costs(NamedTuple):
    """What the pane shows."""

    scenario: Scenario
    estimate: MemoryEstimate
    summary: ParameterSummary
    size_units: Units = Units.GIB

    @property
    def config(self) -> ModelConfig:
        """The model's own limits."""
        return self.summary.config


def pane(costs: Costs, cells: int, height: int, *, in_use: bool) -> list[Item]:
    """The whole pane, each line about a control or, by its place in the JSON, a figure."""
    estimate = costs.estimate
    figures = [_component(costs, item, cells) for item in estimate.components if not _over(item)]
    controls = _controls(costs, cells)
    parts = [
        [Item((Span(" "), *stacked_bar(estimate, cells - 2)))],
        [*figures, Item(legend(min(cells, COLUMN))), *_totals(costs, cells)],
        _lora(costs, cells),
        _left_out(estimate, cells),
    ]
    parts = [part for part in parts if part]
    spare = height - len(controls) - sum(map(len, parts))
    if spare < 0 and not in_use:
        # The totals stay in sight; what has no key can be turned once the pane is in use.
        controls = [row for row in controls if isinstance(row.about, Control) and row.about.key]
    lines = [Item(EMPTY)] * (spare > len(parts)) + controls
    for place, following in enumerate(parts):
        lines += [Item(EMPTY)] * (place < spare)
        lines += following
    return lines


def folded(costs: Costs, cells: int, lines: int) -> list[Item]:
    """The pane in few lines: the bar with its total, the controls, the figures."""
    estimate = costs.estimate
    total = f" {span_of(costs, estimate.total_bytes, estimate.total_upper_bytes)} "
    bar = stacked_bar(estimate, cells - len(total) - 1)
    rows = [
        Item(joined(_short_controls(costs), cells, Span("  "))),
        Item((Span(" "), *bar, Span(total, "total"))),
        Item(_short_figures(costs, cells)),
    ]
    return rows[1:2] if lines == 1 else rows[:lines]


def span_of(costs: Costs, least: int, most: int) -> str:
    """A total with its unit, as a range where it is one: `29.87 – 31.20 GiB`."""
    return f"{_numbers(costs, least, most)} {costs.size_units.value}"


def stacked_bar(estimate: MemoryEstimate, cells: int) -> Line:
    """Every component as a stretch of one bar, in proportion."""
    sizes = [item.bytes for item in estimate.components]
    spans = []
    for item, stretch in zip(estimate.components, split(sizes, cells), strict=True):
        look = part(item.name)
        spans.append(Span(look.fill * stretch, look.style))
    return tuple(span for span in spans if span.text)


def legend(cells: int) -> Line:
    """What the marks beside the figures say, as the rule below them."""
    words = " ─ ".join(f"{mark} {BASIS_WORDS[basis]}" for basis, mark in BASIS_MARKS.items())
    return (Span(f" ─ {words} ".ljust(cells - 1, "─"), "faint"),)


def _controls(costs: Costs, cells: int) -> list[Item]:
    title = max(len(row.title) for row in CONTROLS) + 1
    rows = []
    for row in CONTROLS:
        used = costs.scenario.mode in row.modes
        if not (used or row.key) or not row.values(costs.config):
            continue
        value = row.show(costs.scenario, costs.config)
        rows.append(
            Item(
                (
                    Span(f" {row.key or ' '} ", "key" if used else "faint"),
                    Span(left(row.title, title), "dim" if used else "faint"),
                    Span(left(value, max(cells - title - 4, 0)), "value" if used else "faint"),
                ),
                row,
            )
        )
    return rows


def _component(costs: Costs, item: Component, cells: int) -> Item:
    look = part(item.name)
    total = costs.estimate.total_bytes
    number = units.memory_number(item.bytes, costs.size_units)
    share = units.percent(item.bytes, total)
    line = _figure(_swatch(item), number, BASIS_MARKS[item.basis], share, costs, cells)
    if cells > COLUMN + 8 and total:
        drawn = round(item.bytes / total * (cells - COLUMN - 2)) or int(item.bytes > 0)
        line = (*line, Span(" " + look.fill * drawn, look.style))
    return Item(line, f"memory.{item.name}")


def _totals(costs: Costs, cells: int) -> list[Item]:
    estimate = costs.estimate
    peak = units.memory_number(estimate.peak_bytes, costs.size_units)
    band = f"± {estimate.band * 100:.0f} %" if estimate.band else ""
    title = (Span("   peak", "strong"),)
    rows = [Item(_figure(title, peak, "=" * (not band), band, costs, cells), PEAK)]
    for item in estimate.components:
        if _over(item):
            number = _numbers(costs, item.bytes, item.upper_bytes or item.bytes)
            line = _figure(_swatch(item), number, BASIS_MARKS[item.basis], "", costs, cells)
            rows.append(Item(line, f"memory.{item.name}"))
    total = _numbers(costs, estimate.total_bytes, estimate.total_upper_bytes)
    title = (Span("   total", "strong"),)
    return [*rows, Item(_figure(title, total, "≈", "", costs, cells), TOTAL)]


PEAK, TOTAL = "memory.peak_bytes", "memory.total_bytes"


def _swatch(item: Component) -> Line:
    look = part(item.name)
    return (Span(f" {look.fill} ", look.style), Span(look.title))


def _figure(title: Line, number: str, mark: str, tail: str, costs: Costs, cells: int) -> Line:
    """A title, a number with its unit, a mark and what follows, flush right."""
    cells = min(cells, COLUMN)
    value = (
        Span(number.rjust(FIGURE), "value"),
        Span(f" {costs.size_units.value} ", "dim"),
        Span(left(mark, 1), "dim"),
    )
    # A range may need the cells that a share would take.
    room = cells - width(title) - width(value) - 1
    return between(title, (*value, Span(tail.rjust(min(TAIL, room)), "dim")), cells)


def _lora(costs: Costs, cells: int) -> list[Item]:
    lora = costs.estimate.lora
    if lora is None:
        return []
    cells = min(cells, COLUMN)
    trained = units.exact(lora.trainable)
    share = Span(right(f"{lora.percent:.2f} %", TAIL + 2), "dim")
    file = f"{units.size(lora.adapter_file_bytes, costs.size_units)}{' ' * (TAIL + 2)}"
    return [
        Item(
            between((Span("   trainable", "dim"),), (Span(trained), share), cells),
            "lora.trainable",
        ),
        Item(
            between((Span("   adapter file", "dim"),), (Span(file),), cells),
            "lora.adapter_file_bytes",
        ),
    ]


def _left_out(estimate: MemoryEstimate, cells: int) -> list[Item]:
    return [
        Item((Span(" "), *line))
        for sentence in estimate.not_modelled
        for line in wrapped(f"▲ {sentence}", cells - 2, "warning", indent=2)
    ]


def _short_controls(costs: Costs) -> list[Line]:
    rows: list[Line] = []
    # The targets may take much room: they stand last, where they go first.
    for row in sorted(CONTROLS, key=lambda row: row.id == "targets"):
        if row.key and costs.scenario.mode in row.modes:
            value = row.show(costs.scenario, costs.config)
            if row.rising:
                value = f"{row.title.rpartition(' ')[2]} {value.partition(' ')[0]}"
            rows.append((Span(f" {row.key} ", "key"), Span(value)))
    return rows


def _short_figures(costs: Costs, cells: int) -> Line:
    estimate = costs.estimate
    figures: list[Line] = []
    for item in sorted(estimate.components, key=lambda item: -item.bytes):
        look = part(item.name)
        number = units.memory_number(item.bytes, costs.size_units)
        mark = BASIS_MARKS[item.basis]
        figures.append(
            (Span(f"{look.fill} ", look.style), Span(f"{look.title} {number}{mark}", "dim"))
        )
    hint: Line = (Span(f"{costs.size_units.value} ", "dim"),)
    line = joined(figures, cells - width(hint) - 2, Span("  "))
    return between((Span(" "), *line), hint, cells)


def _numbers(costs: Costs, least: int, most: int) -> str:
    low = units.memory_number(least, costs.size_units)
    high = units.memory_number(most, costs.size_units)
    if low == high:
        return low
    text = f"{low} – {high}"
    if len(text) <= RANGE:
        return text
    # Hundreds of GiB: what stands behind the point says nothing.
    return f"{low.partition('.')[0]} – {high.partition('.')[0]}"


def _over(item: Component) -> bool:
    """Whether a component comes on top of the peak."""
    return item.name == "overhead"
