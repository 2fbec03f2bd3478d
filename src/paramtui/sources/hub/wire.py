"""Every request, redirect and byte between us and the Hub passes here, counted and bounded."""

import ipaddress
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from threading import Event, Lock
from time import monotonic
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import constants, set_client_factory
from huggingface_hub.utils._http import hf_request_event_hook

from paramtui.checkpoint.text import clean
from paramtui.sources.errors import Cancelled, NetworkError, Refused
from paramtui.sources.hub.tls import PatientContext
from paramtui.sources.progress import Watch

THREADS = 32
WIRE_LIMIT = 110_000_000
"""Bytes one load may receive: the largest header the format allows, and some room."""
SIDE_LIMIT = 1_000_000
"""Bytes of the body of a redirect or an error, which say nothing we need."""
PATIENCE = 8.0
"""Seconds without an answer, or with too few bytes, before a request counts as stalled."""
SLOWEST = 2_000
"""Bytes a second below which a response is stalled, unless the whole load is that slow."""
STALL_LIMIT = 8
"""Stalled requests after which the load gives up."""
UNLUCKY_LIMIT = 64
"""Failures in a row after which the load gives up."""
GRACE = 20.0
"""Seconds after which nothing that fails is tried again unless answers came a moment ago."""
SLOW_GRACE = 25.0
"""Seconds after which a load must have been faster than SLOWEST."""
TOO_SLOW = "the Hub answers too slowly", "try again, or use --offline"


@dataclass
class Meter:
    """What one load has sent and received; safe to use from many threads."""

    watch: Watch
    endpoint: str
    requests: int = 0
    bytes: int = 0
    weight_bytes: int = 0
    retries: int = 0
    stalls: int = 0
    answers: int = 0
    failures: int = 0
    unlucky: int = 0
    """Failures since the last answer."""
    waited: float = 0.0
    """Seconds that the Hub asked to wait."""
    closed_until: float = 0.0
    """When the Hub wants to be asked again."""
    over: bool = False
    """Set when the load has ended: whatever still runs then stops."""
    started: float = field(default_factory=monotonic)
    moved: float = field(default_factory=monotonic)
    """When the last good bytes came."""
    under_way: Event = field(default_factory=Event)
    """Set when the first request goes out."""
    lock: Lock = field(default_factory=Lock)

    @property
    def seconds(self) -> float:
        """Since the load began."""
        return monotonic() - self.started

    def check(self) -> None:
        """Raise when the load is cancelled, over, or out of its budget."""
        self.watch.check()
        if self.over:
            raise Cancelled
        if self.stalls >= STALL_LIMIT or self._is_late():
            raise NetworkError(*TOO_SLOW)
        if self.unlucky >= UNLUCKY_LIMIT:
            raise NetworkError("the Hub fails again and again", "try again later")
        if self.bytes > WIRE_LIMIT:
            raise NetworkError(f"the Hub sent more than {WIRE_LIMIT:,} bytes without weights")

    def _is_late(self) -> bool:
        """Whether a long load never moved as fast as a slow line does."""
        seconds = self.seconds - self.waited
        return seconds > SLOW_GRACE and self.bytes < SLOWEST * seconds

    def add(self, **amounts: int) -> None:
        """Add to counters by name."""
        with self.lock:
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)

    def answered(self) -> None:
        """Note that a request was answered well."""
        with self.lock:
            self.answers, self.unlucky, self.moved = self.answers + 1, 0, monotonic()

    def failed(self) -> None:
        """Note that a request has failed; raises when the load has stood still for long."""
        self.add(failures=1, unlucky=1)
        # Not in `check`: a busy machine stands still as well, and no request of it fails.
        still = monotonic() - max(self.moved, self.closed_until)
        if self.seconds - self.waited > GRACE and still > PATIENCE:
            raise NetworkError(*TOO_SLOW)

    def close_for(self, seconds: float) -> float:
        """Let no request begin for so long; returns how long the load then has waited in all."""
        with self.lock:
            now = monotonic()
            before = max(now, self.closed_until)
            self.closed_until = max(before, now + seconds)
            self.waited += self.closed_until - before
            return self.waited


METER: ContextVar[Meter | None] = ContextVar("METER", default=None)
"""The load whose requests this thread makes."""


class Stalled(httpx2.TimeoutException):
    """A response that trickles."""


@cache
def install() -> None:
    """Make the Hub's library use our client, and say nothing on the terminal; once a process."""
    constants.HF_HUB_DISABLE_PROGRESS_BARS = True
    constants.HF_HUB_DISABLE_TELEMETRY = True
    for name in ("huggingface_hub", "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    set_client_factory(new_client)


def new_client() -> httpx2.Client:
    """A client of the kind the Hub's library uses, under our rules."""
    return httpx2.Client(
        verify=PatientContext(),
        follow_redirects=True,
        max_redirects=8,
        event_hooks={
            "request": [hf_request_event_hook, _before_request],
            "response": [_after_response],
        },
    )


def _before_request(request: httpx2.Request) -> None:
    """Count a request or redirect, and keep it and the token where they may go."""
    meter = METER.get()
    if meter is None:
        return
    meter.check()
    url = str(request.url)
    if not may_visit(url, meter.endpoint):
        place = clean(f"{request.url.scheme}://{request.url.host}", 80)
        raise Refused(f"the Hub sent us to {place}, where we do not go")
    if _origin(url) != _origin(meter.endpoint):
        request.headers.pop("authorization", None)
    meter.add(requests=1)
    meter.under_way.set()


def _after_response(response: httpx2.Response) -> None:
    meter = METER.get()
    if meter is None or not isinstance(response.stream, httpx2.SyncByteStream):
        return
    if "content-encoding" in response.headers and _wants_identity(response.request):
        raise Refused("the Hub sent compressed data where plain bytes were asked for")
    good = response.status_code < 300
    limit = WIRE_LIMIT if good else SIDE_LIMIT
    response.stream = _MeteredStream(response.stream, meter, limit, good)


def _wants_identity(request: httpx2.Request) -> bool:
    return request.headers.get("accept-encoding") == "identity"


class _MeteredStream(httpx2.SyncByteStream):
    """A response body that is counted while it comes, and cut when it swells or trickles."""

    def __init__(self, stream: httpx2.SyncByteStream, meter: Meter, limit: int, good: bool) -> None:
        self._stream = stream
        self._meter = meter
        self._limit = limit
        self._good = good

    def __iter__(self) -> Iterator[bytes]:
        meter, began, received = self._meter, monotonic(), 0
        before = meter.bytes
        for part in self._stream:
            received += len(part)
            meter.add(bytes=len(part))
            meter.moved = monotonic() if self._good else meter.moved
            meter.check()
            if received > self._limit:
                raise Refused("the Hub sent a redirect or an error without end")
            elapsed = monotonic() - began
            if elapsed > PATIENCE and max(received, meter.bytes - before) < SLOWEST * elapsed:
                raise Stalled("the response trickles")
            yield part

    def close(self) -> None:
        self._stream.close()


def may_visit(url: str, endpoint: str) -> bool:
    """Whether a redirect may lead to `url`: no other scheme, nothing inside a private network.

    A Hub that is itself in a private network, such as a mirror, may name its neighbours.
    """
    there, home = urlsplit(url), urlsplit(endpoint)
    if there.scheme not in ("https", home.scheme) or there.scheme not in ("https", "http"):
        return False
    return is_private(home.hostname or "") or not is_private(there.hostname or "")


def is_private(host: str) -> bool:
    """Whether `host` is, by its name or number, not on the public internet."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"
