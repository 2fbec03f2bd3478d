"""When a request is made again: how often, after how long, from where, and when no more."""

import re
from math import ceil, log
from random import random

from paramtui.sources.http.failures import RequestError, StatusError, TooManyRedirects
from paramtui.sources.http.meter import Meter

TRIES = 6
"""Tries of a request where nothing else fails."""
MOST_TRIES = 14
FIRST_TRIES = 3
"""Tries to connect while the Hub has not answered once."""
RARE = 1e-5
"""Chance of giving up a request that only had bad luck."""
SPAN = 15.0
"""Seconds after the first try in which further ones may begin."""
BACKOFF = 0.2
"""Seconds before the second try, doubled before each further one."""
LONGEST_BACKOFF = 1.0
RETRIED = (408, 425, 429, 500, 502, 503, 504)
FROM_THE_START = 3
"""Every so many tries the Hub is asked anew where a file is."""


def is_final(error: RequestError) -> bool:
    """Whether another try would fail as this one did."""
    if isinstance(error, StatusError):
        return error.status not in RETRIED
    return isinstance(error, TooManyRedirects) or "certificate" in str(error).lower()


def tries(meter: Meter, failed: int) -> int:
    """Tries a request is worth that has failed so many times.

    As many as it takes to make failing every time rare, at the share of the other requests that
    fail: where the whole Hub is in trouble, more than for one file that is broken.
    """
    if not meter.bytes:
        return FIRST_TRIES
    others = meter.failures - failed
    if not meter.answers or others <= 0:
        return TRIES
    chance = others / (others + meter.answers)
    return max(TRIES, min(MOST_TRIES, ceil(log(RARE) / log(chance))))


def backoff(failed: int) -> float:
    """Seconds before the next try of a request that has failed so many times."""
    jitter = 0.5 + random()  # noqa: S311 - nothing secret
    return jitter * min(LONGEST_BACKOFF, BACKOFF * 2.0 ** (failed - 1))


def next_address(url: str, failed: int, error: RequestError) -> str:
    """Where to ask next: mostly where it failed, which a redirect had led to."""
    return url if failed % FROM_THE_START == 0 else error.url


def asked_wait(error: StatusError) -> float:
    """Seconds a 429 asks to wait: `RateLimit: "api";r=0;t=12` or `Retry-After: 12`."""
    if error.status != 429:
        return 0.0
    asked = _RATE_LIMIT.search(error.headers.get("ratelimit", ""))
    seconds = asked[1] if asked else error.headers.get("retry-after", "")
    return float(seconds) if re.fullmatch(r"\d{1,6}", seconds) else 0.0


_RATE_LIMIT = re.compile(r"r=0;\s*t=(\d{1,6})")
