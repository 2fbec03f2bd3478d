"""MemoryPanel: what the scenario costs, and the controls that turn it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive, var

from paramtui.tui.bindings import bindings
from paramtui.tui.commands import Group
from paramtui.tui.controls import Control
from paramtui.tui.memory_lines import Costs, PaneLine, folded, pane
from paramtui.tui.widgets.lines_view import LinesView


class MemoryPanel(LinesView, can_focus=True):
    """Shows the whole pane, or a few lines of it while it is folded."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Group.MOVE)
    DEFAULT_CSS = """
    MemoryPanel {
        overflow-y: auto;
        scrollbar-gutter: stable;
        &.-folded { overflow-y: hidden; scrollbar-gutter: auto; }
    }
    """
    WIDEST = 64
    """Cells a line uses at most: a figure stays in reach of its title."""

    costs: var[Costs | None] = var(None)
    folded: var[bool] = var(False, toggle_class="-folded")
    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Turned(Message):
        """A control was asked for its next (1) or previous (-1) value."""

        turned: Control
        step: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.rows: list[PaneLine] = []

    @property
    def about(self) -> Control | str | None:
        """What the selected line is about."""
        return self.rows[self.cursor].about if self.cursor < len(self.rows) else None

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

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines and keep the new one in sight."""
        self.refresh_line(old)
        self.refresh_line(new)
        self.scroll_to_region(Region(0, new, 1, 1), animate=False)

    def ground(self, index: int) -> str:
        """The selected line is marked while the pane has the focus."""
        return "cursor" if self.has_focus and not self.folded and index == self.cursor else ""

    def action_up(self) -> None:
        """To the control or figure above."""
        self._move(range(self.cursor - 1, -1, -1))

    def action_down(self) -> None:
        """To the control or figure below."""
        self._move(range(self.cursor + 1, len(self.rows)))

    def action_first(self) -> None:
        """To the first control."""
        self._move(range(len(self.rows)))

    def action_last(self) -> None:
        """To the last figure."""
        self._move(range(len(self.rows) - 1, -1, -1))

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
        """The next value of the selected control."""
        self._turn(1)

    def on_click(self, event: events.Click) -> None:
        """Select the line; a control that is selected already is turned."""
        place = event.get_content_offset(self)
        index = place.y + self.scroll_offset.y if place else len(self.rows)
        if self.folded or index >= len(self.rows) or self.rows[index].about is None:
            return
        again = index == self.cursor
        self.cursor = index
        if again:
            self._turn(1)

    def _turn(self, step: int) -> None:
        if isinstance(self.about, Control):
            self.post_message(self.Turned(self.about, step))

    def _move(self, indices: range) -> None:
        target = (at for at in indices if self.rows[at].about is not None)
        self.cursor = next(target, self.cursor)

    def _show(self) -> None:
        width = self.cells
        if self.costs is None or not width:
            return
        about = self.about
        cells = min(width, self.WIDEST)
        lines = (
            folded(self.costs, width, 3)
            if self.folded
            else pane(self.costs, cells, self.size.height, in_use=self.has_focus)
        )
        self.rows = lines
        self.show_lines([row.line for row in lines])
        if not self.folded:
            self._follow(about)

    def _follow(self, about: Control | str | None) -> None:
        """Keep the cursor on its control or figure when lines come and go above it."""
        names = [_name(row.about) for row in self.rows]
        wanted = _name(about)
        if wanted in names and wanted:
            self.cursor = names.index(wanted)
        elif self.about is None:
            self.action_first()


def _name(about: Control | str | None) -> str:
    return about.id if isinstance(about, Control) else about or ""
