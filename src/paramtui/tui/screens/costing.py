"""Costing: the part of the main screen that turns the scenario and knows what it costs."""

from textual import on
from textual.reactive import var

from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.units import Units
from paramtui.tui.controls import ADAPTERS, Control, control
from paramtui.tui.memory_lines import Costs
from paramtui.tui.opening import Opened
from paramtui.tui.screens.targets import TargetsMenu
from paramtui.tui.screens.working import Working
from paramtui.tui.told import Told
from paramtui.tui.widgets.memory_panel import MemoryPanel


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

    @property
    def memory(self) -> MemoryPanel:
        """The memory pane."""
        return self.query_one("#memory", MemoryPanel)

    def cost(self, scenario: Scenario) -> Costs:
        """What a scenario costs: microseconds, whatever the size of the model."""
        summary = self.opened.summary
        return Costs(scenario, estimate(summary, scenario), summary, self.size_units)

    def watch_scenario(self) -> None:
        """Cost the new scenario, or stay with the one before and say why."""
        try:
            self.costs = self.cost(self.scenario)
        except Exception as problem:
            if self.costs is None:
                raise
            self.set_reactive(Costing.scenario, self.costs.scenario)
            self.told = Told.problem(problem)

    @on(MemoryPanel.Turned)
    def _turned(self, event: MemoryPanel.Turned) -> None:
        self._turn(event.turned, event.step)

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
        scenario = self.scenario
        if scenario.mode not in ADAPTERS:
            scenario = scenario.with_(mode=Mode.LORA)

        def cost(spec: str) -> Costs:
            return self.cost(scenario.with_(lora_targets=spec))

        def choose(spec: str | None) -> None:
            if spec is not None:
                self.scenario = scenario.with_(lora_targets=spec)

        self.app.push_screen(TargetsMenu(scenario, self.opened.summary, cost), choose)

    def _turn(self, turned: Control, step: int, *, wrap: bool = True) -> None:
        self._touched = turned
        self.scenario = turned.turned(self.scenario, self.opened.summary.config, step, wrap=wrap)
