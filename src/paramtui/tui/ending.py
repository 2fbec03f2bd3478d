"""Ends the app when a signal asks for it, or when its terminal has gone away without one."""

import asyncio
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

GRACE = 2.0
"""Seconds to end in good order once nobody can see or type any more."""
HANG_UP = 1
"""The number of SIGHUP, which some systems have no name for."""


def end_on_signals(end: Callable[[int], object]) -> None:
    """Let the running loop `end` the app, which restores the terminal, for each signal to stop."""
    loop = asyncio.get_running_loop()
    # SIGINT too: asyncio raises at the second one, in the midst of what restores.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            # Windows has no such handlers, and a loop beside the main thread may have none.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, end, number)


def watch_for_hang_up(end: Callable[[], object]) -> None:
    """Wait in the background until the other end of the terminal is closed, then `end`.

    A session whose terminal does not control it, as containers and some remote shells start one,
    gets no SIGHUP; Textual then reads the end of its input over and over. Its writer has died of
    the first failed write by then and can block whoever hands it more, so what is left after
    `GRACE` seconds is not waited for: there is no terminal to restore.
    """
    terminal = sys.__stdin__
    if terminal is None or not hasattr(select, "poll"):
        return
    waiting = select.poll()
    # Nothing is asked for: a hang-up is told all the same.
    waiting.register(terminal.fileno(), 0)

    def watch() -> None:
        if not any(events & select.POLLHUP for _, events in waiting.poll()):
            return  # macOS cannot tell of terminals, and says so at once
        with suppress(RuntimeError):  # it has ended by itself
            end()
        time.sleep(GRACE)
        os._exit(128 + HANG_UP)

    Thread(target=watch, name="hang-up", daemon=True).start()
