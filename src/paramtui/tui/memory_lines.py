"""The memory pane as lines: controls, stacked bar, figures, totals; no Textual here."""

from paramtui.memory.figure import Component
from paramtui.memory.result import MemoryEstimate
from paramtui.reports import units
from paramtui.reports.facts import absence
from paramtui.tui.controls import CONTROLS, Control
from paramtui.tui.costs import Costs
from paramtui.tui.glyphs import split
from paramtui.tui.gpu_lines import answer_items, verdict_items, verdict_line
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
FREE, END = "·", "│"
"""What of the bar the GPU has left, and where its memory ends."""


def pane(costs: Costs, cells: int, height: int, *, in_use: bool) -> list[Item]:
    """The whole pane, each line about a control or, by its place in the JSON, a figure."""
    estimate, column = costs.estimate, min(cells, COLUMN)
    figures = [_component(costs, item, cells) for item in estimate.components if not _over(item)]
    controls = _controls(costs, cells)
    parts = [
        [Item((Span(" "), *stacked_bar(costs, cells - 2)))],
        [*_heading(costs, cells), *figures, Item(legend(column)), *_totals(costs, cells)],
        _lora(costs, cells),
        answer_items(costs, column),
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
    """The pane in few lines: the controls, the bar with its total, the verdict or the figures."""
    found = costs.verdict
    shown = costs.each or costs.estimate
    total = f" {span_of(costs, shown.total_bytes, shown.total_upper_bytes)} "
    bar = stacked_bar(costs, cells - len(total) - 1)
    rows = [
        Item(joined(_short_controls(costs), cells, Span("  "))),
        Item((Span(" "), *bar, Span(total, "total"))),
        Item(verdict_line(costs, found, cells) if found else _short_figures(costs, cells)),
    ]
    return rows[1:2] if lines == 1 else rows[:lines]


def span_of(costs: Costs, least: int, most: int) -> str:
    """A total with its unit, as a range where it is one: `29.87 – 31.20 GiB`."""
    return f"{_numbers(costs, least, most)} {costs.size_units.value}"


def stacked_bar(costs: Costs, cells: int) -> Line:
    """Every component as a stretch of one bar, in proportion; on a GPU, of what it has."""
    shown = costs.each or costs.estimate
    parts = [item for item in shown.components if shown.at_peak(item.name)]
    usable = costs.verdict.usable_bytes if costs.verdict else 0
    held = sum(item.bytes for item in parts)
    lengths = split([*(item.bytes for item in parts), max(usable - held, 0)], cells)
    spans = []
    for item, stretch in zip(parts, lengths, strict=False):
        look = part(item.name)
        spans.append(Span(look.fill * stretch, look.style))
    if usable:
        spans.append(Span(FREE * lengths[-1], "faint"))
    line = tuple(span for span in spans if span.text)
    return line if held <= usable or not usable else _with_end(line, usable * cells // held)


def _with_end(line: Line, end: int) -> Line:
    """The bar with the end of the GPU's memory in it."""
    spans: list[Span] = []
    for span in line:
        if 0 <= end < len(span.text):
            before, after = span.text[:end], span.text[end + 1 :]
            spans += [Span(before, span.style), Span(END, "bad"), Span(after, span.style)]
        else:
            spans.append(span)
        end -= len(span.text)
    return tuple(span for span in spans if span.text)


def legend(cells: int) -> Line:
    """What the marks beside the figures say, as the rule below them."""
    words = " ─ ".join(f"{mark} {BASIS_WORDS[basis]}" for basis, mark in BASIS_MARKS.items())
    return (Span(f" ─ {words} ".ljust(cells - 1, "─"), "faint"),)


def _controls(costs: Costs, cells: int) -> list[Item]:
    title = max(len(row.title) for row in CONTROLS) + 1
    rows = []
    for row in CONTROLS:
        used = costs.scenario.mode in row.modes and row.applies(costs.scenario)
        if not (used or row.key) or not (row.menu or row.values(costs.config)):
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
    absent = absence(costs.estimate, item.name)
    share = _tail(costs, item.name, absent or units.percent(item.bytes, total))
    line = _figure(_swatch(item), number, BASIS_MARKS[item.basis], share, costs, cells)
    if cells > COLUMN + 8 and total and not absent:
        drawn = round(item.bytes / total * (cells - COLUMN - 2)) or int(item.bytes > 0)
        line = (*line, Span(" " + look.fill * drawn, look.style))
    return Item(line, f"memory.{item.name}")


def _totals(costs: Costs, cells: int) -> list[Item]:
    estimate, each = costs.estimate, costs.each
    peak = units.memory_number(estimate.peak_bytes, costs.size_units)
    band = f"± {estimate.band * 100:.0f} %" if estimate.band else ""
    mark = "=" * (not band)
    if each:
        band, mark = units.memory_number(each.peak_bytes, costs.size_units), "±" * bool(band)
    title = (Span("   peak", "strong"),)
    rows = [Item(_figure(title, peak, mark, band, costs, cells), PEAK)]
    for item in estimate.components:
        if _over(item):
            number = _numbers(costs, item.bytes, item.upper_bytes or item.bytes)
            tail = _tail(costs, item.name, "")
            line = _figure(_swatch(item), number, BASIS_MARKS[item.basis], tail, costs, cells)
            rows.append(Item(line, f"memory.{item.name}"))
    total = _numbers(costs, estimate.total_bytes, estimate.total_upper_bytes)
    title = (Span("   total", "strong"),)
    tail = units.memory_number(each.total_bytes, costs.size_units) if each else ""
    line = _figure(title, total, "≈", tail, costs, cells)
    return [*rows, Item(line, TOTAL), *verdict_items(costs, min(cells, COLUMN))]


def _heading(costs: Costs, cells: int) -> list[Item]:
    """What the two columns of figures are, where several GPUs share the work."""
    if costs.each is None:
        return []
    right_end = (Span("in all   ", "dim"), Span("on each".rjust(TAIL + 1), "dim"))
    return [Item(between((Span(" "),), right_end, min(cells, COLUMN) - 1))]


def _tail(costs: Costs, name: str, share: str) -> str:
    """What stands behind a figure: its share, or what the fullest of several GPUs holds of it."""
    if costs.each is None:
        return share
    item = costs.each.component(name)
    return units.memory_number(item.bytes if item else 0, costs.size_units)


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
