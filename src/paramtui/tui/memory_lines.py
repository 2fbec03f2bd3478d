"""The memory pane as lines: controls, stacked bar, figures, totals; no Textual here."""

from typing import NamedTuple

from paramtui.checkpoint.config import ModelConfig
from paramtui.memory.estimate import MemoryEstimate
from paramtui.memory.figure import Component
from paramtui.memory.scenario import Scenario
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.controls import CONTROLS, Control
from paramtui.tui.glyphs import split
from paramtui.tui.line import EMPTY, Line, Span, between, joined, left, right, width, wrapped
from paramtui.tui.styles import BASIS_MARKS, BASIS_WORDS, part

FIGURE = 9
"""Cells of a figure without its unit."""
RANGE = 15
"""Cells of a range."""
COLUMN = 42
"""Cells that titles and figures take at most: a figure stays in reach of its title."""


class Costs(NamedTuple):
    """What the pane shows."""

    scenario: Scenario
    estimate: MemoryEstimate
    config: ModelConfig
    size_units: Units = Units.GIB


class PaneLine(NamedTuple):
    """One line, and what it is about."""

    line: Line
    about: Control | Component | None = None
    """What can be turned or explained; None for a line that is only read."""


def pane(costs: Costs, cells: int, height: int) -> list[PaneLine]:
    """The whole pane; what separates its parts goes first where the height is short."""
    estimate = costs.estimate
    figures = [_component(costs, item, cells) for item in estimate.components if not _over(item)]
    parts = [
        _controls(costs, cells),
        [PaneLine((Span(" "), *stacked_bar(estimate, cells - 2)))],
        [*figures, PaneLine(legend(min(cells, COLUMN))), *_totals(costs, cells)],
        _lora(costs, cells),
        _left_out(estimate, cells),
    ]
    parts = [part for part in parts if part]
    spare = height - sum(map(len, parts))
    lines = parts[0]
    for place, following in enumerate(parts[1:]):
        lines += [PaneLine(EMPTY)] * (place < spare)
        lines += following
    return lines


def folded(costs: Costs, cells: int, lines: int) -> list[PaneLine]:
    """The pane in few lines: the bar with its total, the controls, the figures."""
    estimate = costs.estimate
    total = f" {_range(costs, estimate.total_bytes, estimate.total_upper_bytes)} "
    bar = stacked_bar(estimate, cells - len(total) - 1)
    rows = [
        PaneLine(joined(_short_controls(costs), cells, Span("  "))),
        PaneLine((Span(" "), *bar, Span(total, "total"))),
        PaneLine(_short_figures(costs, cells)),
    ]
    return rows[1:2] if lines == 1 else rows[:lines]


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


def _controls(costs: Costs, cells: int) -> list[PaneLine]:
    title = max(len(row.title) for row in CONTROLS) + 1
    rows = []
    for row in CONTROLS:
        used = costs.scenario.mode in row.modes
        if not used and not row.key:
            continue
        value = row.show(costs.scenario, costs.config)
        rows.append(
            PaneLine(
                (
                    Span(f" {row.key or ' '} ", "key" if used else "faint"),
                    Span(left(row.title, title), "dim" if used else "faint"),
                    Span(left(value, max(cells - title - 4, 0)), "value" if used else "faint"),
                ),
                row,
            )
        )
    return rows


def _component(costs: Costs, item: Component, cells: int) -> PaneLine:
    look = part(item.name)
    total = costs.estimate.total_bytes
    line = _figure(
        (Span(f" {look.fill} ", look.style), Span(look.title)),
        units.memory_number(item.bytes, costs.size_units),
        costs,
        BASIS_MARKS[item.basis],
        min(cells, COLUMN),
        right(units.percent(item.bytes, total), 7),
    )
    if cells > COLUMN + 8 and total:
        drawn = round(item.bytes / total * (cells - COLUMN - 2)) or int(item.bytes > 0)
        line = (*line, Span(" " + look.fill * drawn, look.style))
    return PaneLine(line, item)


def _figure(
    title: Line, number: str, costs: Costs, mark: str, cells: int, tail: str = " " * 7
) -> Line:
    """A title, a number with its unit, a mark and what follows, flush right."""
    cells = min(cells, COLUMN)
    end = (
        Span(number.rjust(FIGURE), "value"),
        Span(f" {costs.size_units.value} ", "dim"),
        Span(left(mark, 1), "dim"),
        Span(tail, "dim"),
    )
    return between(title, end, cells)


def _totals(costs: Costs, cells: int) -> list[PaneLine]:
    estimate = costs.estimate
    band = f"± {estimate.band * 100:.0f} %" if estimate.band else ""
    rows = [
        PaneLine(
            _figure(
                (Span("   peak", "strong"),),
                units.memory_number(estimate.peak_bytes, costs.size_units),
                costs,
                "" if band else "=",
                cells,
                right(band, 7),
            )
        )
    ]
    for item in estimate.components:
        if _over(item):
            look = part(item.name)
            title = (Span(f" {look.fill} ", look.style), Span(look.title))
            number = _numbers(costs, item.bytes, item.upper_bytes or item.bytes)
            mark = BASIS_MARKS[item.basis]
            rows.append(PaneLine(_figure(title, number, costs, mark, cells), item))
    number = _numbers(costs, estimate.total_bytes, estimate.total_upper_bytes)
    total = (Span("   total", "strong"),)
    rows.append(PaneLine(_figure(total, number, costs, "≈", cells)))
    return rows


def _lora(costs: Costs, cells: int) -> list[PaneLine]:
    lora = costs.estimate.lora
    if lora is None:
        return []
    cells = min(cells, COLUMN)
    trained = units.exact(lora.trainable)
    share = Span(right(f"{lora.percent:.2f} %", 9), "dim")
    file = units.size(lora.adapter_file_bytes, costs.size_units)
    return [
        PaneLine(between((Span("   trainable", "dim"),), (Span(trained), share), cells)),
        PaneLine(between((Span("   adapter file", "dim"),), (Span(f"{file}{' ' * 9}"),), cells)),
    ]


def _left_out(estimate: MemoryEstimate, cells: int) -> list[PaneLine]:
    return [
        PaneLine((Span(" "), *line))
        for sentence in estimate.not_modelled
        for line in wrapped(f"▲ {sentence}", cells - 2, "warning", indent=2)
    ]


def _short_controls(costs: Costs) -> list[Line]:
    rows: list[Line] = []
    for row in CONTROLS:
        if row.key and costs.scenario.mode in row.modes:
            value = row.show(costs.scenario, costs.config).partition(" (")[0]
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


def _range(costs: Costs, least: int, most: int) -> str:
    return f"{_numbers(costs, least, most)} {costs.size_units.value}"


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
