"""ParamTui: the application: signals, themes, and the way from opening to the main screen."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.filter import LineFilter, NoColor
from textual.message import Message
from textual.screen import Screen

from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.reports.render import start_scenario
from paramtui.reports.units import Units
from paramtui.tui.commands import COMMANDS
from paramtui.tui.library import Library
from paramtui.tui.opening import Opened, Opening
from paramtui.tui.screens.main import MainScreen
from paramtui.tui.screens.opening import OpeningScreen
from paramtui.tui.screens.working import Working
from paramtui.tui.themes import THEMES, default_theme
from paramtui.tui.told import Told


def run(
    opening: Opening,
    title: str,
    changes: Mapping[str, object],
    library: Library,
    *,
    size_units: Units = Units.GIB,
    mouse: bool = True,
    ascii_only: bool = False,
) -> int:
    """Run the app to its end; returns the exit status, raises what the load raised.

    `changes` are the scenario's fields that are not the default. Nothing is printed here: when
    this raises, the terminal is whole again and the caller says what went wrong.
    """
    # Textual writes to standard error; where that cannot take our characters, ASCII can.
    encoding = getattr(sys.__stderr__, "encoding", None) or ""
    ascii_only = ascii_only or "utf" not in encoding.lower()
    app = ParamTui(opening, title, changes, library, size_units=size_units, ascii_only=ascii_only)
    app.run(mouse=mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


class ParamTui(App[None]):
    """Opens one checkpoint; the main screen does the rest."""

    TITLE = "paramtui"
    CSS = """
    * {
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground-disabled;
        scrollbar-color-hover: $foreground-muted;
        scrollbar-color-active: $foreground-muted;
        scrollbar-background: transparent;
        scrollbar-background-hover: transparent;
        scrollbar-background-active: transparent;
    }
    .-ascii * { scrollbar-size-vertical: 0; }
    """
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    @dataclass
    class Loaded(Message):
        """The load has ended, well or not."""

        future: Future[Opened]

    def __init__(
        self,
        opening: Opening,
        title: str,
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
        self._model = title
        self._changes = changes
        self._library = library
        self._size_units = size_units
        self.set_class(ascii_only, "-ascii")
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = default_theme(self.console.color_system, no_color=self.no_color)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the themes of 16 colours leave out."""
        return {"foreground-disabled": "ansi_default 50%"}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no colour at all; Textual's own way is greys."""
        return [NoColor()] if self.no_color else super().get_line_filters()

    def get_default_screen(self) -> Screen[None]:
        """The main screen at once when the checkpoint is there already."""
        return OpeningScreen(self._opening, self._model)

    def on_mount(self) -> None:
        """Restore the terminal when asked to end, and wait for the checkpoint."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                with suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self._end, number)
        self._opening.future.add_done_callback(
            lambda future: self.post_message(self.Loaded(future))
        )

    def on_param_tui_loaded(self, event: Loaded) -> None:
        """Show what was loaded, or leave with what went wrong."""
        self.failure = event.future.exception()
        if self.failure is None:
            opened = event.future.result()
            scenario = start_scenario(opened.checkpoint, self._changes)
            try:
                estimate(opened.summary, scenario)
            except ScenarioError as problem:
                self.failure = problem
        if self.failure is not None:
            self.exit(return_code=2)
            return
        # A collection over a big model would otherwise land on some key press.
        gc.collect()
        gc.freeze()
        self.push_screen(MainScreen(opened, scenario, self._size_units, self._library))

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for; when that fails, a line says so and the app goes on."""
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
            if working and working.told is before:
                working.told = None

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command of the table, then the themes."""
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
