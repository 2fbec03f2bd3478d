"""Requests of one load: authorised, retried, read in bounds."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import random
from typing import TypeVar
from urllib.parse import quote

import httpx2
from huggingface_hub import constants

from paramtui.sources.errors import RateLimited, Refused, SourceError
from paramtui.sources.hub.account import request_headers
from paramtui.sources.hub.errors import STATUS_ERRORS, InvalidToken
from paramtui.sources.hub.wire import METER, PATIENCE, Meter, new_client
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HUB

TRIES = 6
BACKOFF = 0.2
"""Seconds before the second try, doubled before each further one."""
LONGEST_BACKOFF = 2.0
FIRST_TRIES = 3
"""Tries to connect while the Hub has not answered once."""
LONGEST_WAIT = 20
"""Seconds we wait when the Hub asks to."""
JSON_LIMIT = 64_000_000
"""Bytes of a JSON body, inflated."""
RETRIED = (408, 425, 429, 500, 502, 503, 504)

Result = TypeVar("Result")


class HubSession:
    """The Hub as one load uses it."""

    def __init__(self, watch: Watch, token: bool | None = None) -> None:
        self.watch = watch
        self.endpoint = constants.ENDPOINT or HUB
        self.meter = Meter(watch, self.endpoint)
        self.anonymous = token is False
        self._headers = request_headers(anonymous=self.anonymous)
        self._idle: list[httpx2.Client] = []
        authorization = self._headers.get("authorization", "")
        if not (authorization.isascii() and authorization.isprintable()):
            raise InvalidToken("the saved token has characters no token has", "hf auth login")

    def file_url(self, repository: str, revision: str, path: str) -> str:
        """The address of a file's content."""
        return f"{self.endpoint}/{repository}/resolve/{quote(revision, safe='')}/{quote(path)}"

    def get(self, url: str, limit: int = JSON_LIMIT) -> bytes:
        """The body at `url`, at most `limit` bytes of it, inflated."""
        return self._try(lambda: self._get(url, limit))

    def get_range(self, url: str, start: int, stop: int) -> tuple[bytes, int, str]:
        """Bytes `start` to `stop`, the size of the whole file, and the address that had them."""
        return self._try(lambda: self._get_range(url, start, stop))

    def _get(self, url: str, limit: int) -> bytes:
        body = bytearray()
        with self._stream(url, self._headers) as response:
            _check(response)
            for part in response.iter_bytes():
                body += part
                if len(body) > limit:
                    raise Refused(f"the Hub sent more than {limit:,} bytes where JSON was due")
        return bytes(body)

    def _get_range(self, url: str, start: int, stop: int) -> tuple[bytes, int, str]:
        headers = {**self._headers, "Range": f"bytes={start}-{stop - 1}"}
        headers["Accept-Encoding"] = "identity"
        body = bytearray()
        with self._stream(url, headers) as response:
            _check(response)
            size = _range_size(response, start, stop)
            for part in response.iter_raw():
                body += part
                if len(body) > stop - start:
                    self.meter.add(weight_bytes=len(body) - (stop - start))
                    raise Refused("the server sent more bytes than it was asked for")
        if len(body) < stop - start:
            raise httpx2.RemoteProtocolError("the answer broke off")
        return bytes(body), size, str(response.url)

    def close(self) -> None:
        """Drop all connections; whatever still runs stops."""
        self.meter.over = True
        while (client := self._take()) is not None:
            client.close()

    def _take(self) -> httpx2.Client | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    @contextmanager
    def _stream(self, url: str, headers: dict[str, str]) -> Iterator[httpx2.Response]:
        # A client for each request at a time: one pool for all threads looks at each of its
        # connections at every request, which takes longer than the request.
        client = self._take() or new_client()
        try:
            with client.stream("GET", url, headers=headers, timeout=_timeout()) as response:
                yield response
        finally:
            self._idle.append(client)
            if self.meter.over:
                self.close()

    def _try(self, request: Callable[[], Result]) -> Result:
        """Make a request again, a little later, when trying again can help."""
        METER.set(self.meter)
        attempt = 0
        while True:
            attempt += 1
            try:
                return request()
            except httpx2.TimeoutException as error:
                self._stalled(error, attempt)
            except httpx2.TransportError as error:
                known = self.meter.bytes > 0
                if attempt >= (TRIES if known else FIRST_TRIES) or _is_final(error):
                    raise
            except STATUS_ERRORS as error:
                if attempt >= TRIES or error.response.status_code not in RETRIED:
                    raise
                self._wait_as_asked(_asked_wait(error.response))
            self.meter.add(retries=1)
            jitter = 0.5 + random()  # noqa: S311 - nothing secret
            self._pause(jitter * min(LONGEST_BACKOFF, BACKOFF * 2 ** (attempt - 1)))

    def _stalled(self, error: Exception, attempt: int) -> None:
        self.meter.add(stalls=1)
        if isinstance(error, httpx2.ConnectTimeout) and self.meter.bytes == 0:
            raise error
        if attempt > 1 or self.meter.seconds > PATIENCE + 2:
            raise error

    def _wait_as_asked(self, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            raise RateLimited(
                f"the Hub asks to wait {seconds:.0f} seconds",
                "try again then, or log in: hf auth login",
            )
        if seconds:
            self.watch.report(f"waiting {seconds:.0f} s, as the Hub asks")
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        self.watch.cancelled.wait(seconds)
        self.meter.check()


def _timeout() -> httpx2.Timeout:
    return httpx2.Timeout(PATIENCE, connect=min(4.0, PATIENCE))


def _check(response: httpx2.Response) -> None:
    """Raise for an error status with the class the Hub's library gives it."""
    if response.status_code < 400:
        return
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, lazily exported
        hf_raise_for_status,
    )

    try:
        hf_raise_for_status(response)
    except (httpx2.HTTPError, SourceError):
        raise
    except Exception:  # an error body of an unexpected form
        response.raise_for_status()


def _range_size(response: httpx2.Response, start: int, stop: int) -> int:
    """The size of the whole file, when the answer is exactly the bytes that were asked for."""
    if response.status_code != 206:
        raise Refused("the server ignores ranges and would send the weights")
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if match is None or (int(match[1]), int(match[2])) != (start, stop - 1):
        raise Refused("the server sent other bytes than it was asked for")
    return int(match[3])


def _is_final(error: Exception) -> bool:
    return isinstance(error, (httpx2.UnsupportedProtocol, httpx2.TooManyRedirects)) or (
        "certificate" in str(error).lower()
    )


def _asked_wait(response: httpx2.Response) -> float:
    """Seconds a 429 asks to wait: `RateLimit: "api";r=0;t=12` or `Retry-After: 12`."""
    if response.status_code != 429:
        return 0.0
    asked = _RATE_LIMIT.search(response.headers.get("ratelimit", ""))
    seconds = asked[1] if asked else response.headers.get("retry-after", "")
    return float(seconds) if re.fullmatch(r"\d{1,6}", seconds) else 0.0


_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")
_RATE_LIMIT = re.compile(r"r=0;\s*t=(\d{1,6})")
