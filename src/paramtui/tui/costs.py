"""Costs: what a scenario costs, as the pane shows it; no Textual here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.marks.marks import marked
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario
from paramtui.named_tuple import NamedTuple
from paramtui.reports.units import Units

if TYPE_CHECKING:
    from paramtui.memory.gpus.solve import Solved
    from paramtui.memory.gpus.speed import Speed
    from paramtui.memory.gpus.verdict import Verdict


class Answers(NamedTuple):
    """What takes longer than a key may: the most that fits, and how fast it can be at most."""

    solved: Solved
    speed: Speed


class Costs(NamedTuple):
    """What the pane shows."""

    scenario: Scenario
    estimate: MemoryEstimate
    """As one GPU would hold it all."""
    summary: ParameterSummary
    """The checkpoint as its files have it."""
    size_units: Units = Units.GIB
    verdict: Verdict | None = None
    """None where no GPU is chosen."""
    answers: Answers | None = None
    """None until they are there."""

    @property
    def config(self) -> ModelConfig:
        """The model's own limits."""
        return self.summary.config

    @property
    def marked(self) -> ParameterSummary:
        """The checkpoint under the scenario's marks."""
        return marked(self.summary, self.scenario)

    @property
    def each(self) -> MemoryEstimate | None:
        """What the fullest GPU holds, where several share the work."""
        shared = self.verdict is not None and self.verdict.share.plan.gpus > 1
        return self.verdict.need if self.verdict and shared else None


def answer(costs: Costs) -> Answers:
    """Every inverse answer and bound of a scenario with a GPU: tens of milliseconds."""
    from paramtui.memory.gpus.solve import solve
    from paramtui.memory.gpus.speed import speed

    summary, scenario = costs.marked, costs.scenario
    return Answers(
        solve(summary, scenario), speed(summary, scenario, costs.estimate, costs.verdict)
    )


def with_verdict(costs: Costs) -> Costs:
    """The same with the verdict on its GPUs; raises ScenarioError for what cannot be shared."""
    from paramtui.memory.gpus.verdict import verdict

    return costs._replace(verdict=verdict(costs.summary, costs.scenario, costs.estimate))
