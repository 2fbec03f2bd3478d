"""The text report of `--plain`: what it is, what it costs, what the load cost."""

from collections.abc import Iterator

from paramtui.checkpoint.module import Module
from paramtui.memory.figure import Basis, Component
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.document import Report
from paramtui.reports.units import (
    Units,
    count,
    exact,
    memory,
    percent,
    plural,
    shape,
    size,
    traffic,
)

LABEL = 16
MARKS = {Basis.EXACT: "", Basis.FORMULA: "formula", Basis.ESTIMATE: "estimate"}


def plain(report: Report, units: Units = Units.GIB) -> str:
    """The whole report, made to be read in 80 columns; formulae may be longer."""
    sections = [_head(report, units), _categories(report), _memory(report, units)]
    if report.estimate.lora is not None:
        sections.append(_lora(report, units))
    if report.tree is not None:
        sections.append(_tree(report.tree, report.summary.total, units))
    sections.append(_notes(report))
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section)))


def _head(report: Report, units: Units) -> Iterator[str]:
    checkpoint, summary = report.checkpoint, report.summary
    at_least = "" if summary.complete else "at least "
    revision = f" @ {checkpoint.revision}" if checkpoint.revision else ""
    yield f"{checkpoint.id}{revision}"
    if checkpoint.notice:
        yield f"note: {checkpoint.notice}"
    yield ""
    yield f"{'architecture':<{LABEL}}{checkpoint.config.architecture or 'not stated'}"
    active = "" if summary.active == summary.total else f", {count(summary.active)} active a token"
    yield f"{'parameters':<{LABEL}}{at_least}{summary.total:,} ({count(summary.total)}{active})"
    files = f"{plural(summary.tensors, 'tensor')} in {plural(summary.files, 'file')}"
    yield f"{'stored':<{LABEL}}{at_least}{size(summary.stored_bytes, units)}, {files}"
    types = sorted(summary.by_dtype.items(), key=lambda item: -item[1])
    yield f"{'types':<{LABEL}}" + ", ".join(f"{name} {count(n)}" for name, n in types)
    if checkpoint.config.context_length:
        yield f"{'context':<{LABEL}}{checkpoint.config.context_length:,} tokens"
    if checkpoint.license:
        yield f"{'licence':<{LABEL}}{checkpoint.license}"


def _categories(report: Report) -> Iterator[str]:
    total = report.summary.total
    for category, n in report.summary.by_category.items():
        yield f"{category.value:<{LABEL}}{n:>19,}{percent(n, total):>9}"


def _memory(report: Report, units: Units) -> Iterator[str]:
    estimate = report.estimate
    yield f"memory for {_scenario(report.scenario)}"
    for part in estimate.components:
        yield from _component(part, units)
    band = f" ± {estimate.band:.0%}" if estimate.band else ""
    peak = memory(estimate.peak_bytes, units)
    yield f"{'peak':<{LABEL}}{peak:>12}{band}  {estimate.peak_formula}"
    upper = memory(estimate.total_upper_bytes, units)
    yield f"{'total':<{LABEL}}{memory(estimate.total_bytes, units):>12}  up to {upper}"


def _component(part: Component, units: Units) -> Iterator[str]:
    mark = MARKS[part.basis]
    upper = f"up to {memory(part.upper_bytes, units)}" if part.upper_bytes is not None else ""
    note = ", ".join(filter(None, (mark, upper)))
    yield f"{part.name:<{LABEL}}{memory(part.bytes, units):>12}  {note}".rstrip()


def _scenario(scenario: Scenario) -> str:
    words = [
        scenario.mode.value,
        f"weights {scenario.weights_precision}",
        f"{scenario.context:,} tokens",
        f"batch {scenario.batch}",
    ]
    if scenario.mode is Mode.INFERENCE:
        words.append(f"KV cache {scenario.kv_precision}")
    else:
        words += [scenario.optimizer.value, f"training in {scenario.training_precision.value}"]
        on = "with" if scenario.gradient_checkpointing else "without"
        words.append(f"{on} gradient checkpointing")
    return ", ".join(words)


def _lora(report: Report, units: Units) -> Iterator[str]:
    lora = report.estimate.lora
    if lora is None:
        return
    yield (
        f"LoRA rank {lora.rank}: {lora.trainable:,} trainable parameters, {lora.percent:.4g} %, "
        f"adapter file {size(lora.adapter_file_bytes, units)}"
    )
    for target in lora.targets:
        features = f"{target.in_features:,} -> {target.out_features:,}"
        yield f"  {target.module:<20}{features:>20}  × {target.count:,}"


def _tree(root: Module, total: int, units: Units) -> Iterator[str]:
    yield f"{'module':<40}{'shape':>16}{'type':>8}{'parameters':>17}{'share':>8}{'bytes':>12}"
    for module, depth, copies in _rows(root, 0, 1):
        label = "  " * depth + module.name + (f" × {module.repeat}" if module.repeat > 1 else "")
        n = module.parameters * copies
        note = f"  {module.note}" if module.note else ""
        dimensions = "" if module.shape is None else shape(module.shape)
        dtype = "/".join(module.dtypes[:1])
        yield (
            f"{label:<40}{dimensions:>16}{dtype:>8}{n:>17,}"
            f"{percent(n, total):>8}{size(module.nbytes * copies, units):>12}{note}"
        ).rstrip()


def _rows(module: Module, depth: int, copies: int) -> Iterator[tuple[Module, int, int]]:
    copies *= module.repeat
    yield module, depth, copies
    for child in module.children:
        yield from _rows(child, depth + 1, copies)


def _notes(report: Report) -> Iterator[str]:
    for sentence in report.estimate.not_modelled:
        yield f"not modelled: {sentence}"
    for sentence in report.summary.warnings:
        yield f"warning: {sentence}"
    fetched = report.checkpoint.fetched
    yield (
        f"fetched: {plural(fetched.requests, 'request')}, {traffic(fetched.bytes)}, "
        f"{exact(fetched.weight_bytes)} B of weights"
    )
