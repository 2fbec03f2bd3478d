"""Share: what the fullest of several GPUs holds, and by which plan."""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import in_total
from paramtui.memory.gpus.parallel import ONE, STRATEGIES, Parallel, Plan
from paramtui.memory.gpus.serving import fullest, needs, plans
from paramtui.memory.gpus.sharded_training import sharded
from paramtui.memory.overhead import overhead, shares
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.moment import Moment
from paramtui.memory.training.moment import whole as term_of
from paramtui.memory.training.workspace import prefill
from paramtui.record import Record


class Share(Record):
    """The fullest GPU of a plan: it decides whether all of them can."""

    plan: Plan
    estimate: MemoryEstimate
    """Of that one GPU; of the whole where one does it all."""


def share(summary: ParameterSummary, scenario: Scenario, whole: MemoryEstimate) -> Share:
    """What the scenario's GPUs hold each; raises ScenarioError for a strategy of another mode.

    `whole` is the estimate of the same scenario on one GPU. Of the plans that the strategy allows
    the one whose fullest GPU holds least, so that one GPU more never needs more of any.
    """
    count = scenario.gpus.count if scenario.gpus else 1
    check(scenario)
    if count == 1 or summary.config.is_diffusion:
        return Share(ONE, whole)
    if scenario.mode is Mode.INFERENCE:
        best = _serving(summary, scenario, whole, count)
    else:
        plan = Plan(shards=count, strategy=_chosen(scenario))
        best = Share(plan, sharded(summary, scenario, whole, plan))
    chosen = scenario.parallel is not Parallel.AUTO
    if best and (chosen or best.estimate.total_bytes <= whole.total_bytes):
        return best
    return Share(ONE, whole)


def _chosen(scenario: Scenario) -> Parallel:
    return Parallel.FSDP if scenario.parallel is Parallel.AUTO else scenario.parallel


def check(scenario: Scenario) -> None:
    """Raise ScenarioError if the strategy is none for the mode."""
    training = scenario.mode is not Mode.INFERENCE
    row = STRATEGIES.get(scenario.parallel)
    if row is None or row.training is training:
        return
    fit = (name.value for name, other in STRATEGIES.items() if other.training is training)
    raise ScenarioError(
        f"{row.label} is for {'training' if row.training else 'inference'}, "
        f"not for the mode {scenario.mode.value}",
        f"--parallel auto, {', '.join(fit)}",
    )


def _serving(
    summary: ParameterSummary, scenario: Scenario, whole: MemoryEstimate, count: int
) -> Share | None:
    """The best plan of inference; of two that need the same, the one with more ranks."""
    staying = needs(summary, scenario, plans(summary, scenario, count))
    staying.pop(ONE, None)
    if not staying:
        return None
    more = 1 + shares(scenario.overheads)[0]
    work = {
        ranks: int(more * prefill(summary, scenario, ranks).bytes)
        for ranks in {plan.tensor for plan in staying}
    }
    best = min(staying, key=lambda plan: (staying[plan] + work[plan.tensor], -plan.tensor))
    live = fullest(summary, scenario, best, whole)
    extra = overhead(
        scenario.overheads, transient=live[-1].bytes, weights=live[0].bytes, gpus=best.gpus
    )
    moment = Moment("during the pass over the prompt", tuple(map(term_of, live)))
    missing = whole.not_modelled
    found = in_total((*live, extra), moment, whole.band, not_modelled=missing)
    return Share(best, found)
