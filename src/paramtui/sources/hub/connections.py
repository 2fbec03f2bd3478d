"""A connection to the Hub or where it leads: direct or through a proxy, plain or over TLS."""

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from io import BufferedReader, RawIOBase
from select import select
from time import monotonic
from typing import Any

from paramtui.sources.hub.addresses import PORTS, Place, target_of
from paramtui.sources.hub.meter import PATIENCE
from paramtui.sources.hub.proxies import proxy_of

CONNECT_PATIENCE = 4.0
"""Seconds in which somebody must take the call."""


class Connection(HTTPConnection):
    """A connection to one place, for one request after the other; raises OSError as sockets do."""

    def __init__(self, place: Place) -> None:
        proxy = proxy_of(place)
        self.place = place
        self.default_port = PORTS[place.scheme]
        self.response_class = _Answer
        self._secure = place.scheme == "https"
        self._asked_of = None if self._secure else proxy
        near = (proxy.host, proxy.port) if proxy else (place.host, place.port)
        super().__init__(*near, timeout=min(CONNECT_PATIENCE, PATIENCE))
        if proxy and self._secure:
            self.set_tunnel(place.host, place.port, dict(proxy.headers))

    def connect(self) -> None:
        """Reach the place; over TLS, wait for this machine's certificates as late as possible."""
        super().connect()
        if self._secure:
            from paramtui.sources.hub.tls import tls_context

            context = tls_context().result()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.place.host)
        self.sock.settimeout(PATIENCE)

    def ask(self, url: str, headers: Mapping[str, str]) -> HTTPResponse:
        """Ask for what is at `url`, which leads to this place; the body is still to come."""
        target = target_of(url)
        if self._asked_of is not None:
            target, headers = f"{self.place}{target}", {**headers, **self._asked_of.headers}
        self.request("GET", target, headers=dict(headers))
        return self.getresponse()

    def is_usable(self) -> bool:
        """Whether another request may be made: nobody has hung up, and nothing is left unread."""
        try:
            return self.sock is not None and not select([self.sock], [], [], 0)[0]
        except (OSError, ValueError):  # closed, or more open files than `select` knows
            return False


class _Answer(HTTPResponse):
    """An answer whose head comes within a time: Python's waits for as long as a byte comes."""

    def begin(self) -> None:
        """Read the head."""
        arriving = _Arriving(self.fp.detach())
        self.fp = BufferedReader(arriving)
        super().begin()
        arriving.due = None


class _Arriving(RawIOBase):
    """What comes on a socket, until it is due."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self.due: float | None = monotonic() + PATIENCE

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As many bytes as are there."""
        if self.due is not None and monotonic() > self.due:
            raise TimeoutError("the answer's head trickles")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()
