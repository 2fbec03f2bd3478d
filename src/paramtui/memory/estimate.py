"""What a scenario costs: summary + scenario -> MemoryEstimate."""

from functools import lru_cache
from math import ceil

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.attention import cache_layout
from paramtui.memory.figure import Component
from paramtui.memory.kv_cache import kv_cache
from paramtui.memory.lora import lora_estimate
from paramtui.memory.overhead import overhead
from paramtui.memory.result import LoraEstimate, LoraTarget, MemoryEstimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.state import state
from paramtui.memory.training import training, weights_precision
from paramtui.memory.weights import weights
from paramtui.memory.workspace import prefill

__all__ = ["LoraEstimate", "LoraTarget", "MemoryEstimate", "estimate"]


def estimate(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    """What a scenario costs, component by component; raises ScenarioError for an unknown choice."""
    if scenario.mode is Mode.INFERENCE:
        return _inference(summary, scenario)
    return _training(summary, scenario)


def _inference(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    held = _present(
        _weights(summary, scenario.weights_precision),
        kv_cache(summary, scenario),
        state(summary, scenario),
    )
    work = prefill(summary, scenario)
    peak = sum(part.bytes for part in held) + work.bytes
    names = " + ".join((*(part.name for part in held), work.name))
    return _total(
        (*held, work, overhead(work.bytes)),
        peak,
        f"{names}, during the pass over the prompt",
        ceil(100 * work.bytes / peak) / 100 if peak else 0.0,
        not_modelled=cache_layout(summary).not_modelled,
    )


def _training(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    adapter = None if scenario.mode is Mode.FULL else lora_estimate(summary, scenario)
    held = _weights(summary, weights_precision(scenario))
    step = training(summary, scenario)
    names = (part.name for part in (held, *step.components) if part.name in STAYING)
    return _total(
        (held, *step.components, overhead(step.worst.bytes)),
        held.bytes + step.held + step.worst.bytes,
        f"{' + '.join(names)} + {step.worst.holds}, {step.worst.name}",
        step.band,
        adapter,
        (*step.not_modelled, *(adapter.notes if adapter else ())),
    )


STAYING = ("weights", "adapter", "optimizer")
"""What is there at every moment of training."""


def _total(
    components: tuple[Component, ...],
    peak: int,
    peak_formula: str,
    band: float,
    lora: LoraEstimate | None = None,
    not_modelled: tuple[str, ...] = (),
) -> MemoryEstimate:
    """Add the overhead, and every component's upper bound."""
    extra = sum(part.upper_bytes - part.bytes for part in components if part.upper_bytes)
    total = peak + components[-1].bytes
    return MemoryEstimate(
        components, peak, peak_formula, total, total + extra, band, lora, not_modelled
    )


def _present(*components: Component | None) -> tuple[Component, ...]:
    return tuple(part for part in components if part is not None)


_weights = lru_cache(maxsize=64)(weights)
"""A key press changes one control; the weights of the other precisions stay known."""
