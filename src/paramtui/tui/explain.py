"""What `e` shows: a figure's formula, its numbers, its convention and its source; no Textual."""

from paramtui.memory.estimate import MemoryEstimate
from paramtui.memory.figure import Basis, Component
from paramtui.memory.precision import PRECISIONS
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.columns import Figures, category_title
from paramtui.tui.controls import Control
from paramtui.tui.line import EMPTY, Line, Span, wrapped
from paramtui.tui.memory_lines import Costs
from paramtui.tui.styles import BASIS_WORDS, part
from paramtui.tui.visible_rows import Row

_BASIS = {
    Basis.EXACT: "exact: it follows from the files or from the library's own layout, to the byte",
    Basis.FORMULA: "formula: a closed form checked against real software",
    Basis.ESTIMATE: "estimate: it depends on software or hardware that is not seen from here",
}


def explain(
    about: Component | Control | Row, costs: Costs, figures: Figures, cells: int
) -> list[Line]:
    """What is known about a figure, a control or a row."""
    if isinstance(about, Component):
        return explain_component(about, costs.estimate, costs.size_units, cells)
    if isinstance(about, Control):
        return explain_control(about, costs, cells)
    return explain_row(about, figures.total, costs.size_units, cells)


def explain_component(
    item: Component, estimate: MemoryEstimate, size: Units, cells: int
) -> list[Line]:
    """Every term of a figure in words and in numbers, then where it comes from."""
    basis = _BASIS[item.basis]
    if item.basis is Basis.FORMULA and estimate.band:
        basis += f"; the peak is within ± {estimate.band * 100:.0f} %"
    total = units.memory(item.bytes, size)
    lines: list[Line] = [
        (Span(total, "total"), Span(f"   {units.exact(item.bytes)} bytes")),
        *wrapped(basis, cells, "dim"),
    ]
    for term in item.terms:
        lines += [EMPTY, *wrapped(term.label, cells, "strong")]
        lines += wrapped(term.words, cells, indent=2)
        lines += wrapped(f"= {term.filled}", cells, "dim", indent=2)
        lines += wrapped(f"= {units.exact(term.value)} bytes", cells)
    if item.upper_bytes is not None and item.upper_bytes != item.bytes:
        most = units.memory(item.upper_bytes, size)
        lines += [EMPTY, *wrapped(f"at most {most}", cells, "warning")]
    if item.convention:
        lines += [EMPTY, *wrapped(item.convention, cells)]
    return [*lines, EMPTY, *wrapped(f"source: {item.source}", cells, "dim", indent=8)]


def explain_row(row: Row, total: int, size: Units, cells: int) -> list[Line]:
    """How many numbers a row holds, in one copy and in all, and what they weigh."""
    module = row.module
    lines: list[Line] = []
    if module.path != module.name:
        lines += [*wrapped(module.path, cells, "strong"), EMPTY]
    if module.shape is not None:
        lines += wrapped(f"{units.product(module.shape)} numbers", cells)
        if module.stored_shape is not None and module.stored_shape != module.shape:
            lines += wrapped(f"stored as {units.shape(module.stored_shape)}", cells, "dim")
    for child in module.children:
        copies = f"{child.repeat:,} × " if child.repeat > 1 else ""
        number = f"{copies}{units.exact(child.parameters)}"
        lines.append((Span(number.rjust(24)), Span(f"  {child.name}", "dim")))
    lines += wrapped(f"= {units.exact(module.parameters)} parameters", cells, "total")
    if row.copies > 1:
        everywhere = units.exact(module.parameters * row.copies)
        lines += wrapped(f"× {row.copies:,} copies = {everywhere} in the whole model", cells)
    share = units.percent(module.parameters * row.copies, total)
    lines += [EMPTY, *wrapped(f"{share} of the model's {units.count(total)} parameters", cells)]
    nbytes = f"{units.exact(module.nbytes)} bytes each ({units.size(module.nbytes, size)})"
    types = f", stored as {', '.join(module.dtypes)}" if module.dtypes else ""
    lines += wrapped(f"{nbytes}{types}", cells)
    if module.category:
        lines += wrapped(f"counted as {category_title(module.category)}", cells)
    if module.note:
        lines += wrapped(f"apart from its siblings: {module.note}", cells, "warning")
    return [*lines, EMPTY, *wrapped("exact: from the headers of the files", cells, "dim")]


def explain_control(row: Control, costs: Costs, cells: int) -> list[Line]:
    """What a control turns, and for a precision how its bytes are counted."""
    lines: list[Line] = [
        (Span(f"{row.title}: "), Span(row.show(costs.scenario, costs.config), "total")),
    ]
    if row.key:
        lines += wrapped(f"{row.key} turns it on, + and - step it up and down", cells, "dim")
    precision = PRECISIONS.get(costs.scenario.weights_precision)
    if row.field == "precision" and precision:
        lines += [EMPTY, *wrapped(precision.help, cells)]
        if " " in precision.formula:
            lines += [EMPTY, *wrapped(f"bytes = {precision.formula}", cells, indent=8)]
        lines += [EMPTY, *wrapped(f"source: {precision.source}", cells, "dim", indent=8)]
    return lines


def title_of(about: Component | Control | Row) -> str:
    """What stands above an explanation."""
    if isinstance(about, Component):
        return f"{part(about.name).title} · {BASIS_WORDS[about.basis]}"
    if isinstance(about, Control):
        return about.title
    return about.module.name
