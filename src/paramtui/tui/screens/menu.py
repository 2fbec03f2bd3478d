"""Menu: a box on top of the main screen in which one of several items is chosen."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from paramtui.tui.glyphs import to_ascii
from paramtui.tui.line import EMPTY, Item, Line, Span, shorten
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.picker import Picker

WIDTH = 78
FRAME = 5
"""Cells of border, padding and scrollbar."""
Answer = TypeVar("Answer")


class Menu(ModalScreen[Answer]):
    """Items between a heading and lines about them; Escape closes it and changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, priority=True)
        for keys, action in (
            ("escape,q", "dismiss"),
            ("down,j", "move('down')"),
            ("up,k", "move('up')"),
            ("pagedown", "move('page_down')"),
            ("pageup", "move('page_up')"),
            ("home,g", "move('first')"),
            ("end,G", "move('last')"),
        )
    ]
    DEFAULT_CSS = f"""
    Menu {{
        align: center middle;
        & #box {{
            width: {WIDTH}; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; border: round $foreground-muted; padding: 0 1;
        }}
        &.-ascii #box {{ border: ascii $foreground-muted; }}
        & #rows {{ height: 1fr; }}
    }}
    """
    TITLE = ""
    HINT = "Esc closes"
    TYPED = 0
    """Lines to type in, between the heading and the items."""

    def compose(self) -> ComposeResult:
        """A box of three parts."""
        with Vertical(id="box"):
            yield LinesView(id="head")
            yield Picker(id="rows")
            yield LinesView(id="foot")

    def on_mount(self) -> None:
        """Take the keys."""
        self.set_class(self.app.has_class("-ascii"), "-ascii")
        self.take_keys()

    def take_keys(self) -> None:
        """Give the focus to what the keys are for."""
        self.set_focus(self.picker)

    def on_resize(self) -> None:
        """Write for another size."""
        self.resize()

    def resize(self) -> None:
        """Write anew and give each part its height: the items take what the others leave."""
        self.write()
        head, rows, foot = (self.query_one(f"#{name}", LinesView) for name in _PARTS)
        head.styles.height, foot.styles.height = len(head.lines), len(foot.lines)
        around = len(head.lines) + len(foot.lines) + 2 + self.TYPED
        rows.styles.height = max(min(len(rows.lines), self.size.height - around), 1)
        hint = shorten(self.HINT, self.cells)
        self.query_one("#box").border_subtitle = (
            to_ascii(hint) if self.has_class("-ascii") else hint
        )

    @property
    def picker(self) -> Picker:
        """The list of items."""
        return self.query_one(Picker)

    @property
    def cells(self) -> int:
        """Cells a line may take."""
        return min(self.size.width, WIDTH) - FRAME

    def items(self, cells: int) -> Sequence[Item]:
        """What can be chosen."""
        raise NotImplementedError

    def head(self, cells: int) -> Sequence[Line]:
        """What stands above the items."""
        return [(Span(shorten(self.TITLE, cells), "title"),), EMPTY]

    def foot(self, cells: int) -> Sequence[Line]:  # noqa: ARG002 - for those that have one
        """Lines below the items, always the same number of them."""
        return ()

    def write(self) -> None:
        """Write every part anew; lines that stay the same are not painted again."""
        cells = self.cells
        self.query_one("#head", LinesView).show_lines(self.head(cells))
        self.picker.show_items(self.items(cells))
        self.query_one("#foot", LinesView).show_lines(self.foot(cells))

    def action_move(self, way: str) -> None:
        """Move the cursor."""
        getattr(self.picker, f"action_{way}")()


_PARTS = ("head", "rows", "foot")
