"""NameBox: a box with one line to type in."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from paramtui.tui.glyphs import to_ascii
from paramtui.tui.line import Span
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.query import Query


class NameBox(ModalScreen[str]):
    """Answers with what was typed when Enter is pressed, with None on Escape."""

    DEFAULT_CSS = """
    NameBox {
        align: center middle;
        & #box {
            width: 64; max-width: 100%; height: auto;
            background: $surface; border: round $foreground-muted; padding: 0 1;
        }
        &.-ascii #box { border: ascii $foreground-muted; }
        & LinesView { height: 2; }
        & Input { background: transparent; padding: 0; }
    }
    """

    def __init__(self, title: str, value: str) -> None:
        super().__init__()
        self._heading = title
        self._value = value

    def compose(self) -> ComposeResult:
        """A title and the line."""
        with Vertical(id="box"):
            yield LinesView()
            yield Query(self._value, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Take the keys."""
        ascii_only = self.app.has_class("-ascii")
        self.set_class(ascii_only, "-ascii")
        self.query_one(LinesView).show_lines([(Span(self._heading, "title"),)])
        hint = "Enter takes it · Esc closes"
        self.query_one("#box").border_subtitle = to_ascii(hint) if ascii_only else hint
        self.query_one(Query).listens = True
        self.set_focus(self.query_one(Query))

    @on(Query.Ended)
    def _ended(self, event: Query.Ended) -> None:
        self.dismiss(event.value.strip() if event.key != "escape" else None)
