"""Working: a screen that lets others work, and says what came of it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeVar

from textual import on
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen

from paramtui.tui.told import Told

Result = TypeVar("Result")


class Working(Screen[None]):
    """Runs what may take its time on threads; what fails there is told in a line."""

    told: var[Told | None] = var(None, init=False, always_update=True)
    """What the last key did or could not do, until another key does something."""

    @dataclass
    class Finished(Message):
        """A thread has ended, well or not."""

        future: Future[Any]
        done: Callable[[Any], None]

    def in_background(self, work: Callable[[], Result], done: Callable[[Result], None]) -> None:
        """Run `work` on a thread, then `done` with its result where the screen lives."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            self.post_message(self.Finished(future, done))

        # A daemon: quitting never waits for a disk or a server.
        Thread(target=run, name="paramtui-work", daemon=True).start()

    @on(Finished)
    def _finished(self, event: Finished) -> None:
        try:
            event.done(event.future.result())
        except Exception as problem:
            self.told = Told.problem(problem)
