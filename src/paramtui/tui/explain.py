"""What `e` shows: a figure's formula, numbers, trust and source, and its word; no Textual here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramtui.memory.explain.explain_counts import explain_row
from paramtui.memory.precision import PRECISIONS
from paramtui.reports import glossary, units
from paramtui.reports.explanation import result, trust
from paramtui.tui.answers import answer_named, answered, gpus_title
from paramtui.tui.columns import category_title
from paramtui.tui.controls import Control
from paramtui.tui.costs import Costs
from paramtui.tui.line import EMPTY, Line, Span, between, width, wrapped
from paramtui.tui.visible_rows import Row

if TYPE_CHECKING:
    from paramtui.memory.explain.explanation import Explanation
    from paramtui.memory.figure import Term

Subject = Control | Row | str
"""What can be explained: a control, a row of the tree, a figure by its place in the JSON."""

FACT = 14
"""Cells of the title of a fact."""
SIGNS = "+−×÷⌈"


def title_of(about: Subject, costs: Costs) -> str:
    """What stands above an explanation."""
    if isinstance(about, Control):
        return f"{about.title}: {about.show(costs.scenario, costs.config)}"
    if isinstance(about, Row):
        return about.module.path or about.module.name
    if asked := answer_named(about):
        return asked.title
    found = figure(about, costs)
    return found.title if found else about


def explain(about: Subject, costs: Costs, cells: int) -> list[Line]:
    """Everything known about a subject, in lines of at most `cells`."""
    if isinstance(about, Control):
        return [*_control(about, costs, cells), *_word(f"scenario.{about.field}", costs, cells)]
    if isinstance(about, Row):
        return _row(about, costs, cells)
    if asked := answer_named(about):
        return [(Span(answered(asked, costs), "total"),), EMPTY, *wrapped(asked.meaning, cells)]
    found = figure(about, costs)
    lines = _explanation(found, costs, cells) if found else []
    return [*lines, *_on_each(about, costs, cells), *_word(about, costs, cells)]


def _on_each(about: str, costs: Costs, cells: int) -> list[Line]:
    """Of a figure of the memory, what the fullest of several GPUs has of it."""
    if costs.each is None or costs.verdict is None or not about.startswith("memory."):
        return []
    found = figure(f"gpu.{about.removeprefix('memory.')}", costs)
    title = f"on the fullest of {gpus_title(costs.verdict)}: {costs.verdict.share.plan.label}"
    if found is None:
        return []
    return [EMPTY, *wrapped(title, cells, "title"), *_explanation(found, costs, cells)]


def compute_lines(costs: Costs, cells: int) -> list[Line]:
    """FLOPs and bytes of a token, and the roofline of the GPU, each with its formula."""
    from paramtui.memory.gpus.speed import speed
    from paramtui.reports.gpu import speed_facts

    found = speed(costs.marked, costs.scenario, costs.estimate, costs.verdict)
    lines: list[Line] = []
    for title, words in speed_facts(found, costs.verdict):
        lines += wrapped(f"{title:<{FACT}}{words}", cells, "total", indent=FACT)
    for one in (*found.figures, *(bound.explanation for bound in found.bounds)):
        lines += [*([EMPTY] if lines else []), *wrapped(one.title, cells, "title")]
        lines += _explanation(one, costs, cells)
    if not lines:
        lines = wrapped("Nothing is known of what this model computes.", cells, "dim")
    if costs.verdict is None:
        said = "u chooses a GPU: its datasheet then bounds the tokens a second."
        lines += [EMPTY, *wrapped(said, cells, "key")]
    return lines


def glossary_lines(costs: Costs, cells: int) -> list[Line]:
    """Every word there is, with this model's own figures."""
    lines: list[Line] = []
    for word in glossary.words():
        lines += [*([EMPTY] if lines else []), *_entry(word, costs, cells)]
    return lines


def figure(name: str, costs: Costs) -> Explanation | None:
    """The figure at a place in the JSON, explained."""
    from paramtui.memory.explain.explain import explain as explain_all

    every = explain_all(costs.summary, costs.scenario, costs.estimate)
    return next((one for one in every if one.name == name), None)


def _explanation(one: Explanation, costs: Costs, cells: int) -> list[Line]:
    lines: list[Line] = [
        *wrapped(result(one, costs.size_units), cells, "total"),
        *wrapped(trust(one, costs.size_units), cells, "dim"),
        EMPTY,
    ]
    for term in one.terms:
        lines += _term(term, cells)
    if one.convention:
        lines += [EMPTY, *wrapped(one.convention, cells)]
    return [*lines, EMPTY, *wrapped(f"source: {one.source}", cells, "dim", indent=8)]


def _term(term: Term, cells: int) -> list[Line]:
    """A label and its value at the two ends; below, the formula in words and in numbers."""
    label: Line = (Span(term.label),)
    value: Line = (Span(units.exact(term.value), "value"),)
    if width(label) + width(value) + 2 <= cells:
        lines = [between(label, value, cells)]
    else:
        lines = [*wrapped(term.label, cells), between((Span(" "),), value, cells)]
    if any(sign in term.formula for sign in SIGNS):
        formula = wrapped(f"{term.words} = {term.filled}", cells - 2, "dim")
        lines += [(Span("  "), *line) for line in formula]
    return lines


def _row(row: Row, costs: Costs, cells: int) -> list[Line]:
    module = row.module
    nbytes = units.size(module.nbytes, costs.size_units)
    total = costs.summary.total
    facts = [f"{units.percent(module.parameters * row.copies, total)} of all parameters"]
    if row.copies > 1:
        facts.append(f"{units.exact(row.copies)} copies of {units.exact(module.parameters)}")
    facts.append(f"{units.exact(module.nbytes)} bytes ({nbytes}){' each' * (row.copies > 1)}")
    if module.dtypes:
        facts.append(f"stored as {', '.join(module.dtypes)}")
    if module.stored_shape not in (None, module.shape):
        facts.append(f"in shape {units.shape(module.stored_shape or ())}")
    if module.category:
        facts.append(f"counted as {category_title(module.category)}")
    lines = _explanation(explain_row(module, row.copies), costs, cells)
    lines += [EMPTY, *wrapped(" · ".join(facts), cells)]
    if module.note:
        lines += wrapped(f"apart from its siblings: {module.note}", cells, "warning")
    place = f"parameters.by_category.{module.category.value}" if module.category else ""
    return [*lines, *_word(place, costs, cells)]


def _control(row: Control, costs: Costs, cells: int) -> list[Line]:
    turns = f"{row.key} turns it, " if row.key else ""
    lines = wrapped(f"{turns}← → here, + and - once it was touched", cells, "dim")
    precision = PRECISIONS.get(costs.scenario.weights_precision)
    if row.field == "precision" and precision:
        lines += [EMPTY, *wrapped(f"{precision.label}: {precision.help}", cells)]
        if " " in precision.formula:
            lines += [EMPTY, *wrapped(f"bytes = {precision.formula}", cells, indent=8)]
        lines += [EMPTY, *wrapped(f"source: {precision.source}", cells, "dim", indent=8)]
    return lines


def _word(place: str, costs: Costs, cells: int) -> list[Line]:
    """The glossary's entry for a place in the JSON, when it has one."""
    word = glossary.lookup(place)
    return [EMPTY, *_entry(word, costs, cells)] if word else []


def _entry(word: str, costs: Costs, cells: int) -> list[Line]:
    found = glossary.entry(word, costs.summary, costs.estimate, costs.size_units)
    example = wrapped(found.example, cells, "dim") if found.example else []
    return [(Span(found.word, "title"),), *wrapped(found.text, cells), *example]
