"""The report of `--markdown`: the same figures as tables, with their explanations."""

import re
from collections.abc import Iterable, Iterator, Sequence

from paramtui.checkpoint.text import clean
from paramtui.memory.explain.explanation import title_of
from paramtui.reports.comparison import side_words, tally, totals
from paramtui.reports.document import Report
from paramtui.reports.explanation import equation, trust
from paramtui.reports.facts import (
    NOT_AT_PEAK,
    absence,
    band_words,
    facts,
    fetched_words,
    lora_words,
    peak_words,
    remarks,
    scenario_words,
)
from paramtui.reports.gpu import gpu_facts, speed_facts
from paramtui.reports.rows import Row, rows
from paramtui.reports.sweep import sweep_rows
from paramtui.reports.units import Units, exact, memory, percent, shape, size

SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
LEADING = re.compile(r"^(?:\d{1,9}(?=[.)](?:\s|$))|(?=[#+=-]))")
"""What would begin a heading, a list or a rule."""


def markdown(report: Report, units: Units = Units.GIB) -> str:
    """The whole report."""
    sections = [
        _head(report, units),
        _categories(report),
        _memory(report, units),
        _lora(report, units),
        _gpu(report, units),
        _compared(report, units),
        _swept(report, units),
        _tree(report, units),
        _explanations(report, units),
        _notes(report),
    ]
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section)))


def escape(text: str) -> str:
    """Text from elsewhere, on one line and without a meaning of its own."""
    text = SPECIAL.sub(r"\\\1", clean(text))
    return LEADING.sub(lambda match: f"{match[0]}\\", text)


def code(text: str) -> str:
    """Text from elsewhere in a cell, as code; more backticks around it than in it."""
    text = clean(text).replace("|", "\\|")
    if not text.strip():
        return ""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> Iterator[str]:
    """A table whose last `numbers` columns are flush right; its cells are Markdown already."""
    yield f"| {' | '.join(titles)} |"
    words = len(titles) - numbers
    yield f"| {' | '.join(['---'] * words + ['---:'] * numbers)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _head(report: Report, units: Units) -> Iterator[str]:
    checkpoint = report.checkpoint
    revision = f" @ {escape(checkpoint.revision)}" if checkpoint.revision else ""
    yield f"# {escape(checkpoint.id)}{revision}"
    yield ""
    if checkpoint.notice:
        yield f"> {escape(checkpoint.notice)}"
        yield ""
    cells = ((title, escape(value)) for title, value in facts(report, units))
    yield from table(("", ""), cells, 0)


def _categories(report: Report) -> Iterator[str]:
    total = report.summary.total
    if report.summary.partial:
        return
    cells = [
        (category.value.replace("_", " "), exact(count), percent(count, total))
        for category, count in report.summary.by_category.items()
    ]
    if cells:
        yield "## Parameters\n"
        yield from table(("part", "parameters", "share"), cells, 2)


def _memory(report: Report, units: Units) -> Iterator[str]:
    estimate = report.estimate
    yield f"## Memory\n\nFor {escape(scenario_words(report.scenario))}.\n"
    cells = [
        (
            title_of(part.name),
            part.basis.value,
            memory(part.bytes, units),
            _up_to(part.upper_bytes, units)
            or (NOT_AT_PEAK if absence(estimate, part.name) else ""),
        )
        for part in estimate.components
    ]
    cells.append(
        ("**peak**", band_words(estimate.band), f"**{memory(estimate.peak_bytes, units)}**", "")
    )
    upper = _up_to(estimate.total_upper_bytes, units)
    cells.append(("**total**", "", f"**{memory(estimate.total_bytes, units)}**", upper))
    yield from table(("", "", "size", "at most"), cells, 2)
    yield f"\nPeak: {escape(peak_words(estimate))}."


def _up_to(upper: int | None, units: Units) -> str:
    return "" if upper is None else memory(upper, units)


def _lora(report: Report, units: Units) -> Iterator[str]:
    lora = report.estimate.lora
    if lora is None:
        return
    yield f"## LoRA of rank {lora.rank}\n\n{lora_words(lora, units)}.\n"
    cells = [
        (
            code(target.module),
            exact(target.in_features),
            exact(target.out_features),
            exact(target.count),
        )
        for target in lora.targets
    ]
    yield from table(("layer", "inputs", "outputs", "layers"), cells, 3)


def _gpu(report: Report, units: Units) -> Iterator[str]:
    found = report.verdict
    verdict = gpu_facts(found, report.solved, units) if found else ()
    cells = [(title, escape(words)) for title, words in verdict]
    cells += [(title, escape(words)) for title, words in speed_facts(report.speed, found)]
    if cells:
        yield f"## {'GPU and speed' if found else 'Compute'}\n"
        yield from table(("", ""), cells, 0)


def _compared(report: Report, units: Units) -> Iterator[str]:
    compared = report.compared
    if compared is None:
        return
    yield f"## Compared with {escape(compared.model)}\n\n{tally(compared)}.\n"
    titles = ("", "here", "there", "there − here")
    yield from table(titles, totals(compared, report.summary, report.estimate, units), 3)
    cells = [
        (
            code(item.path),
            item.kind.value.replace("_", " "),
            *(escape(side_words(item.kind, side)) for side in (item.here, item.there)),
            exact(item.count),
        )
        for item in compared.comparison.differences
    ]
    if cells:
        yield ""
        yield from table(("tensor", "difference", "here", "there", "tensors"), cells, 1)


def _swept(report: Report, units: Units) -> Iterator[str]:
    swept = report.swept
    if swept is None:
        return
    yield f"## Memory over {swept.over.name}\n"
    cells = ((value, fits, total) for value, total, fits in sweep_rows(swept, units))
    yield from table((swept.over.name, "", "total"), cells, 1)


def _tree(report: Report, units: Units) -> Iterator[str]:
    if report.tree is None:
        return
    yield "## Modules\n"
    total = report.summary.total
    cells = (_module(row, total, units) for row in rows(report.tree) if row.depth)
    titles = ("module", "shape", "type", "copies", "parameters", "share", "size")
    yield from table(titles, cells, 4)


def _module(row: Row, total: int, units: Units) -> Sequence[str]:
    module, copies = row.module, row.copies
    note = f" {escape(module.note)}" if module.note else ""
    return (
        f"{code(module.path)}{note}",
        "" if module.shape is None else shape(module.shape),
        escape("/".join(module.dtypes)),
        exact(copies),
        exact(module.parameters * copies),
        percent(module.parameters * copies, total),
        size(module.nbytes * copies, units),
    )


def _explanations(report: Report, units: Units) -> Iterator[str]:
    yield "## How it is counted\n"
    for item in report.explanations:
        figure = (
            f"- **{escape(item.title)}**: {escape(equation(item, units))} ({trust(item, units)})."
        )
        convention = f" {escape(item.convention)}" if item.convention else ""
        yield f"{figure}{convention} Source: {escape(item.source)}."


def _notes(report: Report) -> Iterator[str]:
    notes = [
        *(f"{kind.capitalize()}: {sentence}" for kind, sentence in remarks(report.estimate)),
        *(f"Warning: {sentence}" for sentence in report.summary.warnings),
        f"Fetched: {fetched_words(report.checkpoint.fetched)}.",
    ]
    yield "## Notes\n"
    yield from (f"- {escape(note)}" for note in notes)
