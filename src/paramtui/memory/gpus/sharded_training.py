"""Training on several GPUs: what each holds when states, gradients or weights are cut evenly.

Every GPU works on a batch of its own, so activations are not shared.
"""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.estimate import in_total
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.gpus.parallel import STRATEGIES, Parallel, Plan
from paramtui.memory.gpus.sharding import layout
from paramtui.memory.overhead import overhead
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.moment import STAYING, Moment, whole
from paramtui.memory.training.trainable import weights_precision
from paramtui.memory.training.training import (
    GRADIENTS_HELD,
    training,
)
from paramtui.record import replace

STAGES = {
    Parallel.DDP: 0,
    Parallel.ZERO_1: 1,
    Parallel.ZERO_2: 2,
    Parallel.ZERO_3: 3,
    Parallel.FSDP: 3,
}
"""What is cut: nothing, optimizer states, gradients too, weights too (the stages of ZeRO)."""
BATCH = "Every GPU works on a batch of its own."


def sharded(
    summary: ParameterSummary, scenario: Scenario, alone: MemoryEstimate, plan: Plan
) -> MemoryEstimate:
    """What one of the plan's GPUs holds; `alone` is the estimate of one GPU that does it all."""
    cut = STAGES[plan.strategy or Parallel.FSDP]
    parts = {part.name: part for part in alone.components}
    parts["weights"] = _weights(summary, scenario, parts["weights"], plan, cut)
    for name, stage in (("adapter", 3), ("optimizer", 1)):
        if name in parts and cut >= stage:
            parts[name] = _divided(parts[name], plan)
    held = parts["gradients"]
    exchanged = _exchanged(summary, scenario, held, cut)
    parts["gradients"] = _gradients(held, exchanged, plan, cut)
    worst = max(
        (_moment(moment, exchanged, plan, cut) for moment in training(summary, scenario).moments),
        key=lambda moment: moment.bytes,
    )
    staying = [whole(part) for part in parts.values() if part.name in STAYING]
    parts["overhead"] = overhead(
        scenario.overheads,
        transient=worst.bytes,
        weights=parts["weights"].bytes,
        gpus=plan.gpus,
    )
    return in_total(
        tuple(parts.values()),
        Moment(worst.name, (*staying, *worst.terms)),
        alone.band,
        alone.lora,
        alone.not_modelled,
    )


def _weights(
    summary: ParameterSummary, scenario: Scenario, part: Component, plan: Plan, cut: int
) -> Component:
    """One shard, and what is gathered at once: what is in no layer, a layer and the next one."""
    if cut < 3:
        return part
    sizes = layout(summary, weights_precision(scenario))
    gathered = Term.of(
        "gathered to compute: all that is in no layer, one layer and the next",
        "min(weights, in_no_layer + 2 × largest_layer)",
        weights=part.bytes,
        in_no_layer=sizes.root,
        largest_layer=sizes.largest,
    )
    return _divided(part, plan, gathered)


def _divided(part: Component, plan: Plan, *more: Term) -> Component:
    """One shard of a component, and more beside it."""
    shard = Term.of("one shard", f"{part.name} ÷ gpus", **{part.name: part.bytes}, gpus=plan.gpus)
    return replace(
        part,
        terms=(shard, *more),
        basis=Basis.ESTIMATE if more else part.basis,
        source=f"{part.source}; {STRATEGIES[plan.strategy or Parallel.FSDP].source}",
    )


def _exchanged(
    summary: ParameterSummary, scenario: Scenario, held: Component, cut: int
) -> Term | None:
    """Whole gradients beside the shards: DDP's buckets, or one layer's before they are summed."""
    if cut == 0:
        return Term.of("buckets", "gradients", gradients=held.bytes)
    if cut == 1 or scenario.mode is not Mode.FULL:
        return None
    sizes = layout(summary, weights_precision(scenario))
    return Term.of(
        "gradients of one layer, or of all that is in none, before they are summed",
        "min(gradients, max(in_no_layer, largest_layer))",
        gradients=held.bytes,
        in_no_layer=sizes.root,
        largest_layer=sizes.largest,
    )


def _gradients(held: Component, exchanged: Term | None, plan: Plan, cut: int) -> Component:
    more = (exchanged,) if exchanged else ()
    return _divided(held, plan, *more) if cut > 1 else replace(held, terms=(*held.terms, *more))


def _moment(moment: Moment, exchanged: Term | None, plan: Plan, cut: int) -> Moment:
    """The same moment on one of the GPUs."""
    terms = [
        Term.of(term.label, "gradients ÷ gpus", gradients=term.value, gpus=plan.gpus)
        if term.label in GRADIENTS_HELD and cut > 1
        else term
        for term in moment.terms
    ]
    if exchanged and (cut == 0 or any(term.label in GRADIENTS_HELD for term in moment.terms)):
        terms.append(exchanged)
    return Moment(moment.name, tuple(terms))
