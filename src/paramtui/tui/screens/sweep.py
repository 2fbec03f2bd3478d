"""SweepMenu: the memory over a range of one choice, as a table that is a plot as well."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from paramtui.memory.sweep import sweep, sweep_named
from paramtui.named_tuple import NamedTuple
from paramtui.reports.sweep import Swept
from paramtui.tui.costs import Costs
from paramtui.tui.line import Item, Line
from paramtui.tui.screens.menu import Menu
from paramtui.tui.sweeps import SWEEPS, heading, sweep_foot, sweep_items, sweepable
from paramtui.tui.widgets.picker import Picker


class Chosen(NamedTuple):
    """The answer: a value to take, or the sweep to be written."""

    field: str = ""
    value: object = None
    written: Swept | None = None
    spec: str = ""


class SweepMenu(Menu[Chosen]):
    """Answers with the value that is chosen; the keys of the controls sweep something else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True)
        for key, action in (
            *((row.key, f"over('{row.name}')") for row in SWEEPS),
            ("tab,right,l", "other(1)"),
            ("shift+tab,left,h", "other(-1)"),
            ("enter,space", "take"),
            ("w", "write"),
            ("y", "copy"),
            ("S", "dismiss"),
        )
    ]
    HINT = "Enter takes it · ← → another · w writes · y copies · Esc closes"

    def __init__(self, costs: Costs, command: Callable[[str], str], over: str) -> None:
        super().__init__()
        self._costs, self._command = costs, command
        rows = sweepable(costs)
        self._row = next((row for row in rows if row.name == over), rows[0])
        self._swept: dict[str, Swept] = {}
        self._told = ""

    @property
    def spec(self) -> str:
        """As `--sweep` takes it."""
        return f"{self._row.name}={self._row.values(self._costs)}"

    @property
    def swept(self) -> Swept:
        """The sweep, computed when it is first asked for."""
        if self._row.name not in self._swept:
            over = sweep_named(self.spec)
            points = sweep(self._costs.marked, self._costs.scenario, over)
            self._swept[self._row.name] = Swept(over, points)
        return self._swept[self._row.name]

    def head(self, cells: int) -> Sequence[Line]:
        """What is swept."""
        return heading(self._row, self._costs, cells)

    def items(self, cells: int) -> Sequence[Item]:
        """A row a value."""
        return sweep_items(self.swept, self._costs, cells)

    def foot(self, cells: int) -> Sequence[Line]:
        """What the GPU's line is."""
        return sweep_foot(self.swept, self._costs, self._told, cells)

    def resize(self) -> None:
        """Write anew, and stand on the value in force."""
        super().resize()
        scenario, field = self._costs.scenario, self.swept.over.field
        now = scenario.weights_precision if field == "precision" else getattr(scenario, field)
        self.picker.action_first()
        self.picker.select(now)
        self.call_after_refresh(self.picker.keep_in_sight)

    def action_over(self, name: str) -> None:
        """Sweep something else."""
        found = next((row for row in sweepable(self._costs) if row.name == name), None)
        if found is not None:
            self._row, self._told = found, ""
            self.resize()

    def action_other(self, step: int) -> None:
        """Sweep the next (1) or the previous (-1) choice."""
        rows = sweepable(self._costs)
        self.action_over(rows[(rows.index(self._row) + step) % len(rows)].name)

    def action_take(self) -> None:
        """Answer with the selected value."""
        if self.picker.about is not None:
            self.dismiss(Chosen(self.swept.over.field, self.picker.about))

    def action_write(self) -> None:
        """Write a report with the sweep in it."""
        self.dismiss(Chosen(written=self.swept, spec=self.spec))

    def action_copy(self) -> None:
        """Copy the command line that sweeps the same."""
        command = self._command(self.spec)
        self.app.copy_to_clipboard(command)
        self._told = f"copied {command}"
        self.write()

    @on(Picker.Picked)
    def _picked(self) -> None:
        self.action_take()
