"""Why a request came to nothing, and where: of the connection, of time, or of the answer.

RequestError
├── TimedOut                nothing came in time
│   ├── ConnectTimedOut     not even a connection
│   └── Stalled             too little came
├── Undecodable             what came cannot be decompressed
├── TooManyRedirects
└── StatusError             an answer that says no
"""

# ruff: noqa: N818 - a tree of reasons reads better than a tree of "…Error".

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, IncompleteRead


class RequestError(Exception):
    """A request that came to nothing at `url`."""

    def __init__(self, url: str, reason: object = "") -> None:
        self.url = url
        super().__init__(str(reason))


class TimedOut(RequestError):
    """Nothing came in time."""


class ConnectTimedOut(TimedOut):
    """Nobody took the call in time."""


class Stalled(TimedOut):
    """An answer that trickles."""


class Undecodable(RequestError):
    """An answer that cannot be decompressed."""


class TooManyRedirects(RequestError):
    """Redirects that lead on and on."""


class StatusError(RequestError):
    """An answer with an error status; the Hub's has headers that say why."""

    def __init__(self, url: str, status: int, headers: HTTPMessage) -> None:
        self.status = status
        self.headers = headers
        super().__init__(url, f"status {status}")


@contextmanager
def told(url: str, late: type[TimedOut] = TimedOut) -> Iterator[None]:
    """Turn what a connection to `url` raises into a RequestError."""
    try:
        yield
    except TimeoutError as error:
        raise late(url, error) from error
    except IncompleteRead as error:
        raise RequestError(url, "the answer broke off") from error
    except (OSError, HTTPException, ValueError) as error:
        raise RequestError(url, str(error) or type(error).__name__) from error
