"""LinesView: a fixed stack of lines that repaints only what changed."""

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from paramtui.tui.line import EMPTY, Line
from paramtui.tui.widgets.drawn import Drawn


class LinesView(Drawn):
    """Shows lines; `show_lines` compares with what is on screen, so idle parts cost nothing."""

    DEFAULT_CSS = "LinesView { height: auto; overflow: hidden; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.lines: list[Line] = []

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Replace the lines; only those that differ are painted again."""
        old, self.lines = self.lines, list(lines)
        if len(old) != len(self.lines):
            # Without a layout: where the height follows the text, the screen sets it.
            self.virtual_size = Size(self.cells, len(self.lines))
            self.refresh()
            return
        for y, (before, after) in enumerate(zip(old, self.lines, strict=True)):
            if before != after:
                self.refresh_line(y)

    def ground(self, index: int) -> str:  # noqa: ARG002 - for subclasses that have a cursor
        """The style a line is drawn on."""
        return ""

    def render_line(self, y: int) -> Strip:
        """One line of the visible part."""
        index = y + self.scroll_offset.y
        if not 0 <= index < len(self.lines):
            return self.strip(EMPTY)
        return self.strip(self.lines[index], self.ground(index))
