"""Marks on a checkpoint, where there are any."""

from __future__ import annotations

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.scenario import Mode, Scenario

TYPE_CHECKING = False
if TYPE_CHECKING:  # most scenarios have no marks
    from paramtui.memory.marks.mark import Aspect


def marked(summary: ParameterSummary, scenario: Scenario) -> ParameterSummary:
    """The checkpoint under the scenario's marks; raises ScenarioError for one that cannot be.

    Of two marks on a tensor the one that names fewer tensors wins, of equals the later one; what
    is left out stays out. In a full fine-tune only what is frozen has a precision of its own.
    Free of charge without marks, and for a summary that came from here.
    """
    base = summary.whole or summary
    if not scenario.marks:
        return base
    from paramtui.memory.marks.split import split

    full = scenario.mode is Mode.FULL
    return split(base, scenario.marks, scenario.weights_precision if full else None)


def marked_in(summary: ParameterSummary, scenario: Scenario, *aspects: Aspect) -> ParameterSummary:
    """The same under the scenario's marks of some aspects only."""
    marks = tuple(mark for mark in scenario.marks if mark.aspect in aspects)
    return marked(summary, scenario.with_(marks=marks))
