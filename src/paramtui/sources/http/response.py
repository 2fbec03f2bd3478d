"""An answer of the Hub: its head at once, its body as it comes, in bounds."""

import zlib
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from time import monotonic

from paramtui.sources.errors import Refused
from paramtui.sources.http.addresses import redirected
from paramtui.sources.http.failures import RequestError, Stalled, Undecodable, told
from paramtui.sources.http.meter import PATIENCE, SLOWEST, Meter

PART = 1 << 16
PIECE = 1 << 16
"""Bytes that are inflated at once: more would be memory that the system hands out anew each time,
which costs more than to inflate into it."""
SIDE_LIMIT = 1_000_000
"""Bytes of the body of a redirect or an error, which say nothing we need."""
GZIP = 16 + zlib.MAX_WBITS
Look = Callable[[bytearray], None]
"""Is shown the body of an answer each time more of it has come."""


class Response:
    """What came of a request to `url`."""

    def __init__(self, url: str, response: HTTPResponse, meter: Meter) -> None:
        self.url = url
        self.status = response.status
        self.headers = response.headers
        self.whole = False
        """Whether nothing more of it comes, so that its connection may serve again."""
        self._response = response
        self._meter = meter

    @property
    def leads_to(self) -> str | None:
        """Where it redirects to."""
        place = self.headers.get("location")
        return redirected(self.url, place) if place and 300 <= self.status < 400 else None

    def read(self, limit: int, look: Look | None = None) -> bytearray:
        """The body, inflated; ends when it is longer than `limit` bytes.

        `look` is called with what has come of it, whenever that is more.
        """
        body = bytearray()
        for piece in self._pieces():
            body += piece
            if len(body) > limit:
                break
            if look is not None:
                look(body)
        return body

    def skip(self) -> None:
        """Read a body that says nothing, to use its connection again."""
        received = 0
        for part in self._parts():
            received += len(part)
            if received > SIDE_LIMIT:
                raise Refused("the Hub sent a redirect or an error without end")

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()

    def _pieces(self) -> Iterator[bytes]:
        """The body in small pieces, inflated."""
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            yield from self._parts()
            return
        if encoding not in ("gzip", "x-gzip"):
            raise Undecodable(self.url, "nobody asked for its encoding")
        inflater = zlib.decompressobj(GZIP)
        for part in self._parts():
            more = True
            # Behind its end it would keep what follows, and copy all of it each time.
            while more and not inflater.eof:
                try:
                    piece = inflater.decompress(part, PIECE)
                except zlib.error as error:
                    raise Undecodable(self.url, error) from error
                yield piece
                part, more = inflater.unconsumed_tail, len(piece) == PIECE
        if not inflater.eof:
            raise Undecodable(self.url, "it ends too soon")

    def _parts(self) -> Iterator[bytes]:
        """The body as it comes, counted; raises when it trickles or breaks off."""
        meter, response = self._meter, self._response
        good = self.status < 300
        began, received, before = monotonic(), 0, meter.bytes
        length = response.length  # None where only the end tells
        while length is None or received < length:
            room = PART if length is None else min(PART, length - received)
            with told(self.url):
                part = response.read1(room)
            if not part:
                break
            received += len(part)
            meter.add(bytes=len(part))
            if good:
                meter.moved = monotonic()
            meter.check()
            elapsed = monotonic() - began
            if elapsed > PATIENCE and max(received, meter.bytes - before) < SLOWEST * elapsed:
                raise Stalled(self.url, "the response trickles")
            yield part
        if length is not None and received < length:
            raise RequestError(self.url, "the answer broke off")
        self.whole = True
