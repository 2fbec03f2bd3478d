"""Overlay: lines in a box on top of the main screen: help, explanations, warnings."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from paramtui.tui.commands import COMMANDS
from paramtui.tui.line import EMPTY, Line, Span, left
from paramtui.tui.widgets.lines_view import LinesView


class Overlay(ModalScreen[None]):
    """Closes on Escape, q, or the key that opened it; scrolls when it is long."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,e,question_mark,exclamation_mark", "dismiss", show=False),
        Binding("down,j", "scroll('down')", show=False),
        Binding("up,k", "scroll('up')", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Overlay {
        align: center middle;
        & #box {
            width: 78; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; border: round $foreground-muted; padding: 0 1;
            scrollbar-size-vertical: 1;
        }
        &.-ascii #box { border: ascii $foreground-muted; }
    }
    """

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self._heading = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """One box."""
        with VerticalScroll(id="box"):
            yield LinesView(id="text")

    def on_mount(self) -> None:
        """Fill the box."""
        self.set_class(self.app.has_class("-ascii"), "-ascii")
        self.query_one("#box").border_title = self._heading
        self.query_one("#box").border_subtitle = "Esc closes"
        text = self.query_one("#text", LinesView)
        text.styles.height = len(self._lines)
        text.show_lines(self._lines)

    def action_scroll(self, direction: str) -> None:
        """One line up or down."""
        box = self.query_one("#box")
        box.scroll_relative(y=1 if direction == "down" else -1, animate=False)


def help_lines() -> list[Line]:
    """Every command of the table, by group."""
    lines: list[Line] = []
    group = None
    for row in COMMANDS:
        if row.group is not group:
            group = row.group
            lines += [EMPTY] if lines else []
            lines.append((Span(group.value, "title"),))
        keys = " ".join(row.shown_keys)
        lines.append((Span(left(f"  {keys}", 15), "key"), Span(row.help)))
    return lines
