"""Asking: the part of the main screen that sweeps a choice, and counts overheads and compute."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from paramtui.record import replace
from paramtui.tui.costs import Costs
from paramtui.tui.screens.costing import Costing
from paramtui.tui.screens.taking import Taking

if TYPE_CHECKING:
    from paramtui.tui.screens.overheads import ChosenOverheads
    from paramtui.tui.screens.sweep import Chosen


class Asking(Costing, Taking):
    """Opens what answers more than one key's question."""

    def action_sweep(self) -> None:
        """Show the memory over a range of the control last touched, or another."""
        from paramtui.tui.screens.sweep import SweepMenu

        if self.costs is None:
            return

        def command(spec: str) -> str:
            return self.asking({"sweep": spec})

        self.app.push_screen(SweepMenu(self.costs, command, self._touched.id), self._swept)

    def _swept(self, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        if chosen.written is None:
            self.scenario = self.scenario.with_(**{chosen.field: chosen.value})
        elif (report := self.report) is not None:
            command = self.asking({"sweep": chosen.spec})
            self.offer(replace(report, swept=chosen.written), command)

    def action_overheads(self) -> None:
        """Choose what is counted on top of the peak."""
        from paramtui.tui.screens.overheads import OverheadsMenu

        scenario = self.scenario

        def cost(names: tuple[str, ...] | None) -> Costs:
            return self.cost(scenario.with_(overheads=names))

        def choose(chosen: ChosenOverheads | None) -> None:
            if chosen is not None:
                self.scenario = self.scenario.with_(overheads=chosen.names)

        self.app.push_screen(OverheadsMenu(scenario.overheads, cost), choose)

    def action_compute(self) -> None:
        """Say what it takes to compute, and how fast it can be at most."""
        from paramtui.tui.explain import compute_lines
        from paramtui.tui.screens.overlay import Overlay

        if self.costs is not None:
            self.app.push_screen(Overlay("Compute and speed", partial(compute_lines, self.costs)))
