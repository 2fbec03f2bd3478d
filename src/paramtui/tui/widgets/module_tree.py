"""ModuleTree: the tree of modules, drawn line by line from a flat list."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive, var
from textual.strip import Strip

from paramtui.checkpoint.module import Module
from paramtui.tui.bindings import bindings
from paramtui.tui.columns import Columns, Figures, row_line, widths
from paramtui.tui.commands import Group
from paramtui.tui.line import EMPTY, Line
from paramtui.tui.marking import NO_MARKS, Marking
from paramtui.tui.visible_rows import Order, Row, VisibleRows
from paramtui.tui.widgets.drawn import Drawn

KEPT = 500
"""Rows that are kept drawn: some twenty screens of them."""


class ModuleTree(Drawn, can_focus=True):
    """Walks through modules; posts `Highlighted` when another row is selected."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Group.MOVE)
    DEFAULT_CSS = "ModuleTree { scrollbar-gutter: stable; overflow-y: auto; }"

    cursor: reactive[int] = reactive(0, repaint=False, always_update=True)
    figures: reactive[Figures] = reactive(Figures(0, 0))
    order: var[Order] = var(Order.MODEL)
    marking: reactive[Marking | None] = reactive(None)

    class Refitted(Message):
        """It has another size, and with it other columns."""

    @dataclass
    class Highlighted(Message):
        """Another row is selected."""

        row: Row

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.rows: VisibleRows | None = None
        self.hits: set[int] = set()
        self._views: dict[int, tuple[VisibleRows, int]] = {}
        self._widths = (0, 0)
        self._fresh = True
        self._look: tuple[object, ...] = ()
        """What all rows depend on."""
        self._strips: dict[tuple[object, ...], tuple[Module, Strip]] = {}
        """Rows that were drawn with that look."""

    def show_tree(self, root: Module) -> None:
        """Walk another tree; one that was shown before opens as it was left."""
        if self.rows is not None:
            self._views[id(self.rows.root)] = self.rows, self.cursor
        self.rows, cursor = self._views.get(id(root), (None, 0))
        if self.rows is None:
            self.rows = VisibleRows(root, self.order)
        elif self.rows.order is not self.order:
            self.rows.sort(self.order)
        self._widths = widths(root)
        self._resize_content()
        self.move_to(cursor, always=True)

    def open_first(self) -> None:
        """Open the way into the biggest repeated layer, then what fits on the screen."""
        rows = self.rows
        if rows is None or not len(rows):
            return
        index: int | None = 0
        while index is not None and rows.open(index := rows.biggest(index)):
            index = None if rows[index].module.repeat > 1 else index + 1
        rows.open_while(self.size.height)
        self._resize_content()
        self.refresh()

    def show_hits(self, modules: Collection[Module]) -> None:
        """Mark the rows a search has found."""
        before, self.hits = self.hits, {id(module) for module in modules}
        if before != self.hits:
            self.refresh()

    def reveal(self, module: Module) -> None:
        """Select a module, opening what is above it."""
        if self.rows is not None:
            index = self.rows.reveal(module)
            self._resize_content()
            self.move_to(index, always=True)

    def move_to(self, index: int, *, always: bool = False) -> None:
        """Select the nearest row there is."""
        if self.rows is None or not len(self.rows):
            return
        index = min(max(index, 0), len(self.rows) - 1)
        if always or index != self.cursor:
            self.cursor = index
        self._scroll_to_cursor()

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        if self.rows is None or self.cursor >= len(self.rows):
            return None
        return self.rows[self.cursor]

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines, no more."""
        self.refresh_line(old)
        self.refresh_line(new)
        self._tell()

    def watch_order(self) -> None:
        """Sort the siblings, the selected row still selected."""
        if self.rows is None:
            return
        selected = self.selected
        self.rows.sort(self.order)
        index = self.rows.find(selected.module) if selected else 0
        self.refresh()
        self.move_to(index or 0)

    @property
    def columns(self) -> Columns:
        """The columns that fit."""
        marks = self.marking.cells if self.marking else 0
        return Columns.fit(self.cells, *self._widths, marks)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows in sight; those that were in sight before are there already."""
        look = self.columns, self.figures, self.marking, self.hits, self._pens
        if look != self._look or len(self._strips) > KEPT:
            self._look, self._strips = look, {}
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row of the visible part."""
        index = y + self.scroll_offset.y
        if self.rows is None or index >= len(self.rows):
            return self.strip(EMPTY)
        row = self.rows[index]
        ground = ("cursor" if self.has_focus else "cursor-blurred") * (index == self.cursor)
        same = id(row.module), row.depth, row.copies, self.rows.is_open(index), ground
        kept = self._strips.get(same)
        if kept is None:
            # With its module, whose identity another could have when it is gone.
            kept = self._strips[same] = row.module, self.strip(self.line(index, row), ground)
        return kept[1]

    def line(self, index: int, row: Row) -> Line:
        """One row as a line."""
        return row_line(
            row,
            self.columns,
            self.figures,
            is_open=self.rows is not None and self.rows.is_open(index),
            hit=id(row.module) in self.hits,
            marks=self.marking.words(row.module) if self.marking else NO_MARKS,
        )

    def action_up(self) -> None:
        """One row up."""
        self.move_to(self.cursor - 1)

    def action_down(self) -> None:
        """One row down."""
        self.move_to(self.cursor + 1)

    def action_page_up(self) -> None:
        """One screen up."""
        self._page(-max(self.size.height - 1, 1))

    def action_page_down(self) -> None:
        """One screen down."""
        self._page(max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """To the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """To the last row."""
        self.move_to(len(self.rows or ()) - 1)

    def action_forward(self) -> None:
        """Open the row, or go to its first child."""
        if self.rows is None or self.selected is None or not self.selected.module.children:
            return
        if self.rows.is_open(self.cursor):
            self.move_to(self.cursor + 1)
        else:
            self._change(self.rows.open)

    def action_back(self) -> None:
        """Close the row, or go to its parent."""
        if self.rows is None or self.selected is None:
            return
        if self.rows.is_open(self.cursor):
            self._change(self.rows.close)
        elif (parent := self.rows.parent(self.cursor)) is not None:
            self.move_to(parent)

    def action_turn(self) -> None:
        """Open a closed row, close an open one."""
        if self.rows is not None and self.selected is not None:
            is_open = self.rows.is_open(self.cursor)
            self._change(self.rows.close if is_open else self.rows.open)

    def action_open_all(self) -> None:
        """Open the row and everything below."""
        if self.rows is not None and self.selected is not None:
            self._change(self.rows.open_all)

    def on_click(self, event: events.Click) -> None:
        """Select the row; on its arrow, or on the selected row, open or close it."""
        place = event.get_content_offset(self)
        if self.rows is None or place is None or place.y + self.scroll_offset.y >= len(self.rows):
            return
        index = place.y + self.scroll_offset.y
        again = index == self.cursor
        self.move_to(index)
        if again or place.x < 2 * self.rows[index].depth + 2:
            self.action_turn()

    def on_resize(self) -> None:
        """Keep the selected row in sight; at first, open what the new height has room for."""
        self.post_message(self.Refitted())
        if self._fresh and self.size.height:
            self._fresh = False
            self.open_first()
        self._resize_content()
        self._scroll_to_cursor()

    def _change(self, step: Callable[[int], int]) -> None:
        if step(self.cursor):
            self._resize_content()
            self.refresh()

    def _page(self, rows: int) -> None:
        top = self.scroll_offset.y + rows
        self.scroll_to(y=top, animate=False)
        self.move_to(self.cursor + rows)

    def _scroll_to_cursor(self) -> None:
        """Once the cursor leaves the view, show it in the middle: fewer repaints, more context."""
        height = self.size.height
        top = self.scroll_offset.y
        if height and not top <= self.cursor < top + height:
            self.scroll_to(y=max(self.cursor - height // 2, 0), animate=False)

    def _resize_content(self) -> None:
        self.virtual_size = Size(self.cells, len(self.rows or ()))

    def _tell(self) -> None:
        if (row := self.selected) is not None:
            self.post_message(self.Highlighted(row))
