"""CompareScreen: two checkpoints side by side, module by module."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from paramtui.checkpoint.comparing.side_by_side import Pair
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace
from paramtui.reports.comparison import Compared
from paramtui.reports.document import Report
from paramtui.reports.units import Units
from paramtui.tui import compare_lines
from paramtui.tui.costs import Costs
from paramtui.tui.library import Library
from paramtui.tui.line import EMPTY, Line
from paramtui.tui.opening import Opened
from paramtui.tui.pair_columns import PairColumns, heading, pair_line
from paramtui.tui.screens.taking import Taking
from paramtui.tui.texts import told
from paramtui.tui.visible_rows import Row
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.module_tree import ModuleTree


class Beside(NamedTuple):
    """A second model beside the one that is open."""

    reference: str
    compared: Compared
    tree: Pair


class PairTree(ModuleTree):
    """The tree that two checkpoints make together."""

    def line(self, index: int, row: Row) -> Line:
        """A row of both."""
        pair, is_open = row.module, bool(self.rows and self.rows.is_open(index))
        if not isinstance(pair, Pair):
            return EMPTY
        size = self.figures.size_units
        return pair_line(row, pair, PairColumns.fit(self.cells), is_open=is_open, size=size)


class CompareScreen(Taking):
    """Two checkpoints; calls `again` where another second one is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, priority=True)
        for keys, action in (
            ("n", "step(1)"),
            ("N", "step(-1)"),
            ("asterisk", "open_all"),
            ("d", "another"),
            ("w", "write"),
            ("y", "copy"),
            ("Y", "copy_command"),
            ("escape,q", "back"),
        )
    ]
    DEFAULT_CSS = """
    CompareScreen {
        layout: vertical;
        background: $background;
        & #title, & #footer { height: 1; background: $panel; }
        & #totals { height: 4; }
        & #header { height: 1; background: $surface; }
        & #pairs { height: 1fr; }
        & #details { height: 2; background: $surface; }
    }
    """

    def __init__(
        self,
        opened: Opened,
        costs: Costs,
        library: Library,
        beside: Beside,
        again: Callable[[], None],
    ) -> None:
        super().__init__()
        self.opened, self.library, self._beside, self._again = opened, library, beside, again
        self.set_reactive(CompareScreen.costs, costs)
        self._places = list(beside.tree.places())
        self._order = {id(row): at for at, row in enumerate(beside.tree.walk())}

    def compose(self) -> ComposeResult:
        """Totals above the tree, the selected row below."""
        for name in ("title", "totals", "header"):
            yield LinesView(id=name)
        yield PairTree(id="pairs")
        for name in ("details", "footer"):
            yield LinesView(id=name)

    def on_mount(self) -> None:
        """Show the tree, open at the first difference."""
        self.set_class(self.app.has_class("-ascii"), "-ascii")
        tree = self.pairs
        tree.figures = tree.figures._replace(size_units=self.size_units)
        tree.show_tree(self._beside.tree)
        if self._places:
            tree.reveal(self._places[0])
        self.set_focus(tree)

    def on_resize(self) -> None:
        """Write for another width."""
        self.call_after_refresh(self.write)

    def watch_told(self) -> None:
        """Say what the last key did."""
        self.write()

    @property
    def pairs(self) -> PairTree:
        """The tree."""
        return self.query_one(PairTree)

    @property
    def report(self) -> Report | None:
        """That of the open model, with the comparison."""
        found = super().report
        return replace(found, compared=self._beside.compared) if found else None

    @property
    def also(self) -> dict[str, str]:
        """What the command line has to say besides the scenario."""
        return {"compare": self._beside.reference}

    def write(self) -> None:
        """Write the lines around the tree."""
        cells, report, beside = self.size.width, self.report, self._beside
        if report is None or not cells:
            return
        here, there = self.opened.checkpoint.id, beside.compared.model
        selected = self.pairs.selected
        shown = {
            "title": [compare_lines.title(here, there, beside.compared, cells)],
            "totals": compare_lines.totals(report, beside.compared, self.size_units, cells),
            "header": [heading(PairColumns.fit(self.pairs.cells), here, there)],
            "details": compare_lines.details(selected, self.size_units, cells),
            "footer": [told(self.told, cells) if self.told else self._footer(cells)],
        }
        for name, lines in shown.items():
            self.query_one(f"#{name}", LinesView).show_lines(lines)

    def action_step(self, step: int) -> None:
        """To the next (1) or the previous (-1) place where they differ, round and round."""
        row = self.pairs.selected
        if not self._places or row is None:
            return
        now = self._order[id(row.module)]
        at = [self._order[id(place)] for place in self._places]
        ahead = [index for index, place in enumerate(at) if (place - now) * step > 0]
        ends = (0, -1) if step > 0 else (-1, 0)
        index = ahead[ends[0]] if ahead else range(len(at))[ends[0]]
        self.pairs.reveal(self._places[index])

    def action_open_all(self) -> None:
        """Open the selected row and all below it."""
        self.pairs.action_open_all()

    def action_copy(self) -> None:
        """Copy the selected row, what each of the two has of it."""
        if row := self.pairs.selected:
            self.take(compare_lines.copied(row, self.size_units))

    def action_another(self) -> None:
        """Compare with another model."""
        self.app.pop_screen()
        self._again()

    def action_back(self) -> None:
        """Back to the model that is open."""
        self.app.pop_screen()

    @on(ModuleTree.Highlighted)
    def _highlighted(self) -> None:
        self.write()

    def _footer(self, cells: int) -> Line:
        row = self.pairs.selected
        place = next(
            (at for at, pair in enumerate(self._places, 1) if row and pair is row.module), None
        )
        return compare_lines.footer(place, len(self._places), cells)

    @property
    def size_units(self) -> Units:
        """What sizes are shown in."""
        return self.costs.size_units if self.costs else Units.GIB
