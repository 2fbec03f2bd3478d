"""Turning: the part of the main screen that asks things of single branches."""

from collections.abc import Iterable, Sequence

from textual.reactive import var

from paramtui.memory.errors import ScenarioError
from paramtui.memory.marks.mark import Aspect, Mark, with_mark
from paramtui.memory.scenario import Mode
from paramtui.tui.costs import Costs
from paramtui.tui.line import shorten_middle
from paramtui.tui.marking import Marking, paths_of
from paramtui.tui.screens.costing import Costing
from paramtui.tui.screens.searching import Searching
from paramtui.tui.told import Told

Marks = tuple[Mark, ...]
LONGEST = 56
"""Cells of a path in the line that says what was done."""
IDLE = "has no effect in inference: m turns the mode"


class Turning(Searching, Costing):
    """Marks the selected row; every change of marks can be undone."""

    marking: var[Marking | None] = var(None, init=False)

    def watch_scenario(self) -> None:
        """Cost the new scenario; where its marks are others, the tree shows them."""
        super().watch_scenario()
        if self.marking is None or self.marking.marks != self.scenario.marks:
            self.marking = Marking(self.opened.summary, self.scenario.marks)

    def action_mark(self, action: str) -> None:
        """Ask something of the selected row; asked again, take it back."""
        paths = self._paths
        marks = [Mark(path, action) for path in paths]
        own = self.scenario.marks
        if marks and all(mark in own for mark in marks):
            kept = tuple(mark for mark in own if mark not in marks)
            self._remark(kept, f"{_listed(paths)}: no {action}")
        elif marks:
            self._remark(_with(own, marks), _listed(map(str, marks)))

    def action_mark_precision(self) -> None:
        """Choose a precision of the selected row's own."""
        from paramtui.tui.screens.marks import PrecisionMenu

        paths, own = self._paths, self.scenario.marks
        if not paths or self.costs is None:
            return

        def choose(name: str | None) -> None:
            by_now = self.scenario.marks
            if name:
                marks = [Mark(path, name) for path in paths]
                self._remark(_with(by_now, marks), _listed(map(str, marks)))
            elif name is not None:
                kept = (mark for mark in by_now if not _precision_of(mark, paths))
                self._remark(tuple(kept), f"{_listed(paths)}: no precision of its own")

        now = next((mark.action for mark in own if _precision_of(mark, paths)), "")
        self.app.push_screen(PrecisionMenu(self.costs, paths, now), choose)

    def action_undo_mark(self) -> None:
        """Back to the marks before the last change."""
        if not self._before:
            self.told = Told("no mark to undo")
            return
        self.scenario = self.scenario.with_(marks=self._before.pop())
        count = len(self.scenario.marks)
        self.told = Told(f"undone: {count or 'no'} mark{'s' * (count != 1)}")

    def action_marks(self) -> None:
        """List all marks."""
        from paramtui.tui.screens.marks import MarksMenu

        if self.costs is None:
            return
        place = next(iter(self._paths), "")
        self.app.push_screen(
            MarksMenu(self.costs, self.change_marks, self._undone, self._command, place)
        )

    def change_marks(self, marks: Marks) -> Costs:
        """Put other marks in force; raises ScenarioError for those that cannot be."""
        before = self.scenario
        costs = self.cost(before.with_(marks=marks))
        self._before.append(before.marks)
        self.scenario = costs.scenario
        return costs

    def _remark(self, marks: Marks, words: str) -> None:
        if marks == self.scenario.marks:
            return
        try:
            self.change_marks(marks)
        except ScenarioError as problem:
            self.told = Told.problem(problem)
            return
        acts = {mark.aspect for mark in marks}
        idle = Aspect.TRAINING in acts and self.scenario.mode is Mode.INFERENCE
        self.told = Told(f"{words} · {IDLE if idle else 'Z undoes'}")

    def _undone(self) -> Costs:
        self.action_undo_mark()
        return self.cost(self.scenario)

    def _command(self, costs: Costs) -> str:
        from paramtui.tui.copied import reproducing

        return reproducing(self.opened, costs.scenario, self.size_units)

    @property
    def _paths(self) -> Sequence[str]:
        """What the selected row stands for, by the tree itself: keys may be typed ahead."""
        row = self.modules.selected
        return paths_of(self.opened.summary, row.module) if row else ()


def _with(marks: Marks, more: Sequence[Mark]) -> Marks:
    for mark in more:
        marks = with_mark(marks, mark)
    return marks


def _precision_of(mark: Mark, paths: Sequence[str]) -> bool:
    return mark.path in paths and mark.aspect is Aspect.PRECISION


def _listed(words: Iterable[str]) -> str:
    first, *more = (shorten_middle(word, LONGEST) for word in words)
    return f"{first} and {len(more)} more" if more else first
