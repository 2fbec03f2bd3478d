"""MainScreen: the state of the app: what is selected, and the scenario being costed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.reactive import var

from paramtui.memory.scenario import Scenario
from paramtui.reports.units import Units
from paramtui.tui import texts
from paramtui.tui.bindings import bindings
from paramtui.tui.category_tree import category_tree
from paramtui.tui.columns import Figures
from paramtui.tui.commands import Group
from paramtui.tui.controls import Control
from paramtui.tui.library import Library
from paramtui.tui.opening import Opened
from paramtui.tui.screens.asking import Asking
from paramtui.tui.screens.comparing import Comparing
from paramtui.tui.screens.measuring import Measuring
from paramtui.tui.screens.surroundings import SURROUNDINGS
from paramtui.tui.screens.turning import Turning
from paramtui.tui.screens.whole import Whole
from paramtui.tui.search import Search
from paramtui.tui.visible_rows import Order, Row
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.memory_panel import MemoryPanel
from paramtui.tui.widgets.module_tree import ModuleTree
from paramtui.tui.widgets.pane import Pane
from paramtui.tui.widgets.search_bar import SearchBar

if TYPE_CHECKING:
    from paramtui.tui.explain import Subject

WIDE = 100
"""Columns from which on the memory stands beside the tree."""
WIDTHS = [(0, "-narrow"), (WIDE, "-wide")]
HEIGHTS = [(0, "-tiny"), (10, "-short"), (18, "-tall")]


class MainScreen(Turning, Asking, Comparing, Measuring, Whole):
    """State stands here and flows down to the widgets; their messages come up."""

    # Not by CSS_PATH, for which all styles of the app would be parsed anew.
    DEFAULT_CSS = Path(__file__).with_name("main.tcss").read_text(encoding="utf-8")
    SCOPED_CSS = False
    AUTO_FOCUS = ""
    BINDINGS = bindings(Group.TREE, Group.SEARCH, Group.MEMORY, Group.MARKS, Group.APP)
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    selected: var[Row | None] = var(None, init=False)
    order: var[Order] = var(Order.MODEL, init=False)
    figures: var[Figures] = var(Figures(0, 0), init=False)
    by_category: var[bool] = var(False, init=False)

    class Painted(Message):
        """The model is on the screen."""

    def __init__(self, opened: Opened, scenario: Scenario, size: Units, library: Library) -> None:
        super().__init__(opened, scenario, size)
        self.library = library
        self._views = (opened.tree, category_tree(opened.tree))

    def compose(self) -> ComposeResult:
        """Title, tree and memory, then the lines about the selection."""
        yield LinesView(id="title")
        yield LinesView(id="notice")
        with Pane(id="body"):
            with Pane(id="explorer"):
                yield LinesView(id="header")
                yield ModuleTree(id="tree").data_bind(
                    MainScreen.order, MainScreen.figures, MainScreen.marking
                )
            yield MemoryPanel(id="memory").data_bind(MainScreen.costs)
        yield LinesView(id="categories")
        yield LinesView(id="details")
        yield SearchBar()
        yield LinesView(id="footer")

    def on_mount(self) -> None:
        """Show the tree and the first costs."""
        summary = self.opened.summary
        # The styles follow when the screen is shown.
        self.set_class(self.app.has_class("-ascii"), "-ascii", update=False)
        self.set_class(bool(texts.notice(self.opened, 80)), "-noticed", update=False)
        self.figures = Figures(summary.total, summary.stored_bytes, False, self.size_units)
        self.scenario = self._start
        self.modules.show_tree(self._views[0])
        # Not by its message, which comes a frame later: one key, one frame.
        self.watch(self.modules, "cursor", self._follow, init=False)
        self.set_focus(self.modules)
        # Before the first layout, so that it is painted once.
        self._fold()
        self._write()

    def painted(self) -> None:
        """Do what could wait, as the app does when it is told."""
        self.post_message(self.Painted())
        opened, total = self.opened, self.opened.summary.total
        self.in_background(
            lambda: self.library.remember(opened.reference, opened.checkpoint, total),
            lambda _: None,
        )

    def confirm(self, opened: Opened) -> None:
        """The files are as they were remembered; say what it cost to find out."""
        self.opened = opened
        self.set_class(bool(texts.notice(opened, 80)), "-noticed")
        self._write()

    def watch_selected(self) -> None:
        """Describe the selected row."""
        self._write("details")

    def watch_marking(self) -> None:
        """Count the model that the marks leave."""
        self._write("title", "header", "categories", "details")

    def watch_by_category(self) -> None:
        """Show the other tree, the search with it."""
        self.modules.show_tree(self._views[self.by_category])
        self.find(self.search.query, jump=False)
        self._write("header")

    def watch_order(self) -> None:
        """Say in which order the rows stand."""
        self._write("header")

    def watch_figures(self) -> None:
        """Say of how many copies the figures are."""
        self._write("header")

    def watch_search(self) -> None:
        """Mark the hits and count them."""
        super().watch_search()
        self._write("footer")

    def watch_told(self) -> None:
        """Say what the last key did."""
        self._write("footer")

    def watch_memory_open(self) -> None:
        """Fold or unfold the memory pane where it shares the screen's height."""
        self._fold()

    def on_resize(self) -> None:
        """Write every line anew for the new width."""
        self._fold()
        self.call_after_refresh(self._write)

    @on(ModuleTree.Refitted)
    def _refitted(self) -> None:
        # After our own resizing: the tree gets its size last where the panes change places.
        self._write("header")

    def _follow(self) -> None:
        self.selected = self.modules.selected or self.selected

    @on(ModuleTree.Highlighted)
    def _highlighted(self, event: ModuleTree.Highlighted) -> None:
        self.selected = event.row

    def action_open_all(self) -> None:
        """Open the selected row and all below it."""
        self.modules.action_open_all()

    def action_sort(self) -> None:
        """Sort siblings by the next key."""
        orders = list(Order)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]

    def action_categories(self) -> None:
        """Group the rows by category, or by module again."""
        self.by_category = not self.by_category

    def action_copies(self) -> None:
        """Figures of one copy, or of all copies together."""
        self.figures = self.figures._replace(in_all=not self.figures.in_all)

    def action_next_pane(self) -> None:
        """From the tree to the memory pane and back."""
        to_memory = self.focused is not self.memory
        self.memory_open = to_memory
        self.set_focus(self.memory if to_memory else self.modules)

    def action_close_top(self) -> None:
        """Close what is on top: the open memory pane, the marks of a search."""
        if self.focused is self.memory:
            self.action_next_pane()
        elif self.search.query:
            self.search = Search()

    @property
    def subject(self) -> Subject | None:
        """What the cursor of the pane in use is on."""
        about = self.memory.about if self.focused is self.memory else self.modules.selected
        return about if isinstance(about, Control | Row | str) else None

    def action_explain(self) -> None:
        """Explain the figure under the cursor of the focused pane."""
        from paramtui.tui.explain import explain, title_of
        from paramtui.tui.screens.overlay import Overlay

        about = self.subject
        if about is None or self.costs is None:
            return
        title = title_of(about, self.costs)
        self.app.push_screen(Overlay(title, partial(explain, about, self.costs)))

    def action_warnings(self) -> None:
        """List what is missing or contradictory, and what the last key could not do."""
        from paramtui.tui.screens.overlay import Overlay

        write = partial(texts.warnings, self.opened, message=self.told)
        self.app.push_screen(Overlay("Warnings", write))

    def action_glossary(self) -> None:
        """Explain every word on the screen."""
        from paramtui.tui.explain import glossary_lines
        from paramtui.tui.screens.overlay import Overlay

        if self.costs is not None:
            self.app.push_screen(Overlay("Glossary", partial(glossary_lines, self.costs)))

    def action_help(self) -> None:
        """List the keys."""
        from paramtui.tui.screens.overlay import Overlay, help_lines

        self.app.push_screen(Overlay("Keys", help_lines))

    def _fold(self) -> None:
        self.memory.folded = self.app.size.width < WIDE and not self.memory_open

    def _write(self, *names: str) -> None:
        """Write some of the lines around the tree, or all."""
        for name in names or SURROUNDINGS:
            lines = SURROUNDINGS[name](self, self.app.size.width)
            self.query_one(f"#{name}", LinesView).show_lines(lines)
