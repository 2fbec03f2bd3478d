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


def explain(about: Component | Control | Row, costs: Costs, figures: Figures) -> list[Line]:
    """What is known about a figure, a control or a row."""
    if isinstance(about, Component):
        return explain_component(about, costs.estimate, costs.size_units)
    if isinstance(about, Control):
        return explain_control(about, costs)
    return explain_row(about, figures.total, costs.size_units)


def explain_component(item: Component, estimate: MemoryEstimate, size: Units) -> list[Line]:
    """Every term of a figure in words and in numbers, then where it comes from."""
    band = f", ± {estimate.band * 100:.0f} % of the peak" if item.basis is Basis.FORMULA else ""
    lines: list[Line] = [
        (
            Span(units.memory(item.bytes, size), "total"),
            Span(f"   {units.exact(item.bytes)} bytes"),
        ),
        (Span(f"{_BASIS[item.basis]}{band if estimate.band else ''}", "dim"),),
    ]
    for term in item.terms:
        lines += [EMPTY, (Span(term.label, "strong"),)]
        lines += wrapped(term.words, 68, "", indent=2)
        lines += wrapped(f"= {term.filled}", 68, "dim", indent=2)
        lines.append((Span(f"= {units.exact(term.value)} bytes"),))
    if item.upper_bytes is not None and item.upper_bytes != item.bytes:
        lines += [EMPTY, (Span(f"at most {units.memory(item.upper_bytes, size)}", "warning"),)]
    if item.convention:
        lines += [EMPTY, *wrapped(item.convention, 70)]
    return [*lines, EMPTY, *wrapped(f"source: {item.source}", 70, "dim", indent=8)]


def explain_row(row: Row, total: int, size: Units) -> list[Line]:
    """How many numbers a row holds, in one copy and in all, and what they weigh."""
    module = row.module
    lines: list[Line] = [*wrapped(module.path or module.name, 70, "strong"), EMPTY]
    if module.shape is not None:
        lines.append((Span(f"{units.product(module.shape)} numbers"),))
        if module.stored_shape is not None and module.stored_shape != module.shape:
            lines.append((Span(f"stored as {units.shape(module.stored_shape)}", "dim"),))
    for child in module.children:
        copies = f"{child.repeat:,} × " if child.repeat > 1 else ""
        lines.append((Span(f"{copies}{units.exact(child.parameters)}  "), Span(child.name, "dim")))
    lines.append((Span(f"= {units.exact(module.parameters)} parameters", "total"),))
    if row.copies > 1:
        everywhere = module.parameters * row.copies
        lines.append(
            (Span(f"× {row.copies:,} copies = {units.exact(everywhere)} in the whole model"),)
        )
    share = units.percent(module.parameters * row.copies, total)
    lines += [EMPTY, (Span(f"{share} of the model's {units.count(total)} parameters"),)]
    types = ", ".join(module.dtypes)
    nbytes = f"{units.exact(module.nbytes)} bytes each ({units.size(module.nbytes, size)})"
    lines.append((Span(f"{nbytes}, stored as {types}" if types else nbytes),))
    if module.category:
        lines.append((Span(f"counted as {category_title(module.category)}"),))
    if module.note:
        lines += wrapped(f"apart from its siblings: {module.note}", 70, "warning")
    return [*lines, EMPTY, (Span("exact: from the headers of the files", "dim"),)]


def explain_control(row: Control, costs: Costs) -> list[Line]:
    """What a control turns, and for a precision how its bytes are counted."""
    lines: list[Line] = [
        (Span(f"{row.title}: "), Span(row.show(costs.scenario, costs.config), "total")),
    ]
    if row.key:
        lines.append((Span(f"{row.key} next, {row.key.upper()} previous, + and - step", "dim"),))
    precision = PRECISIONS.get(costs.scenario.weights_precision)
    if row.field == "precision" and precision:
        lines += [EMPTY, *wrapped(precision.help, 70)]
        if " " in precision.formula:
            lines += [EMPTY, *wrapped(f"bytes = {precision.formula}", 70, indent=8)]
        lines += [EMPTY, *wrapped(f"source: {precision.source}", 70, "dim", indent=8)]
    return lines


def title_of(about: Component | Control | Row) -> str:
    """What stands above an explanation."""
    if isinstance(about, Component):
        return f"{part(about.name).title} · {BASIS_WORDS[about.basis]}"
    if isinstance(about, Control):
        return about.title
    return about.module.name
