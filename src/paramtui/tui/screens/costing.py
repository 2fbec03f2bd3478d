"""Costing: the part of the main screen that turns the scenario and knows what it costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import var
from textual.timer import Timer

from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware import Gpus
from paramtui.memory.gpus.parallel import STRATEGIES, Parallel
from paramtui.memory.marks.mark import Mark
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.units import Units
from paramtui.tui.controls import ADAPTERS, Control, control
from paramtui.tui.costs import Answers, Costs, answer, with_verdict
from paramtui.tui.opening import Opened
from paramtui.tui.screens.working import Working
from paramtui.tui.told import Told
from paramtui.tui.widgets.memory_panel import MemoryPanel

if TYPE_CHECKING:
    from paramtui.tui.screens.gpus import ChosenGpus

PAUSE = 0.15
"""Seconds without a key after which the answers that take their time are asked for."""


class Costing(Working):
    """Holds the scenario and its costs; a scenario that cannot be leaves both as they were."""

    scenario: var[Scenario] = var(Scenario(), init=False, always_update=True)
    costs: var[Costs | None] = var(None)

    def __init__(self, opened: Opened, scenario: Scenario, size: Units) -> None:
        super().__init__()
        self.opened = opened
        self.size_units = size
        self._start = scenario
        self._touched = control("context")
        self._asking: Timer | None = None
        self._before: list[tuple[Mark, ...]] = []
        """The marks before each change of them."""

    @property
    def memory(self) -> MemoryPanel:
        """The memory pane."""
        return self.query_one("#memory", MemoryPanel)

    def cost(self, scenario: Scenario) -> Costs:
        """What a scenario costs, and whether it fits; fast, whatever the size of the model."""
        summary = self.opened.summary
        costs = Costs(scenario, estimate(summary, scenario), summary, self.size_units)
        return with_verdict(costs) if scenario.gpus else costs

    def watch_scenario(self) -> None:
        """Cost the new scenario, or stay with the one before and say why."""
        try:
            self.costs = self.cost(self.scenario)
        except Exception as problem:
            if self.costs is None:
                raise
            self.set_reactive(Costing.scenario, self.costs.scenario)
            self.told = Told.problem(problem)
        self._ask_later()

    def _ask_later(self) -> None:
        """Ask for the answers that take their time once no key has come for a while."""
        if self._asking is not None:
            self._asking.stop()
        if self.costs is not None and self.costs.verdict is not None:
            self._asking = self.set_timer(PAUSE, self._ask)

    def _ask(self) -> None:
        if (costs := self.costs) is not None:
            self.in_background(partial(answer, costs), partial(self._answered, costs))

    def _answered(self, costs: Costs, answers: Answers) -> None:
        # Those of a scenario that was turned meanwhile are nobody's.
        if self.costs is costs:
            self.costs = costs._replace(answers=answers)

    @on(MemoryPanel.Turned)
    async def _turned(self, event: MemoryPanel.Turned) -> None:
        turned = event.turned
        if turned.menu and (event.opens or not self._can_turn(turned)):
            await self.run_action(turned.menu)
        else:
            self._turn(turned, event.step)

    def _can_turn(self, turned: Control) -> bool:
        config = self.opened.summary.config
        return turned.turned(self.scenario, config, 1) != self.scenario

    def action_step(self, name: str, step: int) -> None:
        """Turn a control to its next (1) or previous (-1) value."""
        self._turn(control(name), step)

    def action_increase(self) -> None:
        """Step the control last touched up; numbers end at their last value."""
        self._turn(self._touched, 1, wrap=False)

    def action_decrease(self) -> None:
        """Step the control last touched down."""
        self._turn(self._touched, -1, wrap=False)

    def action_targets(self) -> None:
        """Choose the layers that LoRA trains."""
        from paramtui.tui.screens.targets import TargetsMenu

        before, scenario = self.scenario.mode, _adapting(self.scenario)

        def cost(spec: str) -> Costs:
            return self.cost(scenario.with_(lora_targets=spec))

        def choose(spec: str | None) -> None:
            if spec is not None:
                # Of what is in force by now: the keys behind Enter may have come before this.
                now = self.scenario
                now = _adapting(now) if now.mode is before else now
                self.scenario = now.with_(lora_targets=spec)

        self.app.push_screen(TargetsMenu(scenario, self.opened.summary, cost), choose)

    def action_gpus(self) -> None:
        """Choose what it is to run on."""
        from paramtui.tui.screens.gpus import GpusMenu

        scenario = self.scenario
        self._touched = control("gpus")

        def cost(gpus: Gpus) -> Costs:
            return self.cost(scenario.with_(gpus=gpus))

        def choose(chosen: ChosenGpus | None) -> None:
            if chosen is not None:
                self.scenario = self.scenario.with_(gpus=chosen.gpus)

        self.app.push_screen(GpusMenu(scenario, cost), choose)

    def _turn(self, turned: Control, step: int, *, wrap: bool = True) -> None:
        self._touched = turned
        config = self.opened.summary.config
        self.scenario = _sharable(turned.turned(self.scenario, config, step, wrap=wrap))


def _adapting(scenario: Scenario) -> Scenario:
    """The scenario, in a mode that trains an adapter."""
    return scenario if scenario.mode in ADAPTERS else scenario.with_(mode=Mode.LORA)


def _sharable(scenario: Scenario) -> Scenario:
    """The scenario, without a way to share GPUs that its mode does not have."""
    row = STRATEGIES.get(scenario.parallel)
    serves = scenario.mode is Mode.INFERENCE
    return scenario.with_(parallel=Parallel.AUTO) if row and row.training is serves else scenario
