"""Overlay: lines in a box on top of the main screen: help, explanations, warnings."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from paramtui.tui.commands import COMMANDS
from paramtui.tui.glyphs import to_ascii
from paramtui.tui.line import EMPTY, Line, Span, left, shorten, wrapped
from paramtui.tui.widgets.lines_view import LinesView

WIDTH = 78
FRAME = 5
"""Cells of border, padding and scrollbar."""
KEYS = 15
"""Cells of the column of keys."""


class Overlay(ModalScreen[None]):
    """Closes on Escape, q, or the key that opened it; scrolls when it is long."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, priority=True)
        for keys, action in (
            ("escape,q,enter,e,question_mark,exclamation_mark", "dismiss"),
            ("down,j,right,l", "scroll(1)"),
            ("up,k,left,h", "scroll(-1)"),
            ("pagedown,space", "scroll(10)"),
            ("pageup", "scroll(-10)"),
        )
    ]
    DEFAULT_CSS = f"""
    Overlay {{
        align: center middle;
        & #box {{
            width: {WIDTH}; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; border: round $foreground-muted; padding: 0 1;
        }}
        &.-ascii #box {{ border: ascii $foreground-muted; }}
    }}
    """

    def __init__(self, title: str, write: Callable[[int], Sequence[Line]]) -> None:
        super().__init__()
        self._heading = title
        self._text = write

    def compose(self) -> ComposeResult:
        """One box."""
        with VerticalScroll(id="box"):
            yield LinesView(id="text")

    def on_mount(self) -> None:
        """Say how to leave it."""
        self.set_class(self.app.has_class("-ascii"), "-ascii")
        self.set_focus(self.query_one("#box"))

    def on_resize(self) -> None:
        """Write the text for the width there is."""
        self.write()

    def write(self) -> None:
        """Write the text anew."""
        text, cells = self.query_one("#text", LinesView), self.cells
        heading: Line = (Span(shorten(self._heading, cells), "title"),)
        lines = [heading, EMPTY, *self._text(cells)]
        text.styles.height = len(lines)
        more = "↑ ↓ more · " if len(lines) > self.size.height - 2 else ""
        ascii_only = self.has_class("-ascii")
        hint = f"{more}Esc closes"
        self.query_one("#box").border_subtitle = to_ascii(hint) if ascii_only else hint
        text.show_lines(lines)

    @property
    def cells(self) -> int:
        """Cells a line may take."""
        return min(self.size.width, WIDTH) - FRAME

    def action_scroll(self, lines: int) -> None:
        """So many lines down, up when negative."""
        self.query_one("#box").scroll_relative(y=lines, animate=False)


def help_lines(cells: int) -> list[Line]:
    """Every command of the table, by group; the way back of a control beside its key."""
    lines: list[Line] = []
    group = None
    for row in COMMANDS:
        if row.id.startswith("previous_"):
            continue
        if row.group is not group:
            group = row.group
            lines += [EMPTY] if lines else []
            lines.append((Span(group.value, "title"),))
        back = next((other for other in COMMANDS if other.id == f"previous_{row.id[5:]}"), None)
        keys = " ".join([*row.shown_keys, *(back.shown_keys if back else ())])
        first, *others = wrapped(row.help, cells - KEYS)
        lines.append((Span(left(f"  {keys}", KEYS), "key"), *first))
        lines += [(Span(" " * KEYS), *line) for line in others]
    return lines
