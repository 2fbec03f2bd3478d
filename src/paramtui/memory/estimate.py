"""What a scenario costs: summary + scenario -> MemoryEstimate."""

from functools import lru_cache
from math import ceil

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.attention import cache_layout
from paramtui.memory.cache.kv_cache import kv_cache
from paramtui.memory.cache.state import state
from paramtui.memory.figure import Component
from paramtui.memory.layout.weights import weights
from paramtui.memory.marks.marks import marked, marked_in
from paramtui.memory.overhead import overhead
from paramtui.memory.result import LoraEstimate, LoraTarget, MemoryEstimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.moment import STAYING, Moment, whole
from paramtui.memory.training.trainable import weights_precision
from paramtui.memory.training.workspace import prefill
from paramtui.record import replace

__all__ = ["LoraEstimate", "LoraTarget", "MemoryEstimate", "estimate"]


def estimate(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    """What a scenario costs, component by component; raises ScenarioError for an unknown choice."""
    summary = marked(summary, scenario)
    if summary.adapter is not None:
        from paramtui.memory.adapter.opened_adapter import beneath

        summary = beneath(summary, scenario)
    if summary.partial:
        from paramtui.memory.partial import partial_estimate

        return partial_estimate(summary, scenario)
    if summary.config.is_diffusion:
        from paramtui.memory.diffusion import diffusion_estimate

        return diffusion_estimate(summary, scenario)
    costs = (_inference if scenario.mode is Mode.INFERENCE else _training)(summary, scenario)
    beyond = _beyond(summary, scenario)
    return replace(costs, not_modelled=(*costs.not_modelled, *beyond)) if beyond else costs


def _inference(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    work = prefill(summary, scenario)
    live = _present(
        _weights(summary, scenario.weights_precision),
        kv_cache(summary, scenario),
        state(summary, scenario),
        work,
    )
    peak = Moment("during the pass over the prompt", tuple(map(whole, live)))
    extra = overhead(scenario.overheads, transient=work.bytes, weights=live[0].bytes)
    return in_total(
        (*live, extra),
        peak,
        ceil(100 * work.bytes / peak.bytes) / 100 if peak.bytes else 0.0,
        not_modelled=cache_layout(summary).not_modelled,
    )


def _training(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    # Not before: inference, which most begin with, needs none of it.
    from paramtui.memory.adapter.lora import lora_estimate
    from paramtui.memory.marks.mark import Aspect
    from paramtui.memory.training.training import training

    held = _weights(summary, weights_precision(scenario))
    step = training(summary, scenario)
    # Precisions change nothing of an adapter, whose file takes long to lay out.
    adapted = marked_in(summary, scenario, Aspect.PRESENCE, Aspect.TRAINING)
    adapter = None if scenario.mode is Mode.FULL else lora_estimate(adapted, scenario)
    staying = [whole(part) for part in (held, *step.components) if part.name in STAYING]
    extra = overhead(scenario.overheads, transient=step.worst.bytes, weights=held.bytes)
    return in_total(
        (held, *step.components, extra),
        Moment(step.worst.name, (*staying, *step.worst.terms)),
        step.band,
        adapter,
        (*step.not_modelled, *(adapter.notes if adapter else ())),
    )


def in_total(
    components: tuple[Component, ...],
    worst: Moment,
    band: float,
    lora: LoraEstimate | None = None,
    not_modelled: tuple[str, ...] = (),
) -> MemoryEstimate:
    """Add the overhead, the last of the components, and every component's upper bound."""
    extra = sum(part.upper_bytes - part.bytes for part in components if part.upper_bytes)
    total = worst.bytes + components[-1].bytes
    names = dict.fromkeys(term.label for term in worst.terms)
    return MemoryEstimate(
        components=components,
        peak_bytes=worst.bytes,
        peak_formula=f"{' + '.join(names)}, {worst.name}",
        total_bytes=total,
        total_upper_bytes=total + extra,
        band=band,
        lora=lora,
        not_modelled=not_modelled,
        peak_terms=worst.terms,
    )


def _beyond(summary: ParameterSummary, scenario: Scenario) -> tuple[str, ...]:
    """That a sequence is longer than the model takes, by its configuration."""
    most = summary.config.context_length
    if most is None or scenario.context <= most:
        return ()
    tokens = "1 token" if most == 1 else f"{most:,} tokens"
    return (f"a context of {scenario.context:,}: the model was made for {tokens} at most",)


def _present(*components: Component | None) -> tuple[Component, ...]:
    return tuple(part for part in components if part is not None)


_weights = lru_cache(maxsize=64)(weights)
"""A key press changes one control; the weights of the other precisions stay known."""
