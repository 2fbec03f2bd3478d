"""Where files are: what the Hub redirects to for each, asked before their headers can be."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock, Thread

from paramtui.sources.background import Future
from paramtui.sources.http.wire import THREADS
from paramtui.sources.hub.session import HubSession


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

    def of(self, url: str) -> str | None:
        """Where a file is; None where that was not asked or has failed, which is no matter."""
        with self._lock:
            self._unasked.pop(url, None)
            place = self._asked.get(url)
        try:
            return place.result() if place else None
        except Exception:
            return None

    def _ask_first(self) -> None:
        if self._ask_next():
            for _ in range(THREADS - 1):
                Thread(target=self._ask_on, daemon=True).start()
            self._ask_on()

    def _ask_on(self) -> None:
        while self._ask_next():
            pass

    def _ask_next(self) -> bool:
        """Whether one more was found."""
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
            return False
        place.set_result(found)
        return found is not None
