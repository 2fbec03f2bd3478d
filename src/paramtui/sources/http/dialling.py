"""Calling the Hub: where nothing is known to ask yet, before what asks is imported."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Thread

from paramtui.sources.http.addresses import Place, place_of
from paramtui.sources.http.meter import PATIENCE
from paramtui.sources.http.proxies import proxy_address

CONNECT_PATIENCE = 4.0
"""Seconds in which somebody must take the call."""


def dial(place: Place) -> socket.socket:
    """A line to `place`; raises OSError as sockets do."""
    line = socket.create_connection(
        (place.host, place.port), timeout=min(CONNECT_PATIENCE, PATIENCE)
    )
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return secured(line, place)


def secured(line: socket.socket, place: Place) -> socket.socket:
    """The same line, over TLS where the place wants it; certificates are waited for only now."""
    if place.scheme == "https":
        from paramtui.sources.http.tls import tls_context

        try:
            line = tls_context().result().wrap_socket(line, server_hostname=place.host)
        except BaseException:
            line.close()
            raise
    line.settimeout(PATIENCE)
    return line


class EarlyCalls:
    """Lines to the Hub that are opened while the program is still being imported.

    A round trip, over TLS two or three, is about what importing takes.
    """

    def __init__(self, endpoint: str, number: int) -> None:
        self._place = place_of(endpoint)
        self._calls: list[_Call] = []
        if self._place is not None and not proxy_address(self._place):
            self._calls = [_Call(self._place) for _ in range(number)]
            for call in self._calls:
                call.start()

    def take(self, place: Place) -> socket.socket | None:
        """A line to `place`, waited for; None where none is left; raises what dialling raised."""
        if place != self._place:
            return None
        try:
            call = self._calls.pop(0)
        except IndexError:
            return None
        return call.result()

    def close(self) -> None:
        """Hang up where nobody has asked anything."""
        while self._calls:
            with suppress(IndexError):
                self._calls.pop().hang_up()


class _Call(Thread):
    """One call; nobody waits for it who does not need it."""

    def __init__(self, place: Place) -> None:
        super().__init__(daemon=True)
        self._place = place
        self._line: socket.socket | None = None
        self._problem: Exception | None = None
        self._unwanted = False
        self._lock = Lock()

    def run(self) -> None:
        """Dial."""
        try:
            line = dial(self._place)
        except Exception as problem:
            self._problem = problem
            return
        with self._lock:
            self._line = line
            if self._unwanted:
                line.close()

    def result(self) -> socket.socket | None:
        """The line."""
        self.join()
        if self._problem is not None:
            raise self._problem
        return self._line

    def hang_up(self) -> None:
        """Close the line, now or when it is there."""
        with self._lock:
            self._unwanted = True
            if self._line is not None:
                self._line.close()
