"""SearchBar: one line to type a path in, with the number of hits."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from paramtui.tui.line import Span, right
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.query import Query

COUNT = 20
"""Cells of the number of hits."""


class SearchBar(Horizontal):
    """Takes a query and shows what came of it; the screen finds and counts."""

    DEFAULT_CSS = f"""
    SearchBar {{
        height: 1;
        & #search-mark {{ width: 3; height: 1; }}
        & Input {{ width: 1fr; background: transparent; padding: 0; }}
        & #search-count {{ width: {COUNT + 1}; height: 1; }}
    }}
    """

    @dataclass
    class Closed(Message):
        """Back to the tree: with a query, or with None to where the search began."""

        query: str | None

    def compose(self) -> ComposeResult:
        """The mark, the input and the count."""
        yield LinesView(id="search-mark")
        yield Query(compact=True, placeholder="path, e.g. layers.17.mlp or q_proj")
        yield LinesView(id="search-count")

    def on_mount(self) -> None:
        """Show what the line is for."""
        self.query_one("#search-mark", LinesView).show_lines([(Span(" / ", "key"),)])
        self.show_count("")

    def begin(self) -> str:
        """Take the focus; returns the last query, which is selected."""
        query = self.query_one(Query)
        query.listens = True
        self.screen.set_focus(query)
        query.action_select_all()
        return query.value

    def show_count(self, text: str) -> None:
        """Say how many hits there are."""
        count = self.query_one("#search-count", LinesView)
        count.show_lines([(Span(right(text, COUNT), "dim"),)])

    @on(Query.Ended)
    def _ended(self, event: Query.Ended) -> None:
        event.stop()
        self.post_message(self.Closed(None if event.key == "escape" else event.value))
