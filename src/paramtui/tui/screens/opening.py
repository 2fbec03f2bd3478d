"""OpeningScreen: what is known of a model until all of it is: plain text that fills up."""

from textual.app import ComposeResult
from textual.message import Message

from paramtui.reports.units import Units
from paramtui.tui.bindings import bindings
from paramtui.tui.commands import Group
from paramtui.tui.line import EMPTY, Span
from paramtui.tui.opening import Opening
from paramtui.tui.screens.whole import Whole
from paramtui.tui.widgets.lines_view import LinesView


class OpeningScreen(Whole):
    """Says what is opened, how far it is and what is there; no animation, so no bytes at rest."""

    BINDINGS = bindings(Group.APP)
    AUTO_FOCUS = ""
    DEFAULT_CSS = "OpeningScreen LinesView { height: 1fr; }"
    UPDATES = 4
    """A second, at most."""
    SLOWER = 20
    """A load that takes long is told of more seldom: after one of so many parts of its time."""

    class Abandoned(Message):
        """Nobody wants to wait for it."""

    class Painted(Message):
        """Its first frame is out."""

    def __init__(self, opening: Opening, size: Units = Units.GIB) -> None:
        super().__init__()
        self._opening = opening
        self.size_units = size
        self._looks = 0
        self._next = 0
        """The look that tells again."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield LinesView()

    def on_mount(self) -> None:
        """Look for progress a few times a second."""
        self._tell()
        self._look = self.set_interval(1 / self.UPDATES, self._again)

    def on_screen_suspend(self) -> None:
        """The main screen is there: nothing is left to look for."""
        self._look.stop()

    def painted(self) -> None:
        """Nothing stands in the way of the load any more."""
        self.post_message(self.Painted())

    def action_close_top(self) -> None:
        """Wait no longer."""
        self.post_message(self.Abandoned())

    def on_resize(self) -> None:
        """As many lines as have room now."""
        self._tell()

    def _again(self) -> None:
        self._looks += 1
        if self._looks >= self._next:
            self._next = self._looks + 1 + self._looks // self.SLOWER
            self._tell()

    def _tell(self) -> None:
        lines = [
            EMPTY,
            (Span("  opening ", "dim"), Span(self._opening.reference, "title"), Span(" …", "dim")),
            (Span(f"  {self._opening.progress}", "dim"),),
            EMPTY,
        ]
        cells, rows = self.app.size
        if self._opening.preview is not None:
            from paramtui.tui.preview_lines import preview_lines

            room = rows - len(lines)
            lines += preview_lines(self._opening.preview, self.size_units, cells, room)
        # As many as ever: only those that differ are painted.
        lines += [EMPTY] * (rows - len(lines))
        self.query_one(LinesView).show_lines(lines)
