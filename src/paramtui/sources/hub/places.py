"""Where files are: what the Hub redirects to for each, asked before their headers can be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from threading import Lock, Thread

from paramtui.sources.background import Future, first_done
from paramtui.sources.http.wire import THREADS
from paramtui.sources.hub.session import HubSession

PATIENCE = 1.0
"""Seconds that a place which was asked for is waited for."""


class Places:
    """The places of files, by their addresses at the Hub.

    While an index is on its way nothing tells how long a header is, but half of the two requests
    that each takes can be made.
    """

    def __init__(self, session: HubSession) -> None:
        self._session = session
        self._lock = Lock()
        self._unasked: dict[str, None] = {}
        self._asked: dict[str, Future[str | None]] = {}

    def ask(self, urls: Sequence[str]) -> None:
        """Begin to ask; of one file first, since a mirror may have all of them itself."""
        self._unasked = dict.fromkeys(urls)
        Thread(target=self._ask_first, daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        with self._lock:
            self._unasked.clear()

    def give_up(self) -> None:
        """Believe none any more, after one where the file was not."""
        with self._lock:
            self._unasked.clear()
            self._asked.clear()

    def of(self, url: str) -> str | None:
        """Where a file is; None where that was not asked or has failed, which is no matter."""
        with self._lock:
            self._unasked.pop(url, None)
            place = self._asked.get(url)
        if place is None or first_done((place,), self._session.watch, PATIENCE) is None:
            return None
        return None if place.exception() else place.result()

    def _ask_first(self) -> None:
        if self._ask_next():
            with suppress(RuntimeError):  # no more threads: this one asks
                for _ in range(THREADS - 1):
                    Thread(target=self._ask_on, daemon=True).start()
            self._ask_on()

    def _ask_on(self) -> None:
        while self._ask_next():
            pass

    def _ask_next(self) -> bool:
        """Ask for one more, where there is one; what is not a place is the last that is asked."""
        with self._lock:
            url = next(iter(self._unasked), None)
            if url is None:
                return False
            del self._unasked[url]
            place = self._asked[url] = Future[str | None]()
        try:
            found = self._session.locate(url)
        except BaseException as error:
            place.set_exception(error)
            self.stop()
            return False
        place.set_result(found)
        if found is None:
            self.stop()
        return found is not None
