"""The one answer with all headers, read as it comes by the thread that it comes to."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from paramtui.sources.background import Future, first_done, start
from paramtui.sources.progress import Watch

if TYPE_CHECKING:
    from paramtui.checkpoint.formats.arriving_headers import ArrivingHeaders
    from paramtui.sources.http.response import Look


class Arriving:
    """An answer that `ask` waits for on a thread of its own."""

    def __init__(self, ask: Callable[[Look], bytearray]) -> None:
        self._body: bytearray | None = None
        self._headers: ArrivingHeaders | None = None
        self._reading = 0.0
        """Seconds that reading has taken."""
        self.answer: Future[bytearray] = start(lambda: ask(self._look))

    def wait(self, watch: Watch, patience: float) -> bool:
        """Whether it is there in so many seconds, those that reading takes not counted."""
        end = monotonic() + patience
        while first_done((self.answer,), watch, end + self._reading - monotonic()) is None:
            if monotonic() > end + self._reading:
                return False
        return True

    @property
    def headers(self) -> ArrivingHeaders | None:
        """What was read of the last try."""
        return self._headers

    def _look(self, body: bytearray) -> None:
        from paramtui.checkpoint.formats.arriving_headers import ArrivingHeaders

        if self._headers is None or self._body is not body:
            self._body, self._headers = body, ArrivingHeaders()
        began = monotonic()
        self._headers.advance(body)
        self._reading += monotonic() - began
