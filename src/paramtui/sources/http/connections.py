"""A connection to the Hub or where it leads: direct or through a proxy, plain or over TLS."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from io import BufferedReader, RawIOBase
from select import select
from socket import socket
from ssl import SSLSocket
from time import monotonic

from paramtui.sources.http.addresses import PORTS, Place, target_of
from paramtui.sources.http.dialling import CONNECT_PATIENCE, EarlyCalls, dial, secured
from paramtui.sources.http.meter import PATIENCE
from paramtui.sources.http.proxies import proxy_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Connection(HTTPConnection):
    """A connection to one place, for one request after the other; raises OSError as sockets do."""

    def __init__(self, place: Place, early: EarlyCalls | None = None) -> None:
        self.place = place
        self.default_port = PORTS[place.scheme]
        self.response_class = _Answer
        self._early = early
        self._proxy = proxy = proxy_of(place)
        near = (proxy.host, proxy.port) if proxy else (place.host, place.port)
        super().__init__(*near, timeout=min(CONNECT_PATIENCE, PATIENCE))
        if proxy and place.scheme == "https":
            self.set_tunnel(place.host, place.port, dict(proxy.headers))

    def connect(self) -> None:
        """Reach the place, if need be by the proxy."""
        if self._proxy is not None:
            super().connect()
            self.sock = secured(self.sock, self.place)
        else:
            self.sock = (self._early and self._early.take(self.place)) or dial(self.place)

    def ask(self, url: str, headers: Mapping[str, str], method: str = "GET") -> HTTPResponse:
        """Ask for what is at `url`, which leads to this place; the body is still to come."""
        target = target_of(url)
        if self._proxy is not None and self.place.scheme == "http":
            target, headers = f"{self.place}{target}", {**headers, **self._proxy.headers}
        self.request(method, target, headers=dict(headers))
        return self.getresponse()

    def is_usable(self) -> bool:
        """Whether another request may be made: nobody has hung up, and nothing is left unread."""
        try:
            if self.sock is None or (isinstance(self.sock, SSLSocket) and self.sock.pending()):
                return False
            return not select([self.sock], [], [], 0)[0]
        except (OSError, ValueError):  # closed, or more open files than `select` knows
            return False


class _Answer(HTTPResponse):
    """An answer that comes in time, its head and each part: Python's waits while a byte comes.

    The proxy's is one as well; chunks have sizes and trailers that could go on without end.
    """

    def __init__(self, sock: socket, *values: Any, **named: Any) -> None:
        super().__init__(sock, *values, **named)
        self._arriving = _Arriving(self.fp.detach())
        self.fp = BufferedReader(self._arriving)

    def begin(self) -> None:
        """Read the head; Python's takes that of an interim answer, as of early hints, for it."""
        super().begin()
        while 100 <= self.status < 200:
            self.headers = None  # type: ignore[assignment]  # as before the first
            super().begin()

    def read1(self, n: int = -1) -> bytes:
        """The next part of the body."""
        self._arriving.due = monotonic() + PATIENCE
        return super().read1(n)


class _Arriving(RawIOBase):
    """What comes on a socket, until it is due."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self.due = monotonic() + PATIENCE

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As many bytes as are there."""
        if monotonic() > self.due:
            raise TimeoutError("the answer trickles")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()
