"""GpusMenu: which GPU and how many, with what each would have left."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from paramtui.memory.gpus.hardware import Gpu, Gpus, Kind
from paramtui.memory.gpus.hardware_name import MAX_COUNT, gpus_like
from paramtui.memory.scenario import Scenario
from paramtui.named_tuple import NamedTuple
from paramtui.tui.costs import Costs
from paramtui.tui.gpu_list import Need, NoGpu, about, first, heading, items, nothing
from paramtui.tui.line import Item, Line, Span
from paramtui.tui.screens.menu import Menu
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.picker import Picker
from paramtui.tui.widgets.query import Query

MOVES = {
    "up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down",
    "home": "first", "end": "last",
}  # fmt: skip
STEPS = {"right": 1, "left": -1}


class ChosenGpus(NamedTuple):
    """The answer: some GPUs, or none in particular."""

    gpus: Gpus | None


class Box(Query):
    """The line to type in; arrows are for the list and for how many."""

    ENDING = frozenset({"enter", "escape"})
    PASSING = frozenset({*MOVES, *STEPS})
    CLEARS = True


class GpusMenu(Menu[ChosenGpus], inherit_bindings=False):
    """Answers when Enter is pressed; letters find a GPU, `x8` says how many."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    GpusMenu {
        & #line { height: 1; }
        & #mark { width: 2; height: 1; }
        & Input { width: 1fr; background: transparent; padding: 0; }
    }
    """
    HINT = "Enter takes it · Esc closes"
    TYPED = 1

    def __init__(self, scenario: Scenario, cost: Callable[[Gpus], Costs]) -> None:
        super().__init__()
        self._scenario = scenario
        self._cost = cost
        gpus = scenario.gpus
        self._count = gpus.count if gpus else 1
        self._now = gpus.gpu if gpus else None
        self._needs: dict[int, Need] = {}
        self._stands = False

    def compose(self) -> ComposeResult:
        """A line to type in above the list."""
        with Vertical(id="box"):
            yield LinesView(id="head")
            with Horizontal(id="line"):
                yield LinesView(id="mark")
                yield Box(compact=True, placeholder="name, or a size such as 24GiB")
            yield Picker(id="rows")
            yield LinesView(id="foot")

    def take_keys(self) -> None:
        """Listen to what is typed."""
        self.query_one("#mark", LinesView).show_lines([(Span("> ", "key"),)])
        self.query_one(Box).listens = True
        self.set_focus(self.query_one(Box))

    def write(self) -> None:
        """Write every part anew; at first, stand on the GPU in force."""
        super().write()
        if not self._stands:
            self._stands = True
            self.picker.select(self._now or NoGpu())
            self.call_after_refresh(self.picker.keep_in_sight)

    def head(self, cells: int) -> Sequence[Line]:
        """The title, how many, and the columns."""
        return heading(self._count, cells)

    def items(self, cells: int) -> Sequence[Item]:
        """What answers to the letters typed; without any, everything."""
        typed = self.query_one(Box).value.strip()
        found, _ = gpus_like(typed)
        if typed and not found:
            return nothing(typed, cells)
        own = [self._now] if self._now and self._now.kind in (Kind.HOST, Kind.SIZE) else []
        return [*(() if typed else first(own, self._need, cells)), *items(found, self._need, cells)]

    def foot(self, cells: int) -> Sequence[Line]:
        """The selected one in full."""
        return about(self.picker.about, self._need, cells)

    @property
    def _need(self) -> Need:
        """What so many GPUs hold each; no matter of which make, so it is asked once a count."""
        if self._count not in self._needs:
            gpu = self._now or gpus_like("")[0][0]
            costs = self._cost(Gpus(gpu, self._count))
            need = costs.verdict.need if costs.verdict else costs.estimate
            self._needs[self._count] = Need(self._scenario, need, costs.size_units)
        return self._needs[self._count]

    @on(Input.Changed)
    def _typed(self) -> None:
        _, count = gpus_like(self.query_one(Box).value)
        self._count = count or self._count
        self.write()
        first = next(
            (item.about for item in self.picker.items if isinstance(item.about, Gpu)), None
        )
        if first is not None and self.query_one(Box).value.strip():
            self.picker.select(first)

    @on(Picker.Highlighted)
    def _tell(self) -> None:
        self.query_one("#foot", LinesView).show_lines(self.foot(self.cells))

    @on(Box.Ended)
    def _pressed(self, event: Box.Ended) -> None:
        if event.key in MOVES:
            self.action_move(MOVES[event.key])
        elif event.key in STEPS:
            count = self._count * 2 if STEPS[event.key] > 0 else self._count // 2
            self._count = min(max(count, 1), MAX_COUNT)
            self.write()
        elif event.key == "enter":
            self._choose()
        else:
            self.dismiss(None)

    @on(Picker.Picked)
    def _choose(self) -> None:
        chosen = self.picker.about
        if isinstance(chosen, Gpu):
            self.dismiss(ChosenGpus(Gpus(chosen, self._count)))
        elif isinstance(chosen, NoGpu):
            self.dismiss(ChosenGpus(None))
        else:
            self.query_one(Box).listens = True
