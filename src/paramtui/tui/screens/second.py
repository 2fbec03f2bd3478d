"""The second model of a comparison: the screen that chooses it, and the one that waits for it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from textual import on
from textual.message import Message

from paramtui.reports.units import Units
from paramtui.sources.listing import Listed
from paramtui.tui.library import Library
from paramtui.tui.opening import Opened, Opening
from paramtui.tui.screens.opening import OpeningScreen
from paramtui.tui.screens.start import StartScreen


class SecondModel(StartScreen):
    """Calls `choose` with what was chosen; Escape goes back to the model that is open."""

    PURPOSE = "compare with"

    def __init__(
        self, library: Library, nearest: Sequence[Listed], choose: Callable[[str], None]
    ) -> None:
        super().__init__(library, nearest, open_=True)
        self._answer = choose

    def choose(self, reference: str, changes: Mapping[str, object]) -> None:  # noqa: ARG002
        """Take it, and no second one where Enter was pressed twice."""
        if self.is_current:
            self.app.pop_screen()
            self._answer(reference)

    def leave(self) -> None:
        """Back to what is open."""
        if self.is_current:
            self.app.pop_screen()


class SecondOpening(OpeningScreen):
    """Calls `done` when the load has ended; Escape stops it."""

    @dataclass
    class Ended(Message):
        """The load has ended, well or not."""

        future: Future[Opened]

    def __init__(
        self, opening: Opening, size: Units, done: Callable[[Future[Opened]], None]
    ) -> None:
        super().__init__(opening, size)
        self._done = done

    def on_mount(self) -> None:
        """Wait for the end."""
        ended = self._opening.future.add_done_callback
        ended(lambda future: self.post_message(self.Ended(future)))

    def action_close_top(self) -> None:
        """Wait no longer."""
        self._opening.cancelled.set()
        self.app.pop_screen()

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        if self.is_current:
            self.app.pop_screen()
            self._done(event.future)
