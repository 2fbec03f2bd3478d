"""MarksMenu: all marks, with the command line that asks the same; each goes by one key."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from paramtui.memory.marks.mark import Mark, mark_named, with_mark
from paramtui.tui.costs import Costs
from paramtui.tui.line import EMPTY, Item, Line, Span, shorten_middle
from paramtui.tui.mark_lines import mark_figures, mark_items, precision_items
from paramtui.tui.screens.menu import Menu
from paramtui.tui.screens.name_box import NameBox
from paramtui.tui.told import Told
from paramtui.tui.widgets.picker import Picker

Marks = tuple[Mark, ...]


class MarksMenu(Menu[None]):
    """Changes the marks of the main screen as they are changed here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True)
        for key, action in (
            ("space,delete,backspace,z", "take_out"),
            ("a", "add"),
            ("e,enter", "edit"),
            ("c", "clear"),
            ("Z", "undo"),
            ("y", "copy"),
        )
    ]
    TITLE = "What if: marks on branches"
    HINT = "Space takes out · a adds · e edits · c clears · Z undoes · Esc closes"

    def __init__(
        self,
        costs: Costs,
        change: Callable[[Marks], Costs],
        undo: Callable[[], Costs],
        command: Callable[[Costs], str],
        place: str = "",
    ) -> None:
        super().__init__()
        self._costs = costs
        self._change = change
        self._undo = undo
        self._command = command
        self._place = place
        """The path that is offered when one is typed."""
        self._told: Told | None = None

    @property
    def marks(self) -> Marks:
        """Those in force."""
        return self._costs.scenario.marks

    def items(self, cells: int) -> Sequence[Item]:
        """A row a mark."""
        return mark_items(self._costs.summary, self.marks, cells)

    def foot(self, cells: int) -> Sequence[Line]:
        """What they come to."""
        return mark_figures(self._costs, self._command(self._costs), self._told, cells)

    def action_take_out(self) -> None:
        """Take the selected mark out."""
        if isinstance(mark := self.picker.about, Mark):
            self._set(tuple(other for other in self.marks if other != mark))

    def action_clear(self) -> None:
        """Take all out."""
        if self.marks:
            self._set(())

    def action_undo(self) -> None:
        """Back to the marks before the last change."""
        self._costs, self._told = self._undo(), None
        self.resize()

    def action_add(self) -> None:
        """Type a mark."""
        self._type("Add a mark, PATH=ACTION", f"{self._place}=", None)

    def action_edit(self) -> None:
        """Type the selected mark anew."""
        if isinstance(mark := self.picker.about, Mark):
            self._type("Change the mark, PATH=ACTION", str(mark), mark)

    def action_copy(self) -> None:
        """Copy the command line."""
        command = self._command(self._costs)
        self.app.copy_to_clipboard(command)
        self._told = Told("copied the command line")
        self.write()

    @on(Picker.Picked)
    def _picked(self) -> None:
        self.action_edit()

    def _type(self, title: str, text: str, old: Mark | None) -> None:
        def typed(answer: str | None) -> None:
            if answer:
                self._put(answer, old)

        self.app.push_screen(NameBox(title, text), typed)

    def _put(self, text: str, old: Mark | None) -> None:
        try:
            mark = mark_named(text)
        except Exception as problem:
            self._told = Told.problem(problem)
            self.write()
            return
        self._set(with_mark([other for other in self.marks if other != old], mark))

    def _set(self, marks: Marks) -> None:
        try:
            self._costs, self._told = self._change(marks), None
        except Exception as problem:
            self._told = Told.problem(problem)
        self.resize()


class PrecisionMenu(Menu[str]):
    """Answers with a precision for some branches, or with nothing to take theirs away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "choose", show=False, priority=True)
    ]
    HINT = "Enter takes it · Esc closes"

    def __init__(self, costs: Costs, paths: Sequence[str], now: str) -> None:
        super().__init__()
        self._summary, self._paths, self._now = costs.summary, paths, now
        self._shown: tuple[int, Sequence[Item]] = (0, ())

    def head(self, cells: int) -> Sequence[Line]:
        """What it is chosen for."""
        title = f"Precision of {', '.join(self._paths)}"
        return [(Span(shorten_middle(title, cells, 1 / 2), "title"),), EMPTY]

    def items(self, cells: int) -> Sequence[Item]:
        """Every precision, weighed once a width."""
        if self._shown[0] != cells:
            self._shown = cells, precision_items(self._summary, self._paths, cells)
        return self._shown[1]

    def write(self) -> None:
        """Write every part anew; at first, stand on the precision in force."""
        first = not self.picker.items
        super().write()
        if first:
            self.picker.select(self._now)
            self.call_after_refresh(self.picker.keep_in_sight)

    def action_choose(self) -> None:
        """Answer with the selected one."""
        if isinstance(name := self.picker.about, str):
            self.dismiss(name)

    @on(Picker.Picked)
    def _picked(self) -> None:
        self.action_choose()
