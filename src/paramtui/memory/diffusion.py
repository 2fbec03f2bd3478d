"""Diffusion models: weights and what is trained; activations follow from a picture's size."""

from functools import lru_cache

from paramtui.checkpoint.summary import ParameterSummary, recounted
from paramtui.memory.adapter.lora import lora_estimate
from paramtui.memory.figure import Component
from paramtui.memory.layout.weights import weights
from paramtui.memory.overhead import overhead
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Components, Mode, Scenario
from paramtui.memory.training.moment import whole
from paramtui.memory.training.trainable import weights_precision
from paramtui.memory.training.training import training
from paramtui.record import replace

KEPT = ("adapter", "gradients", "optimizer")
"""Components of training that depend on parameters alone."""
UNSEEN = "activations: they follow from the size of the picture, which no option says"
ALL_TRAINED = (
    "which component is trained: here it is every one; open one alone, as hf://org/name/transformer"
)
ON_SEVERAL = "how several GPUs share it: it is taken to be on one of them"
OFFLOADED = (
    "The largest component, {name}; the others wait in the host's memory until it is their turn "
    "(diffusers, enable_model_cpu_offload)."
)


def diffusion_estimate(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    """What depends on the weights alone, and by name what does not."""
    notes, adapter = [UNSEEN], None
    kept: tuple[Component, ...] = ()
    if scenario.mode is Mode.INFERENCE:
        held = resident_weights(summary, scenario)
    else:
        held = weights(summary, weights_precision(scenario))
        step = training(summary, scenario)
        kept = tuple(part for part in step.components if part.name in KEPT)
        notes += [ALL_TRAINED] if summary.components else []
    if scenario.mode in (Mode.LORA, Mode.QLORA):
        adapter = lora_estimate(summary, scenario)
        notes += adapter.notes
    if scenario.gpus is not None and scenario.gpus.count > 1:
        notes.append(ON_SEVERAL)
    extra = overhead(scenario.overheads, transient=0, weights=held.bytes)
    terms = tuple(whole(part) for part in (held, *kept))
    peak = sum(term.value for term in terms)
    return MemoryEstimate(
        components=(held, *kept, extra),
        peak_bytes=peak,
        peak_formula=" + ".join(term.label for term in terms),
        total_bytes=peak + extra.bytes,
        total_upper_bytes=peak + (extra.upper_bytes or extra.bytes),
        band=0.0,
        lora=adapter,
        not_modelled=tuple(notes),
        peak_terms=terms,
    )


def resident_weights(summary: ParameterSummary, scenario: Scenario) -> Component:
    """The weights that are on the GPU together: of all components, or of the largest alone."""
    precision = scenario.weights_precision
    if len(summary.components) < 2:
        return weights(summary, precision)
    parts = {name: weights(part, precision) for name, part in _apart(summary).items()}
    if scenario.components is Components.ONE_AT_A_TIME:
        name, largest = max(parts.items(), key=lambda item: item[1].bytes)
        convention = f"{OFFLOADED.format(name=name)} {largest.convention}"
        return replace(_labelled(name, largest), convention=convention)
    first = next(iter(parts.values()))
    terms = (term for name, part in parts.items() for term in _labelled(name, part).terms)
    return replace(first, terms=tuple(terms))


@lru_cache(maxsize=8)
def _apart(summary: ParameterSummary) -> dict[str, ParameterSummary]:
    """Each component's own tensors."""
    return {
        name: recounted(
            summary, tuple(g for g in summary.groups if g.pattern.partition(".")[0] == name)
        )
        for name in summary.components
    }


def _labelled(name: str, part: Component) -> Component:
    terms = (replace(term, label=f"{name}, {term.label}") for term in part.terms)
    return replace(part, terms=tuple(terms))
