"""What every report says of a checkpoint and of a scenario, as pairs and words."""

from __future__ import annotations

from collections.abc import Iterator

from paramtui.checkpoint.checkpoint import Fetched
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.explain.explanation import title_of
from paramtui.memory.result import LoraEstimate, MemoryEstimate
from paramtui.memory.scenario import Components, Mode, Scenario
from paramtui.memory.training.trainable import weights_precision
from paramtui.reports.units import Units, count, exact, plural, size, traffic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.reports.document import Report


def facts(report: Report, units: Units) -> Iterator[tuple[str, str]]:
    """What it is, a title and a value each."""
    checkpoint, summary = report.checkpoint, report.summary
    yield "architecture", checkpoint.config.architecture or "not stated"
    yield from (_totals if summary.partial else _counts)(summary, units)
    if checkpoint.config.context_length:
        yield "context", f"{exact(checkpoint.config.context_length)} tokens"
    if checkpoint.license:
        yield "licence", checkpoint.license


def _counts(summary: ParameterSummary, units: Units) -> Iterator[tuple[str, str]]:
    """What the tensors add up to."""
    at_least = "" if summary.complete else "at least "
    active = "" if summary.active == summary.total else f", {count(summary.active)} active a token"
    yield "parameters", f"{at_least}{exact(summary.total)} ({count(summary.total)}{active})"
    files = f" in {plural(summary.files, 'file')}" if summary.files else ""
    tensors = plural(summary.tensors, "tensor")
    yield "stored", f"{at_least}{size(summary.stored_bytes, units)}, {tensors}{files}"
    types = sorted(summary.by_dtype.items(), key=lambda item: -item[1])
    yield "types", ", ".join(f"{name} {count(n)}" for name, n in types)


def _totals(summary: ParameterSummary, units: Units) -> Iterator[tuple[str, str]]:
    """What is known where no file could be read."""
    counted = f"{exact(summary.total)} ({count(summary.total)}) by the Hub's count of elements"
    yield "parameters", counted if summary.total else "unknown"
    files = plural(summary.files, "file")
    yield "stored", f"{size(summary.stored_bytes, units)} in {files}, tensors unknown"
    types = sorted(summary.groups, key=lambda group: -group.nbytes)
    if all(group.pattern == group.dtype.name for group in types):
        words = [f"{group.dtype.name} {count(group.elements)}" for group in types]
        yield "types", ", ".join(words) if summary.total else "unknown"
    else:
        parts = [f"{group.pattern} {size(group.nbytes, units)}" for group in types]
        yield "components", ", ".join(parts)


def lora_words(lora: LoraEstimate, units: Units) -> str:
    """What an adapter trains and weighs."""
    return (
        f"{exact(lora.trainable)} trainable parameters, {lora.percent:.4g} %, "
        f"adapter file {size(lora.adapter_file_bytes, units)}"
    )


def fetched_words(fetched: Fetched) -> str:
    """What the load cost."""
    again = f" ({plural(fetched.retries, 'retry', 'retries')})" if fetched.retries else ""
    return (
        f"{plural(fetched.requests, 'request')}{again}, {traffic(fetched.bytes)}, "
        f"{exact(fetched.weight_bytes)} B of weights"
    )


def peak_words(estimate: MemoryEstimate) -> str:
    """What the peak consists of, and when it is: `weights + KV cache, …`."""
    parts, comma, moment = estimate.peak_formula.rpartition(", ")
    return " + ".join(map(title_of, parts.split(" + "))) + comma + moment


def remarks(estimate: MemoryEstimate) -> Iterator[tuple[str, str]]:
    """What must be said of an estimate: a word for its kind, and a sentence each."""
    of_adapter = estimate.lora.notes if estimate.lora else ()
    for sentence in estimate.not_modelled:
        yield "note" if sentence in of_adapter else "not modelled", sentence


NOT_AT_PEAK = "not at the peak"
"""Of a component that the worst moment has none of."""


def absence(estimate: MemoryEstimate, name: str) -> str:
    """Why a component is not part of the peak; nothing where it is."""
    if estimate.at_peak(name):
        return ""
    return "later" if name == "gradients" else "freed"


def band_words(band: float) -> str:
    """A relative error: `± 5 %`; nothing for none."""
    return f"± {band * 100:.0f} %" if band else ""


def scenario_words(scenario: Scenario) -> str:
    """The choices that matter in the scenario's mode."""
    words = [
        scenario.mode.value,
        f"weights {weights_precision(scenario)}",
        f"{exact(scenario.context)} tokens",
        f"batch {scenario.batch}",
    ]
    if scenario.components is Components.ONE_AT_A_TIME:
        words.append("one component at a time")
    if scenario.mode is Mode.INFERENCE:
        words.append(f"KV cache {scenario.kv_precision}")
    else:
        words += [scenario.optimizer.value, f"training in {scenario.training_precision.value}"]
        on = "with" if scenario.gradient_checkpointing else "without"
        words.append(f"{on} gradient checkpointing")
    words += map(str, scenario.marks)
    return ", ".join(words)
