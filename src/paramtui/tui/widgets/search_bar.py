"""SearchBar: one line to type a path in, with the number of hits."""

from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from paramtui.tui.line import Span, right
from paramtui.tui.widgets.lines_view import LinesView

COUNT = 20
"""Cells of the number of hits."""


class SearchBar(Horizontal):
    """Posts every change of the query; the screen finds and counts."""

    DEFAULT_CSS = f"""
    SearchBar {{
        height: 1;
        & #search-mark {{ width: 3; height: 1; }}
        & Input {{ width: 1fr; background: transparent; padding: 0; }}
        & #search-count {{ width: {COUNT + 1}; height: 1; }}
    }}
    """

    @dataclass
    class Changed(Message):
        """The query is another one."""

        query: str

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

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))


class Query(Input):
    """A text field that takes keys strictly in the order they were typed.

    Textual inserts letters at once and looks keys with a binding up later, so of keys that a slow
    link delivers together a backspace would come after the letters that follow it.
    """

    listens = False
    """Whether keys are text; those still underway when the search ends go back to the app."""

    def on_mount(self) -> None:
        """Stand still: a blinking cursor sends bytes for as long as the search is open."""
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        bound = self._bindings.key_to_bindings.get(event.key)
        if self.listens and event.is_printable and not bound:
            return  # Input's own handler comes next
        event.stop()
        event.prevent_default()
        if not self.listens:
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key in ("enter", "tab", "escape"):
            self.listens = False
            self.post_message(SearchBar.Closed(None if event.key == "escape" else self.value))
        elif bound:
            await self.run_action(bound[0].action)
