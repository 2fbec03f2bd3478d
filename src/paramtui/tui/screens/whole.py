"""Whole: a screen that is painted once when it opens, not after each step of its layout."""

from contextlib import ExitStack

from textual.messages import Update
from textual.reactive import var
from textual.screen import Screen
from textual.widget import Widget

from paramtui.tui.widgets.plain_lines import PlainLines


class Whole(Screen[None]):
    """Holds its first frame back until everything in it has its size and its text."""

    focused: var[Widget | None] = var(None)
    """Not a reactive, for which all of it would be painted again: who has the focus shows it."""

    def __init__(self) -> None:
        super().__init__()
        self._styles_cache = PlainLines()
        self._held = ExitStack()
        self._painted = self._shown = False

    def on_mount(self) -> None:
        """Paint nothing yet."""
        self._held.enter_context(self.app.batch_update())

    def on_screen_resume(self) -> None:
        """Paint after what follows from the first layout: sizes, then the lines that fit them."""
        if not self._painted:
            self._painted = True
            self.call_after_refresh(self.call_after_refresh, self._paint)

    def _compositor_refresh(self) -> None:
        # Textual would draw all of it, and then throw it away since a batch is open.
        if self._shown:
            super()._compositor_refresh()

    def _paint(self) -> None:
        self._shown = True
        # All of it with the layout that is due, or the layout would paint parts of it before.
        self.refresh()
        self.post_message(Update(self))
        self._held.close()
        self.call_after_refresh(self.painted)

    def painted(self) -> None:
        """Called once the first frame is out."""
