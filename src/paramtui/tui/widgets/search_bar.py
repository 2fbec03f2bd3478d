"""SearchBar: one line to type a path in, with the number of hits."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from paramtui.tui.line import Span
from paramtui.tui.widgets.lines_view import LinesView


class SearchBar(Horizontal):
    """Posts every change of the query; the screen finds and counts."""

    DEFAULT_CSS = """
    SearchBar {
        height: 1;
        & #search-mark { width: 3; height: 1; }
        & Input { width: 1fr; background: transparent; padding: 0; }
        & #search-count { width: 24; height: 1; }
    }
    """

    @dataclass
    class Changed(Message):
        """The query is another one."""

        query: str

    @dataclass
    class Submitted(Message):
        """The query stands; back to the tree."""

    def compose(self) -> ComposeResult:
        """The mark, the input and the count."""
        yield LinesView(id="search-mark")
        entry = Input(compact=True, placeholder="path, e.g. layers.17.mlp or q_proj", id="query")
        # A blinking cursor sends bytes for as long as the search is open.
        entry.cursor_blink = False
        yield entry
        yield LinesView(id="search-count")

    def on_mount(self) -> None:
        """Show what the line is for."""
        self.query_one("#search-mark", LinesView).show_lines([(Span(" / ", "key"),)])

    def begin(self) -> None:
        """Take the focus, the last query selected."""
        entry = self.query_one(Input)
        self.screen.set_focus(entry)
        entry.action_select_all()

    def show_count(self, text: str) -> None:
        """Say how many hits there are."""
        self.query_one("#search-count", LinesView).show_lines([(Span(text.rjust(23), "dim"),)])

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())
