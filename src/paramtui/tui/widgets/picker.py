"""Picker: lines of which one is selected."""

from collections.abc import Sequence

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive

from paramtui.tui.line import Item
from paramtui.tui.widgets.lines_view import LinesView


class Picker(LinesView, can_focus=True):
    """Moves a cursor over the items that can be chosen; the others are only read."""

    DEFAULT_CSS = "Picker { overflow-y: auto; scrollbar-gutter: stable; }"

    cursor: reactive[int] = reactive(0, repaint=False)

    class Picked(Message):
        """The selected item was clicked."""

    class Highlighted(Message):
        """Another item is selected."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.items: Sequence[Item] = ()

    @property
    def about(self) -> object | None:
        """What the selected item stands for."""
        return self.items[self.cursor].about if self.cursor < len(self.items) else None

    def show_items(self, items: Sequence[Item]) -> None:
        """Replace the items; the selected one stays selected while it is among them."""
        wanted = self.about
        self.items = items
        self.show_lines([item.line for item in items])
        found = (at for at, item in enumerate(items) if item.about == wanted)
        if wanted is not None and (at := next(found, None)) is not None:
            self.cursor = at
        elif self.about is None:
            # To the top where there is nothing to choose, or it would stand below the last line.
            self.cursor = next((at for at, item in enumerate(items) if item.about is not None), 0)

    def select(self, about: object) -> None:
        """To the item that stands for something, if there is one."""
        self.cursor = next(
            (at for at, item in enumerate(self.items) if item.about == about), self.cursor
        )

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines and keep the new one in sight."""
        self.refresh_line(old)
        self.refresh_line(new)
        self.keep_in_sight()
        self.post_message(self.Highlighted())

    def keep_in_sight(self) -> None:
        """Scroll to the selected item; to the top where only lines to read stand above it."""
        first = all(item.about is None for item in self.items[: self.cursor])
        top = 0 if first else self.cursor
        self.scroll_to_region(Region(0, top, 1, self.cursor - top + 1), animate=False)

    def ground(self, index: int) -> str:
        """The selected line is marked."""
        return "cursor" if index == self.cursor and self.about is not None else ""

    def on_click(self, event: events.Click) -> None:
        """Select the item; one that is selected already is picked."""
        place = event.get_content_offset(self)
        index = place.y + self.scroll_offset.y if place else len(self.items)
        if index >= len(self.items) or self.items[index].about is None:
            return
        again = index == self.cursor
        self.cursor = index
        if again:
            self.action_turn()

    def action_turn(self) -> None:
        """Pick the selected item."""
        self.post_message(self.Picked())

    def action_up(self) -> None:
        """To the item above."""
        self.move(range(self.cursor - 1, -1, -1))

    def action_down(self) -> None:
        """To the item below."""
        self.move(range(self.cursor + 1, len(self.items)))

    def action_first(self) -> None:
        """To the first item."""
        self.move(range(len(self.items)))

    def action_last(self) -> None:
        """To the last item."""
        self.move(range(len(self.items) - 1, -1, -1))

    def action_page_up(self) -> None:
        """One screen up."""
        self.move(range(max(self.cursor - self._page, 0), self.cursor))

    def action_page_down(self) -> None:
        """One screen down."""
        bottom = min(self.cursor + self._page, len(self.items) - 1)
        self.move(range(bottom, self.cursor, -1))

    def move(self, indices: range) -> None:
        """To the first of these that can be chosen."""
        self.cursor = next((at for at in indices if self.items[at].about is not None), self.cursor)

    @property
    def _page(self) -> int:
        return max(self.size.height - 1, 1)
