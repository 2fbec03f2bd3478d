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
SIDE_LIMIT = 1_000_000
"""Bytes of the body of a redirect or an error, which say nothing we need."""
GZIP = 16 + zlib.MAX_WBITS


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

    def read(self, limit: int, begin: Callable[[bytearray], None] | None = None) -> bytes:
        """The body, inflated; ends when it is longer than `limit` bytes.

        `begin` is given what then grows.
        """
        inflate, is_over = self._inflating()
        body = bytearray()
        if begin is not None:
            begin(body)
        for part in self._parts():
            body += inflate(part, limit + 1 - len(body))
            if len(body) > limit:
                return bytes(body)
        if not is_over():
            raise Undecodable(self.url, "it ends too soon")
        return bytes(body)

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

    def _inflating(self) -> tuple[Callable[[bytes, int], bytes], Callable[[], bool]]:
        """What makes at most so many bytes of a part, and tells whether no more are due."""
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            return lambda part, _: part, lambda: True
        if encoding not in ("gzip", "x-gzip"):
            raise Undecodable(self.url, "nobody asked for its encoding")
        inflater = zlib.decompressobj(GZIP)

        def inflate(part: bytes, limit: int) -> bytes:
            if inflater.eof:  # it would keep what follows, and copy all of it each time
                return b""
            try:
                return inflater.decompress(part, limit)
            except zlib.error as error:
                raise Undecodable(self.url, error) from error

        return inflate, lambda: inflater.eof

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
