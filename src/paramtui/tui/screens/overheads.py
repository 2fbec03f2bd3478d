"""OverheadsMenu: which overheads are counted on top of the peak."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from paramtui.memory.overhead import OVERHEADS, USUAL, Overhead
from paramtui.named_tuple import NamedTuple
from paramtui.tui.costs import Costs
from paramtui.tui.line import Item, Line
from paramtui.tui.overhead_lines import overhead_foot, overhead_items
from paramtui.tui.screens.menu import Menu
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.picker import Picker

PRESETS = {"u": USUAL, "n": (), "t": ("textbook",), "a": tuple(OVERHEADS)}


class ChosenOverheads(NamedTuple):
    """The answer: the names, None for the usual ones."""

    names: tuple[str, ...] | None


class OverheadsMenu(Menu[ChosenOverheads]):
    """Answers when Enter is pressed; until then nothing outside changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True)
        for key, action in (
            ("space", "tick"),
            ("enter", "apply"),
            *((key, f"preset('{key}')") for key in PRESETS),
        )
    ]
    TITLE = "Overheads, on top of the peak"
    HINT = "Space ticks · u usual · t textbook · n none · Enter applies · Esc closes"

    def __init__(
        self,
        ticked: tuple[str, ...] | None,
        cost: Callable[[tuple[str, ...] | None], Costs],
    ) -> None:
        super().__init__()
        self._ticked = USUAL if ticked is None else ticked
        self._cost = cost

    def items(self, cells: int) -> Sequence[Item]:
        """Every overhead."""
        return overhead_items(self._ticked, self._cost, cells)

    def foot(self, cells: int) -> Sequence[Line]:
        """The selected one, and the total."""
        return overhead_foot(self.picker.about, self._cost(self._ticked), cells)

    def action_tick(self) -> None:
        """Count the selected one, or no longer."""
        if isinstance(row := self.picker.about, Overhead):
            wanted = {*self._ticked} ^ {row.name}
            self._choose(tuple(name for name in OVERHEADS if name in wanted))

    def action_preset(self, key: str) -> None:
        """Take those of a key."""
        self._choose(PRESETS[key])

    def action_apply(self) -> None:
        """Answer with those ticked."""
        self.dismiss(ChosenOverheads(None if self._ticked == USUAL else self._ticked))

    @on(Picker.Picked)
    def _picked(self) -> None:
        self.action_tick()

    @on(Picker.Highlighted)
    def _tell(self) -> None:
        self.query_one("#foot", LinesView).show_lines(self.foot(self.cells))

    def _choose(self, names: tuple[str, ...]) -> None:
        self._ticked = names
        self.write()
