"""The text report of `--plain`: what it is, what it costs, what the load cost."""

from collections.abc import Iterator
from textwrap import wrap

from paramtui.checkpoint.module import Module
from paramtui.memory.explain.explanation import title_of
from paramtui.memory.figure import Basis, Component
from paramtui.reports.comparison import side_words, tally, totals
from paramtui.reports.document import Report
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
from paramtui.reports.rows import rows
from paramtui.reports.sweep import sweep_plot
from paramtui.reports.units import (
    Units,
    memory,
    percent,
    shape,
    size,
)

WIDTH = 80
LABEL = 16
NAME = 60
"""Columns of a module's name in the tree."""
MARKS = {Basis.EXACT: "", Basis.FORMULA: "formula", Basis.ESTIMATE: "estimate"}


def plain(report: Report, units: Units = Units.GIB) -> str:
    """The whole report, made to be read in 80 columns; formulae may be longer."""
    sections = [_head(report, units), _categories(report), _memory(report, units)]
    if report.estimate.lora is not None:
        sections.append(_lora(report, units))
    sections += [_gpu(report, units), _compared(report, units), _swept(report, units)]
    if report.tree is not None:
        sections.append(_tree(report.tree, report.summary.total, units))
    sections.append(_notes(report))
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section)))


def _head(report: Report, units: Units) -> Iterator[str]:
    checkpoint = report.checkpoint
    revision = f" @ {checkpoint.revision}" if checkpoint.revision else ""
    yield f"{checkpoint.id}{revision}"
    if checkpoint.notice:
        yield from wrap(f"note: {checkpoint.notice}", WIDTH)
    yield ""
    for title, value in facts(report, units):
        yield f"{title:<{LABEL}}{value}"


def _categories(report: Report) -> Iterator[str]:
    total = report.summary.total
    if report.summary.partial:
        return
    for category, n in report.summary.by_category.items():
        yield f"{category.value:<{LABEL}}{n:>19,}{percent(n, total):>9}"


def _memory(report: Report, units: Units) -> Iterator[str]:
    estimate = report.estimate
    yield from _wrapped("memory", scenario_words(report.scenario))
    for part in estimate.components:
        yield from _component(part, units, absence(estimate, part.name))
    peak = f"{'peak':<{LABEL}}{memory(estimate.peak_bytes, units):>12}"
    yield f"{peak}  {band_words(estimate.band)}".rstrip()
    yield from _wrapped("", peak_words(estimate))
    upper = memory(estimate.total_upper_bytes, units)
    yield f"{'total':<{LABEL}}{memory(estimate.total_bytes, units):>12}  up to {upper}"


def _wrapped(title: str, text: str) -> Iterator[str]:
    """A title and a text beside it, as many lines as it needs."""
    for number, line in enumerate(wrap(text, WIDTH - LABEL)):
        yield f"{'' if number else title:<{LABEL}}{line}"


def _component(part: Component, units: Units, absent: str) -> Iterator[str]:
    mark, absent = MARKS[part.basis], NOT_AT_PEAK if absent else ""
    upper = f"up to {memory(part.upper_bytes, units)}" if part.upper_bytes is not None else ""
    note = ", ".join(filter(None, (mark, upper, absent)))
    yield f"{title_of(part.name):<{LABEL}}{memory(part.bytes, units):>12}  {note}".rstrip()


def _lora(report: Report, units: Units) -> Iterator[str]:
    lora = report.estimate.lora
    if lora is None:
        return
    yield f"LoRA rank {lora.rank}: {lora_words(lora, units)}"
    for target in lora.targets:
        features = f"{target.in_features:,} -> {target.out_features:,}"
        yield f"  {target.module:<20}{features:>20}  × {target.count:,}"


def _gpu(report: Report, units: Units) -> Iterator[str]:
    found = report.verdict
    facts = gpu_facts(found, report.solved, units) if found else ()
    for title, words in (*facts, *speed_facts(report.speed, found)):
        yield from _wrapped(title, words)


def _tree(root: Module, total: int, units: Units) -> Iterator[str]:
    listed = [
        (_cut("  " * depth + _label(module)), module, copies)
        for module, depth, copies in rows(root)
    ]
    name = max(len(label) for label, _, _ in listed)
    yield f"{'module':<{name}}{'shape':>22}{'type':>8}{'parameters':>19}{'share':>9}{'bytes':>12}"
    for label, module, copies in listed:
        n = module.parameters * copies
        dimensions = "" if module.shape is None else shape(module.shape)
        yield (
            f"{label:<{name}}{dimensions:>22}{''.join(module.dtypes[:1]):>8}{n:>19,}"
            f"{percent(n, total):>9}{size(module.nbytes * copies, units):>12}"
            f"{'  ' if module.note else ''}{module.note}"
        )


def _cut(label: str) -> str:
    """At most NAME columns: the middle goes, for the end of a name says most."""
    kept = NAME - 1
    return label if len(label) <= NAME else f"{label[: kept // 2]}…{label[-(kept - kept // 2) :]}"


def _label(module: Module) -> str:
    name = module.name or "all"
    return f"{name} × {module.repeat}" if module.repeat > 1 else name


def _compared(report: Report, units: Units) -> Iterator[str]:
    compared = report.compared
    if compared is None:
        return
    yield f"compared with {compared.model}: {tally(compared)}"
    yield f"{'':<{LABEL}}{'here':>19}{'there':>19}{'there − here':>22}"
    for title, *figures in totals(compared, report.summary, report.estimate, units):
        here, there, difference = figures
        yield f"{title:<{LABEL}}{here:>19}{there:>19}{difference:>22}"
    for item in compared.comparison.differences:
        here, there = (side_words(item.kind, side) for side in (item.here, item.there))
        words = " -> ".join(filter(None, (here, there)))
        yield f"{item.kind.value.replace('_', ' '):<{LABEL}}{item.path}  {words}"


def _swept(report: Report, units: Units) -> Iterator[str]:
    if report.swept is not None:
        yield from sweep_plot(report.swept, units)


def _notes(report: Report) -> Iterator[str]:
    yield from (f"{kind}: {sentence}" for kind, sentence in remarks(report.estimate))
    for sentence in report.summary.warnings:
        yield f"warning: {sentence}"
    yield f"fetched: {fetched_words(report.checkpoint.fetched)}"
