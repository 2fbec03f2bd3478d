"""MemoryPanel: what the scenario costs, and the controls that turn it."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var

from paramtui.tui.bindings import bindings
from paramtui.tui.commands import Group
from paramtui.tui.controls import Control
from paramtui.tui.costs import Costs
from paramtui.tui.memory_lines import folded, pane
from paramtui.tui.widgets.picker import Picker


class MemoryPanel(Picker):
    """Shows the whole pane, or a few lines of it while it is folded."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Group.MOVE)
    DEFAULT_CSS = """
    MemoryPanel {
        &.-folded { overflow-y: hidden; scrollbar-gutter: auto; }
    }
    """
    WIDEST = 64
    """Cells a line uses at most: a figure stays in reach of its title."""

    costs: var[Costs | None] = var(None)
    folded: var[bool] = var(False, toggle_class="-folded")

    @dataclass
    class Turned(Message):
        """A control was asked for its next (1) or previous (-1) value."""

        turned: Control
        step: int
        opens: bool = False
        """Whether its menu is asked for, where it has one."""

    def watch_costs(self) -> None:
        """Show the figures of another scenario."""
        self._show()

    def watch_folded(self) -> None:
        """Show all or few lines, once the style has given the scrollbar's cells back or taken."""
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        """Fill the new width."""
        self._show()

    def watch_has_focus(self, value: bool) -> None:
        """In use, show the cursor and every control."""
        super().watch_has_focus(value)
        self._show()
        self.refresh_line(self.cursor)

    def ground(self, index: int) -> str:
        """The selected line is marked while the pane has the focus."""
        return super().ground(index) if self.has_focus and not self.folded else ""

    def action_page_up(self) -> None:
        """To the first control."""
        self.action_first()

    def action_page_down(self) -> None:
        """To the last figure."""
        self.action_last()

    def action_forward(self) -> None:
        """The next value of the selected control."""
        self._turn(1)

    def action_back(self) -> None:
        """The previous value of the selected control."""
        self._turn(-1)

    def action_turn(self) -> None:
        """The menu of the selected control, or its next value."""
        self._turn(1, opens=True)

    def _turn(self, step: int, *, opens: bool = False) -> None:
        if isinstance(self.about, Control):
            self.post_message(self.Turned(self.about, step, opens))

    def _show(self) -> None:
        width = self.cells
        if self.costs is None or not width:
            return
        cells = min(width, self.WIDEST)
        self.show_items(
            folded(self.costs, width, 3)
            if self.folded
            else pane(self.costs, cells, self.size.height, in_use=self.has_focus)
        )
