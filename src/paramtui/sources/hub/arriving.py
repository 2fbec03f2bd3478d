"""The one answer with all headers: waited for, and read as far as it has come meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from paramtui.sources.background import first_done, start
from paramtui.sources.progress import Watch

if TYPE_CHECKING:
    from paramtui.checkpoint.formats.arriving_headers import ArrivingHeaders

LOOK = 0.004
"""Seconds between looks at what has come: so long unpacks what one look takes to read."""

Begin = Callable[[bytearray], None]
"""Is given the body of each try, which then grows."""


class Arriving:
    """An answer that `ask` waits for on a thread of its own."""

    def __init__(self, ask: Callable[[Begin], bytes]) -> None:
        self._body: bytearray | None = None
        self._read: tuple[bytearray | None, ArrivingHeaders] | None = None
        self.answer: Future[bytes] = start(lambda: ask(self._begin))

    def wait(self, watch: Watch, patience: float) -> bool:
        """Wait for so many seconds, and read what has come; returns whether that was all of it."""
        while first_done((self.answer,), watch, LOOK) is None:
            # What reading takes is not the answer's: it is held up meanwhile.
            patience -= LOOK
            if patience <= 0:
                return False
            if self._body is not None:
                self.headers().advance(self._body)
        return True

    def headers(self) -> ArrivingHeaders:
        """What was read of the last try."""
        from paramtui.checkpoint.formats.arriving_headers import ArrivingHeaders

        if self._read is None or self._read[0] is not self._body:
            self._read = self._body, ArrivingHeaders()
        return self._read[1]

    def _begin(self, body: bytearray) -> None:
        self._body = body
