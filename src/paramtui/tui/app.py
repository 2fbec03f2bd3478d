"""ParamTui: the application: signals, themes, and the way from opening to the main screen."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar

from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.filter import LineFilter, NoColor
from textual.message import Message
from textual.screen import Screen

from paramtui.reports.units import Units
from paramtui.tui.bringing import ASKED_FOR, MAIN, bring
from paramtui.tui.ending import HANG_UP, end_on_signals, watch_for_hang_up
from paramtui.tui.opening import Opened, Opening
from paramtui.tui.screens.opening import OpeningScreen
from paramtui.tui.themes import THEMES, default_theme
from paramtui.tui.widgets.drawn import PEN_RULES, PENS

if TYPE_CHECKING:  # the first frame waits for nothing it does not show
    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.tui.library import Library
    from paramtui.tui.screens.main import MainScreen
    from paramtui.tui.screens.start import StartScreen


def run(
    opening: Opening | None,
    changes: Mapping[str, object],
    library: Library,
    *,
    size_units: Units = Units.GIB,
    mouse: bool = True,
    ascii_only: bool = False,
) -> int:
    """Run the app to its end; returns the exit status, raises what the load raised.

    Without an `opening` it begins with the choice of a model. `changes` are the scenario's fields
    that are not the default. Nothing is printed here: when this raises, the terminal is whole
    again and the caller says what went wrong.
    """
    # Textual writes to standard error; where that cannot take our characters, ASCII can.
    encoding = getattr(sys.__stderr__, "encoding", None) or ""
    ascii_only = ascii_only or "utf" not in encoding.lower()
    app = ParamTui(opening, changes, library, size_units=size_units, ascii_only=ascii_only)
    app.run(mouse=mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


class ParamTui(App[None]):
    """Opens checkpoints, one at a time; the main screen does the rest."""

    TITLE = "paramtui"
    COMPONENT_CLASSES = PENS
    CSS = f"""
    * {{
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground-disabled;
        scrollbar-color-hover: $foreground-muted;
        scrollbar-color-active: $foreground-muted;
        scrollbar-background: transparent;
        scrollbar-background-hover: transparent;
        scrollbar-background-active: transparent;
    }}
    .-ascii * {{ scrollbar-size-vertical: 0; }}
    {PEN_RULES}
    """
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    @dataclass
    class Loaded(Message):
        """The load has ended, well or not."""

        future: Future[Opened]

    def __init__(
        self,
        opening: Opening | None,
        changes: Mapping[str, object],
        library: Library,
        *,
        size_units: Units = Units.GIB,
        ascii_only: bool = False,
    ) -> None:
        super().__init__()
        # An instance attribute of Textual's: nothing here moves by itself.
        self.animation_level = "none"
        self.failure: BaseException | None = None
        self._opening = opening
        self._changes = changes
        self._asked: Mapping[str, object] = {}
        """What was asked for with the model that is being opened."""
        self._library = library
        self._size_units = size_units
        self.set_class(ascii_only, "-ascii")
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = default_theme(self.console.color_system, no_color=self.no_color)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the themes of 16 colours leave out."""
        return {"foreground-disabled": "ansi_default 50%"}

    def refresh_css(self, animate: bool = True) -> None:
        """Parse every style anew; not before the first screen: none was parsed yet."""
        if self.screen_stack:
            super().refresh_css(animate)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no colour at all; Textual's own way is greys."""
        return [NoColor()] if self.no_color else super().get_line_filters()

    def get_default_screen(self) -> Screen[None]:
        """Where to choose a model, or to wait for the one that was named."""
        if self._opening is None:
            from paramtui.tui.screens.start import StartScreen

            return StartScreen(self._library, changes=self._changes, open_=False)
        return OpeningScreen(self._opening, self._size_units)

    def on_load(self) -> None:
        """Restore the terminal when asked to end: from before it is changed on."""
        end_on_signals(self._end)

    def on_mount(self) -> None:
        """End when the terminal goes away, and wait for the checkpoint."""
        loop = asyncio.get_running_loop()
        if not self.is_headless:
            # Not waited for: the loop itself may be held up by what nobody reads any more.
            watch_for_hang_up(lambda: loop.call_soon_threadsafe(self._end, HANG_UP))
        if self._opening is None:
            gc.enable()
        self._wait()

    def on_opening_screen_painted(self) -> None:
        """Load, and bring what will show it, now that there is something to look at."""
        if self._opening is not None:
            self._opening.begin()
            bring(MAIN)

    async def on_param_tui_loaded(self, event: Loaded) -> None:
        """Show what was loaded; else go back to choose another, or leave with what went wrong."""
        opening = self._opening
        if opening is None or event.future not in (opening.future, opening.recalled):
            return
        if event.future is opening.recalled and opening.future.done():
            return  # what follows is newer
        try:
            opened = event.future.result()
            if self._main is not None and self._main.opened.tree is opened.tree:
                self._main.confirm(opened)
                return
            main = self._main_screen(opened)
        except Exception as problem:
            await self._failed(problem)
            return
        with self.batch_update():
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            self.push_screen(main)

    def on_main_screen_painted(self) -> None:
        """Keep the collector from what stays, or going over it would land on some key press."""
        if gc.get_freeze_count():
            gc.unfreeze()  # the model before this one
            gc.collect()
        gc.freeze()
        gc.enable()
        if self._opening is not None:
            self._opening.shown.set()
        bring(*ASKED_FOR)

    def on_start_screen_chosen(self, event: StartScreen.Chosen) -> None:
        """Open another model; the one that is open stays until it is there."""
        from paramtui.tui.screens.start import StartScreen

        if not isinstance(self.screen, StartScreen):
            return  # Enter was pressed twice
        library, reference = self._library, event.reference
        self._asked = event.changes
        cancelled = Event()

        def load(progress: Callable[[object], None]) -> Checkpoint:
            return library.open(reference, progress, cancelled)

        self._opening = Opening(load, reference, cancelled)
        self._wait()
        self.push_screen(OpeningScreen(self._opening, self._size_units))

    def on_start_screen_left(self) -> None:
        """Back to the model that is open."""
        from paramtui.tui.screens.start import StartScreen

        if isinstance(self.screen, StartScreen):
            self.pop_screen()

    def on_opening_screen_abandoned(self) -> None:
        """Stop the load, and back to the choice."""
        if self._opening is not None and len(self.screen_stack) > 1:
            self._opening.cancelled.set()
            self._opening = None
            self.pop_screen()

    async def action_open(self) -> None:
        """Choose another model."""
        from paramtui.sources.listing import choices
        from paramtui.tui.first_scenario import carried
        from paramtui.tui.screens.main import MainScreen
        from paramtui.tui.screens.start import StartScreen

        if isinstance(self.screen, MainScreen):
            nearest = choices(self.screen.opened.checkpoint)
            changes = carried(self.screen.scenario)
            # Not before it takes keys: those typed ahead are meant for it.
            await self.push_screen(StartScreen(self._library, nearest, changes, open_=True))

    @property
    def _main(self) -> MainScreen | None:
        from paramtui.tui.screens.main import MainScreen

        return next((one for one in self.screen_stack if isinstance(one, MainScreen)), None)

    def _wait(self) -> None:
        if self._opening is not None:
            for future in (self._opening.recalled, self._opening.future):
                future.add_done_callback(lambda done: self.post_message(self.Loaded(done)))

    def _main_screen(self, opened: Opened) -> MainScreen:
        """The screen of a checkpoint; raises ScenarioError when the first scenario cannot be."""
        from paramtui.tui.first_scenario import first_scenario
        from paramtui.tui.screens.main import MainScreen

        before = self._main.scenario if self._main else None
        scenario = first_scenario(opened, before, self._changes, self._asked)
        return MainScreen(opened, scenario, self._size_units, self._library)

    async def _failed(self, problem: Exception) -> None:
        from paramtui.tui.screens.start import StartScreen
        from paramtui.tui.told import Told

        gc.enable()
        start = self.screen_stack[-2] if len(self.screen_stack) > 1 else None
        if isinstance(start, StartScreen):
            await self.pop_screen()
            start.told = Told.problem(problem)
        else:
            self.failure = problem
            self.exit(return_code=2)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for; when that fails, a line says so and the app goes on."""
        from paramtui.tui.screens.working import Working
        from paramtui.tui.told import Told

        stack = reversed(self.screen_stack)
        working = next((one for one in stack if isinstance(one, Working)), None)
        before = working.told if working else None
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as problem:
            if working is None:
                raise
            working.told = Told.problem(problem)
            return True
        finally:
            # What an earlier key did is old news.
            if working and before and working.told is before:
                working.told = None

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command of the table, then the themes."""
        from paramtui.tui.commands import COMMANDS
        from paramtui.tui.screens.main import MainScreen

        if isinstance(screen, MainScreen):
            for row in COMMANDS:
                if row.in_palette:
                    yield SystemCommand(
                        row.title[:1].upper() + row.title[1:],
                        "   ".join([*row.shown_keys[:1], row.help]),
                        lambda action=row.runs: self._act(screen, action),
                    )
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Quit", "Leave", self.action_quit)

    def _act(self, screen: Screen[Any], action: str) -> None:
        self.call_later(screen.run_action, action)

    def _fatal_error(self) -> None:
        # Textual would print a traceback, which tells a person nothing; the caller has a sentence.
        self.failure = self.failure or self._exception
        self._close_messages_no_wait()

    def _end(self, number: int) -> None:
        self.exit(return_code=128 + number)
