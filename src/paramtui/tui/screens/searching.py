"""Searching: the part of the main screen that finds modules as their path is typed."""

from textual import on
from textual.reactive import var
from textual.screen import Screen

from paramtui.tui.search import Search
from paramtui.tui.visible_rows import Row
from paramtui.tui.widgets.module_tree import ModuleTree
from paramtui.tui.widgets.query import Query
from paramtui.tui.widgets.search_bar import SearchBar


class Searching(Screen[None]):
    """Holds the search; its hits are marked in the tree."""

    search: var[Search] = var(Search(), init=False)
    searching: var[bool] = var(False, init=False)
    """Whether a query is being typed."""
    memory_open: var[bool] = var(False, init=False, toggle_class="-memory-open")
    _before_search: Row | None = None

    @property
    def modules(self) -> ModuleTree:
        """The tree of modules."""
        return self.query_one("#tree", ModuleTree)

    def on_mount(self) -> None:
        """Search with every letter."""
        # Not by its message, which comes a frame later: one key, one frame.
        self.watch(self.query_one(Query), "value", self._search_typed, init=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While a search is typed, every key is text."""
        return not self.searching

    def watch_searching(self) -> None:
        """Show the search line in the footer's place."""
        # Not by a class, for which the whole screen would be painted anew.
        self.query_one("#footer").display = not self.searching
        self.query_one(SearchBar).display = self.searching

    def watch_search(self) -> None:
        """Mark the hits and count them."""
        self.modules.show_hits(self.search.hits)
        self.query_one(SearchBar).show_count(self.search.count)

    def action_search(self) -> None:
        """Open the search line."""
        self.memory_open = False
        self._before_search = self.modules.selected
        self.searching = True
        self.find(self.query_one(SearchBar).begin(), jump=False)

    def action_next_hit(self) -> None:
        """To the next hit."""
        self._go(self.search.stepped(1))

    def action_previous_hit(self) -> None:
        """To the previous hit."""
        self._go(self.search.stepped(-1))

    def find(self, query: str, *, jump: bool) -> None:
        """Search the tree that is shown; go to the first hit if asked to."""
        rows = self.modules.rows
        if rows is None:
            return
        self.search = Search.among(rows.walk(), query)
        if jump and self.search.hits:
            self._go(self.search)

    def _search_typed(self, query: str) -> None:
        if self.searching:
            self.find(query, jump=True)

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
            self.find(event.query, jump=True)

    def _go(self, search: Search) -> None:
        self.search = search
        if search.current is not None:
            self.modules.reveal(search.current)
