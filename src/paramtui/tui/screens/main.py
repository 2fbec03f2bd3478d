"""MainScreen: the state of the app: what is selected, and the scenario being costed."""

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.reactive import var
from textual.screen import Screen

from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Scenario
from paramtui.reports.units import Units
from paramtui.tui import texts
from paramtui.tui.bindings import bindings
from paramtui.tui.category_tree import category_tree
from paramtui.tui.columns import Figures, header
from paramtui.tui.commands import Group
from paramtui.tui.controls import Control, control
from paramtui.tui.explain import explain, glossary_lines, title_of
from paramtui.tui.line import Line
from paramtui.tui.memory_lines import Costs
from paramtui.tui.opening import Opened
from paramtui.tui.screens.overlay import Overlay, help_lines
from paramtui.tui.search import Search
from paramtui.tui.visible_rows import Order, Row
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.memory_panel import MemoryPanel
from paramtui.tui.widgets.module_tree import ModuleTree
from paramtui.tui.widgets.search_bar import SearchBar

WIDE = 100
"""Columns from which on the memory stands beside the tree."""
WIDTHS = [(0, "-narrow"), (WIDE, "-wide")]
HEIGHTS = [(0, "-tiny"), (10, "-short"), (18, "-tall")]


class MainScreen(Screen[None]):
    """State stands here and flows down to the widgets; their messages come up."""

    CSS_PATH = "main.tcss"
    BINDINGS = bindings(Group.TREE, Group.SEARCH, Group.MEMORY, Group.APP)
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    scenario: var[Scenario] = var(Scenario(), init=False, always_update=True)
    costs: var[Costs | None] = var(None)
    selected: var[Row | None] = var(None, init=False)
    order: var[Order] = var(Order.MODEL, init=False)
    figures: var[Figures] = var(Figures(0, 0), init=False)
    by_category: var[bool] = var(False, init=False)
    search: var[Search] = var(Search(), init=False)
    memory_open: var[bool] = var(False, init=False, toggle_class="-memory-open")
    searching: var[bool] = var(False, init=False, toggle_class="-searching")

    def __init__(self, opened: Opened, scenario: Scenario, size: Units) -> None:
        super().__init__()
        self.opened = opened
        self.size_units = size
        self._start = scenario
        self._views = (opened.tree, category_tree(opened.tree))
        self._touched = control("context")
        self._before_search: Row | None = None

    def compose(self) -> ComposeResult:
        """Title, tree and memory, then the lines about the selection."""
        yield LinesView(id="title")
        yield LinesView(id="notice")
        with Container(id="body"):
            with Vertical(id="explorer"):
                yield LinesView(id="header")
                yield ModuleTree(id="tree").data_bind(MainScreen.order, MainScreen.figures)
            yield MemoryPanel(id="memory").data_bind(MainScreen.costs)
        yield LinesView(id="categories")
        yield LinesView(id="details")
        yield SearchBar()
        yield LinesView(id="footer")

    def on_mount(self) -> None:
        """Show the tree and the first costs."""
        summary = self.opened.summary
        self.set_class(self.app.has_class("-ascii"), "-ascii")
        self.figures = Figures(summary.total, summary.stored_bytes, False, self.size_units)
        self.scenario = self._start
        self.modules.show_tree(self._views[0])
        self.set_focus(self.modules)
        # Before the first layout, so that it is painted once.
        self._write()

    @property
    def modules(self) -> ModuleTree:
        """The tree of modules."""
        return self.query_one("#tree", ModuleTree)

    @property
    def memory(self) -> MemoryPanel:
        """The memory pane."""
        return self.query_one("#memory", MemoryPanel)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While a search is typed, every key is text."""
        return not self.searching

    def watch_scenario(self) -> None:
        """Cost the new scenario: microseconds, whatever the size of the model."""
        summary = self.opened.summary
        result = estimate(summary, self.scenario)
        self.costs = Costs(self.scenario, result, summary, self.size_units)

    def watch_selected(self) -> None:
        """Describe the selected row."""
        self._write_details()

    def watch_by_category(self) -> None:
        """Show the other tree, the search with it."""
        self.modules.show_tree(self._views[self.by_category])
        self._find(self.search.query, jump=False)
        self._write_header()

    def watch_order(self) -> None:
        """Say in which order the rows stand."""
        self._write_header()

    def watch_figures(self) -> None:
        """Say of how many copies the figures are."""
        self._write_header()

    def watch_search(self) -> None:
        """Mark the hits and count them."""
        self.modules.show_hits(self.search.hits)
        self.query_one(SearchBar).show_count(self.search.count)
        self._write_footer()

    def watch_memory_open(self) -> None:
        """Fold or unfold the memory pane where it shares the screen's height."""
        self._fold()

    def on_resize(self) -> None:
        """Write every line anew for the new width."""
        self.call_after_refresh(self._write)

    @on(ModuleTree.Highlighted)
    def _highlighted(self, event: ModuleTree.Highlighted) -> None:
        self.selected = event.row

    @on(MemoryPanel.Turned)
    def _turned(self, event: MemoryPanel.Turned) -> None:
        self._turn(event.turned, event.step)

    @on(SearchBar.Changed)
    def _query_changed(self, event: SearchBar.Changed) -> None:
        if self.searching:
            self._find(event.query, jump=True)

    @on(SearchBar.Closed)
    def _search_closed(self, event: SearchBar.Closed) -> None:
        self.searching = False
        self.set_focus(self.modules)
        if event.query is None:
            self.search = Search()
            if self._before_search is not None:
                self.modules.reveal(self._before_search.module)
        elif event.query.strip() != self.search.query:
            # The last letters and the key that closes came at once.
            self._find(event.query, jump=True)

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

    def action_search(self) -> None:
        """Open the search line."""
        self.memory_open = False
        self._before_search = self.modules.selected
        self.searching = True
        self._find(self.query_one(SearchBar).begin(), jump=False)

    def action_next_hit(self) -> None:
        """To the next hit."""
        self._go(self.search.stepped(1))

    def action_previous_hit(self) -> None:
        """To the previous hit."""
        self._go(self.search.stepped(-1))

    def action_next_pane(self) -> None:
        """From the tree to the memory pane and back."""
        to_memory = not self.memory.has_focus
        self.memory_open = to_memory
        self.set_focus(self.memory if to_memory else self.modules)

    def action_close_top(self) -> None:
        """Close what is on top: the open memory pane, the marks of a search."""
        if self.memory.has_focus:
            self.action_next_pane()
        elif self.search.query:
            self.search = Search()

    def action_explain(self) -> None:
        """Explain the figure under the cursor of the focused pane."""
        about = self.memory.about if self.memory.has_focus else self.modules.selected
        if about is None or self.costs is None:
            return
        title = title_of(about, self.costs)
        self.app.push_screen(Overlay(title, partial(explain, about, self.costs)))

    def action_warnings(self) -> None:
        """List what is missing or contradictory."""
        self.app.push_screen(Overlay("Warnings", partial(texts.warnings, self.opened)))

    def action_glossary(self) -> None:
        """Explain every word on the screen."""
        if self.costs is not None:
            self.app.push_screen(Overlay("Glossary", partial(glossary_lines, self.costs)))

    def action_help(self) -> None:
        """List the keys."""
        self.app.push_screen(Overlay("Keys", help_lines))

    def action_step(self, name: str, step: int) -> None:
        """Turn a control to its next (1) or previous (-1) value."""
        self._turn(control(name), step)

    def action_increase(self) -> None:
        """Step the control last touched up; numbers end at their last value."""
        self._turn(self._touched, 1, wrap=False)

    def action_decrease(self) -> None:
        """Step the control last touched down."""
        self._turn(self._touched, -1, wrap=False)

    def _turn(self, turned: Control, step: int, *, wrap: bool = True) -> None:
        self._touched = turned
        self.scenario = turned.turned(self.scenario, self.opened.summary.config, step, wrap=wrap)

    def _find(self, query: str, *, jump: bool) -> None:
        rows = self.modules.rows
        if rows is None:
            return
        self.search = Search.among(rows.walk(), query)
        if jump and self.search.hits:
            self._go(self.search)

    def _go(self, search: Search) -> None:
        self.search = search
        if search.current is not None:
            self.modules.reveal(search.current)

    def _fold(self) -> None:
        self.memory.folded = self.app.size.width < WIDE and not self.memory_open

    def _write(self) -> None:
        self._fold()
        cells = self.app.size.width
        notice = texts.notice(self.opened, cells)
        self.set_class(bool(notice), "-noticed")
        self._lines("notice", notice)
        self._lines("title", texts.title(self.opened, self.size_units, cells))
        self._lines("categories", texts.category_bar(self.opened.summary, cells))
        self._write_header()
        self._write_details()
        self._write_footer()

    def _write_header(self) -> None:
        columns, by_category = self.modules.columns, self.by_category
        in_all = self.figures.in_all
        self._lines("header", header(columns, self.order, in_all=in_all, by_category=by_category))

    def _write_details(self) -> None:
        if self.selected is not None:
            self._lines(
                "details", *texts.details(self.selected, self.size_units, self.app.size.width)
            )

    def _write_footer(self) -> None:
        self._lines(
            "footer", texts.footer(self.opened.checkpoint, self.search, self.app.size.width)
        )

    def _lines(self, name: str, *lines: Line) -> None:
        self.query_one(f"#{name}", LinesView).show_lines(lines)
