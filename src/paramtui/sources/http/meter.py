"""What a load sends and receives, counted, and the bounds it ends at."""

from threading import Event, Lock
from time import monotonic

from paramtui.sources.errors import Cancelled, NetworkError
from paramtui.sources.progress import Watch

WIRE_LIMIT = 110_000_000
"""Bytes one load may receive: the largest header the format allows, and some room."""
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


class Meter:
    """What one load has sent and received; safe to use from many threads."""

    def __init__(
        self, watch: Watch, endpoint: str, *, started: float | None = None, **counts: int
    ) -> None:
        self.watch = watch
        self.endpoint = endpoint
        self.requests = self.bytes = self.weight_bytes = self.retries = self.stalls = 0
        self.answers = self.failures = 0
        self.unlucky = 0
        """Failures since the last answer."""
        self.waited = 0.0
        """Seconds that the Hub asked to wait."""
        self.closed_until = 0.0
        """When the Hub wants to be asked again."""
        self.over = False
        """Set when the load has ended: whatever still runs then stops."""
        self.started = monotonic() if started is None else started
        self.moved = monotonic()
        """When the last good bytes came."""
        self.under_way = Event()
        """Set when the first request goes out."""
        self.lock = Lock()
        self.add(**counts)

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
