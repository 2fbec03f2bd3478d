"""OpeningScreen: what is shown until the checkpoint is there: one line of plain text."""

from textual.app import ComposeResult
from textual.message import Message

from paramtui.tui.bindings import bindings
from paramtui.tui.commands import Group
from paramtui.tui.line import EMPTY, Span
from paramtui.tui.opening import Opening
from paramtui.tui.screens.whole import Whole
from paramtui.tui.widgets.lines_view import LinesView


class OpeningScreen(Whole):
    """Says what is being opened and how far it is; no animation, so no bytes while it waits."""

    BINDINGS = bindings(Group.APP)
    DEFAULT_CSS = "OpeningScreen LinesView { height: 1fr; }"
    UPDATES = 4
    """A second, at most."""

    class Abandoned(Message):
        """Nobody wants to wait for it."""

    class Painted(Message):
        """Its first frame is out."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._opening = opening

    def compose(self) -> ComposeResult:
        """One text."""
        yield LinesView()

    def on_mount(self) -> None:
        """Look for progress a few times a second."""
        self._tell()
        self._look = self.set_interval(1 / self.UPDATES, self._tell)

    def on_screen_suspend(self) -> None:
        """The main screen is there: nothing is left to look for."""
        self._look.stop()

    def painted(self) -> None:
        """Nothing stands in the way of the load any more."""
        self.post_message(self.Painted())

    def action_close_top(self) -> None:
        """Wait no longer."""
        self.post_message(self.Abandoned())

    def _tell(self) -> None:
        lines = [
            EMPTY,
            (Span("  opening ", "dim"), Span(self._opening.reference, "title"), Span(" …", "dim")),
            (Span(f"  {self._opening.progress}", "dim"),),
        ]
        self.query_one(LinesView).show_lines(lines)
