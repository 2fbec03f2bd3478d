"""What can be said of a checkpoint of which only totals by type are known: its weights."""

from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.figure import Basis, Component
from paramtui.memory.layout.weights import weights
from paramtui.memory.overhead import overhead
from paramtui.memory.precision import Converts, precision_named
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.trainable import weights_precision
from paramtui.record import replace

UNSEEN = {
    Mode.INFERENCE: "the KV cache, recurrent states and activations",
    Mode.LORA: "the adapter, its gradients and optimizer states, and the activations",
    Mode.QLORA: "the adapter, its gradients and optimizer states, and the activations",
    Mode.FULL: "gradients, optimizer states and activations",
}
FLOATS = ("F", "BF")
"""What the names of types begin with whose elements are one parameter each."""


def partial_estimate(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    """The weights, and by name what cannot be told; raises ScenarioError for a bad precision."""
    held, doubt = _weights(summary, weights_precision(scenario))
    extra = overhead(scenario.overheads, transient=0, weights=held.bytes)
    unseen = UNSEEN[scenario.mode]
    notes = [f"{unseen}: the tensors are unknown, so that the weights are all that is counted"]
    if scenario.gpus is not None:
        notes.append(f"whether it fits {scenario.gpus}: the weights are not all it needs")
    total = held.bytes + extra.bytes
    return MemoryEstimate(
        components=(held, extra),
        peak_bytes=held.bytes,
        peak_formula="weights alone",
        total_bytes=total,
        total_upper_bytes=held.bytes + (extra.upper_bytes or extra.bytes),
        band=0.0,
        not_modelled=(*doubt, *notes),
        peak_terms=held.terms,
    )


def _weights(summary: ParameterSummary, precision: str) -> tuple[Component, tuple[str, ...]]:
    """The weights as asked or, where that cannot be told, as stored, and why."""
    row = precision_named(precision)
    if row.converts is Converts.PARAMETERS and _counted(summary):
        return weights(summary, precision), ()
    stored = weights(summary, "stored")
    if any(group.dtype == FILES for group in summary.groups):
        words = "The files with their headers, a little more than the weights."
        stored = replace(stored, basis=Basis.FORMULA, source="file sizes", convention=words)
    else:
        stored = replace(stored, source="the Hub's count of elements by type")
    if row.converts is Converts.NOTHING:
        return stored, ()
    return stored, (f"{precision}: what it would convert is unknown, the weights are as stored",)


def _counted(summary: ParameterSummary) -> bool:
    """Whether the number of parameters is known, and not only that of packed elements."""
    files = all(group.dtype == FILES and group.parameters for group in summary.groups)
    plain = all(group.dtype.name.startswith(FLOATS) for group in summary.groups)
    return files or (plain and not summary.config.quantization)
