"""StartScreen: choose a model: what is nearby, what the Hub has, or whatever was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from paramtui.memory.gpus.hardware import Gpus
from paramtui.sources.listing import Listed
from paramtui.tui import texts
from paramtui.tui.fits import read, turned
from paramtui.tui.library import Library
from paramtui.tui.line import Line, Span, between, joined
from paramtui.tui.models_list import (
    Sorting,
    Typed,
    facts,
    fitting,
    heading,
    items,
    left_out,
    matching,
    that_fit,
)
from paramtui.tui.screens.finding import Finding
from paramtui.tui.widgets.lines_view import LinesView
from paramtui.tui.widgets.picker import Picker
from paramtui.tui.widgets.query import Query

FITS = "ctrl+g"


class Box(Query):
    """The line to type in; arrows go to the list."""

    MOVES: ClassVar[dict[str, str]] = {
        "up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down",
    }  # fmt: skip
    ENDING = frozenset({"enter", "escape"})
    PASSING = frozenset({"tab", FITS, *MOVES})
    CLEARS = True


class StartScreen(Finding):
    """Posts `Chosen`; leaves by Escape where a model is open already."""

    # Not a file: that of an app's first screen is not read.
    DEFAULT_CSS = """
    StartScreen {
        layout: vertical;
        background: $background;
        & #title, & #footer { height: 1; background: $panel; }
        & #line { height: 1; background: $surface; }
        & #mark { width: 3; height: 1; }
        & Input { width: 1fr; background: transparent; padding: 0; }
        & #header { height: 1; background: $surface; }
        & #status { height: 1; }
        & #models { height: 1fr; }
    }
    """
    PURPOSE = "open a model"
    LETTERS = 2
    """Letters from which on the Hub is asked."""
    PAUSE = 0.3
    """Seconds without a key after which it is."""

    @dataclass
    class Chosen(Message):
        """A model was chosen."""

        reference: str
        changes: Mapping[str, object]
        """What of the scenario was asked for with it."""

    class Left(Message):
        """None was: back to what is open."""

    def __init__(
        self,
        library: Library,
        nearest: Sequence[Listed] = (),
        changes: Mapping[str, object] | None = None,
        *,
        open_: bool,
    ) -> None:
        super().__init__(library, changes or {}, nearest)
        self._open = open_
        self._early: list[events.Key] = []
        self._chooses = False
        """Whether Enter waits for the list."""
        self._filter = ""
        """What is to be said of the filter."""
        self._sorting = Sorting.NEAREST
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """A line to type in above the list."""
        yield LinesView(id="title")
        with Horizontal(id="line"):
            yield LinesView(id="mark")
            yield Box(compact=True, placeholder="name, org/name, address, folder or file")
        yield LinesView(id="header")
        yield Picker(id="models")
        yield LinesView(id="status")
        yield LinesView(id="footer")

    def on_mount(self) -> None:
        """Look around, and take the keys."""
        self.set_class(self.app.has_class("-ascii"), "-ascii")
        self.query_one("#mark", LinesView).show_lines([(Span(" > ", "key"),)])
        self.listen()
        self.look_around()

    def on_screen_resume(self) -> None:
        """Back from a model that did not open, or was not waited for."""
        self.listen()

    def on_key(self, event: events.Key) -> None:
        """Keys that come before the line can take them are meant for it."""
        event.stop()
        self._early.append(events.Key(event.key, event.character))
        if self.query_one(Box).listens:
            self._hand_over()

    def on_resize(self) -> None:
        """Write every line for the new width."""
        self.call_after_refresh(self.write)

    def watch_told(self) -> None:
        """Say what could not be done."""
        self.write()

    @property
    def text(self) -> str:
        """What was typed."""
        return self.query_one(Box).value

    @property
    def picker(self) -> Picker:
        """The list."""
        return self.query_one(Picker)

    def write(self) -> None:
        """Write every line; those that stay the same are not painted again."""
        cells, width = self.picker.cells, self.app.size.width
        if not cells:
            return
        words = read(self.text)
        models = matching(self.models, words.names, self._sorting)
        self.ask(words.asked, models)
        self._filter = words.problem
        if self.needs is not None:
            models, waiting, unknown = that_fit(models, self.needs)
            self._filter = left_out(waiting, unknown)
        columns = fitting(cells, needs=self.needs is not None)
        at_top = self.picker.cursor == 0
        self.picker.show_items(items(models, words.names, columns, cells, self.needs))
        if at_top:  # what is found later may stand above
            self.picker.action_first()
        count = f"{len(models):,} models " if len(models) != 1 else "1 model "
        title: Line = (Span(" paramtui", "title"), Span(f"  {self.PURPOSE}", "dim"))
        self._show("title", between(title, (Span(count, "dim"),), width))
        self._show("header", heading(columns, self._sorting, cells))
        self._tell()
        self._show("footer", joined(self._hints(), width, Span("  ")))

    @on(Input.Changed)
    def _typed(self) -> None:
        self.forget_search()
        self.told = None
        if self._timer is not None:
            self._timer.stop()
        if len(read(self.text).names.strip()) >= self.LETTERS:
            self._timer = self.set_timer(self.PAUSE, self._search)
        self.picker.action_first()

    def _search(self) -> None:
        self.search_hub(read(self.text).names.strip())

    @on(Box.Ended)
    def _pressed(self, event: Box.Ended) -> None:
        if event.key in Box.MOVES:
            getattr(self.picker, f"action_{Box.MOVES[event.key]}")()
        elif event.key == "tab":
            orders = list(Sorting)
            self._sorting = orders[(orders.index(self._sorting) + 1) % len(orders)]
            self.write()
            self.picker.action_first()
        elif event.key == FITS:
            gpus = self._changes.get("gpus")
            self.query_one(Box).value = turned(self.text, gpus if isinstance(gpus, Gpus) else None)
            self.query_one(Box).cursor_position = len(self.text)
        elif event.key == "enter":
            self._choose()
        elif self._open:
            self.leave()
        else:
            self.listen()

    @on(Picker.Picked)
    def _choose(self) -> None:
        about = self.picker.about
        if self._nearby is None:
            self._chooses = True
            self.listen()
            return
        if isinstance(about, Listed | Typed):
            asked = self._asked
            changes: dict[str, object] = {"gpus": asked.gpus} if asked else {}
            if asked and asked.precision:
                changes["precision"] = asked.precision
            self.choose(about.reference, changes)
        else:
            self.listen()

    def choose(self, reference: str, changes: Mapping[str, object]) -> None:
        """Say what was chosen, and what the scenario begins with."""
        self.post_message(self.Chosen(reference, changes))

    def leave(self) -> None:
        """Say that nothing was."""
        self.post_message(self.Left())

    def listen(self) -> None:
        """Take the keys, again after a model that did not open."""
        self.query_one(Box).listens = True
        self.set_focus(self.query_one(Box))
        self._hand_over()

    def _hand_over(self) -> None:
        early, self._early = self._early, []
        for key in early:
            self.query_one(Box).post_message(key)

    def looked_around(self) -> None:
        """Choose what Enter was pressed for before the list was there."""
        if self._chooses:
            self._chooses = False
            self._choose()

    @on(Picker.Highlighted)
    def _tell(self) -> None:
        """What could not be done, or what is under way, or the facts of the selected model."""
        waiting: Line = (Span(f" {self._status}", "dim"),)
        line = waiting if self._status else facts(self.picker.about)
        if self._filter:
            line = (Span(f" {self._filter}", "dim"),)
        self._show("status", texts.told(self.told, self.app.size.width) if self.told else line)

    def _hints(self) -> list[Line]:
        hints = [("↑ ↓", "choose"), ("Enter", "open"), ("Tab", f"sort: {self._sorting.value}")]
        hints += [("Ctrl+G", "all models" if self._asked else "what fits")]
        hints += [("Esc", "back")] if self._open else []
        hints += [("Ctrl+C", "quit")]
        return [(Span(f" {key}", "key"), Span(f" {word}", "dim")) for key, word in hints]

    def _show(self, name: str, line: Line) -> None:
        self.query_one(f"#{name}", LinesView).show_lines([line])
