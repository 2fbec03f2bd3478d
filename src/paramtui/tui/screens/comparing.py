"""Comparing: the part of the main screen that sets a second model beside the one that is open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from paramtui.reports.units import Units
from paramtui.tui.costs import Costs
from paramtui.tui.opening import Opened, Opening
from paramtui.tui.screens.taking import Taking
from paramtui.tui.told import Told

if TYPE_CHECKING:
    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.tui.screens.compare import Beside


class Comparing(Taking):
    """Opens the second model, compares the two and shows them side by side."""

    size_units: Units
    _second = ""
    """The last one, offered first."""

    def action_compare(self) -> None:
        """Choose a model to compare with."""
        from paramtui.sources.listing import Listed, Origin, choices
        from paramtui.tui.screens.second import SecondModel

        nearest = choices(self.opened.checkpoint)
        if self._second:
            nearest = (Listed(self._second, Origin.RECENT), *nearest)
        self.app.push_screen(SecondModel(self.library, nearest, self._open_second))

    def _open_second(self, reference: str) -> None:
        from paramtui.tui.screens.second import SecondOpening

        library, cancelled = self.library, Event()

        def load(progress: Callable[[object], None]) -> Checkpoint:
            return library.open(reference, progress, cancelled)

        self._second = reference
        opening = Opening(load, reference, cancelled)
        self.app.push_screen(SecondOpening(opening, self.size_units, self._opened_second))

    def _opened_second(self, future: Future[Opened]) -> None:
        if self.costs is None:
            return
        try:
            work = partial(_compared, future.result(), self.costs)
        except Exception as problem:
            self.told = Told.problem(problem)
            return
        self.told = Told("comparing …")
        self.in_background(work, self._show_second)

    def _show_second(self, beside: Beside) -> None:
        from paramtui.tui.screens.compare import CompareScreen

        self.told = None
        if self.costs is not None:
            again = self.action_compare
            self.app.push_screen(
                CompareScreen(self.opened, self.costs, self.library, beside, again)
            )


def _compared(other: Opened, costs: Costs) -> Beside:
    """Both at the same scenario, tensor by tensor and as one tree."""
    from paramtui.checkpoint.comparing.side_by_side import side_by_side
    from paramtui.reports.comparison import compare_with
    from paramtui.tui.screens.compare import Beside

    here = costs.marked
    compared = compare_with(
        other.checkpoint, here, costs.scenario, costs.estimate, counted=other.summary
    )
    return Beside(other.reference, compared, side_by_side(here, compared.summary))
