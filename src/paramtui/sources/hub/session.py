"""Requests of one load: authorised, retried, read in bounds."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import ceil
from random import random
from time import monotonic
from typing import TypeVar
from urllib.parse import quote

import httpx2
from huggingface_hub import constants

from paramtui.sources.errors import RateLimited, Refused, SourceError
from paramtui.sources.hub.account import request_headers
from paramtui.sources.hub.errors import STATUS_ERRORS, InvalidToken
from paramtui.sources.hub.retry import SPAN, asked_wait, backoff, is_final, next_address, tries
from paramtui.sources.hub.wire import METER, PATIENCE, Meter, new_client
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HUB

LONGEST_WAIT = 20
"""Seconds that one load waits, all in all, when the Hub asks to."""
JSON_LIMIT = 64_000_000
"""Bytes of a JSON body, inflated."""

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
        return self._try(url, lambda at: self._get(at, limit))

    def get_range(self, url: str, start: int, stop: int) -> tuple[bytes, int, str]:
        """Bytes `start` to `stop`, the size of the whole file, and the address that had them."""
        return self._try(url, lambda at: self._get_range(at, start, stop))

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

    def _try(self, url: str, request: Callable[[str], Result]) -> Result:
        """Make a request again, a little later, when trying again can help."""
        METER.set(self.meter)
        began, address, failed = monotonic(), url, 0
        while True:
            self._wait_for_turn()
            try:
                result = request(address)
            except (httpx2.RequestError, *STATUS_ERRORS) as error:
                if self._asks_to_wait(error):
                    continue
                if address != url and is_final(error):
                    address = url  # a signed address may have expired
                    continue
                failed += 1
                self._check_worth(error, failed, monotonic() - began)
                address = next_address(url, failed, error)
            else:
                self.meter.answered()
                return result
            self.meter.add(retries=1)
            self._pause(backoff(failed))

    def _check_worth(self, error: Exception, failed: int, seconds: float) -> None:
        """Raise the error of a request that has failed often, or for good."""
        meter = self.meter
        if is_final(error):
            raise error
        meter.failed()
        if failed >= tries(meter, failed) or seconds > SPAN:
            raise error
        if isinstance(error, httpx2.TimeoutException):
            meter.add(stalls=1)
            if isinstance(error, httpx2.ConnectTimeout) and meter.bytes == 0:
                raise error
            if failed > 1 or meter.seconds > PATIENCE + 2:
                raise error

    def _asks_to_wait(self, error: Exception) -> bool:
        """Whether the Hub asks to wait, and nobody asks it anything until then."""
        seconds = asked_wait(error.response) if isinstance(error, STATUS_ERRORS) else 0.0
        if not seconds:
            return False
        if self.meter.close_for(seconds) > LONGEST_WAIT:
            raise RateLimited(
                f"the Hub asks to wait {seconds:.0f} seconds",
                "try again then, or log in: hf auth login",
            )
        self.meter.add(retries=1)
        return True

    def _wait_for_turn(self) -> None:
        while (seconds := self.meter.closed_until - monotonic()) > 0:
            self.watch.report(f"waiting {ceil(seconds)} s, as the Hub asks")
            # Not all at the same moment: the Hub would soon ask again.
            self._pause(min(seconds, 1.0) + 0.2 * random())  # noqa: S311 - nothing secret

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


_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")
