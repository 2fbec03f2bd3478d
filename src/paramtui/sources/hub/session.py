"""Requests of one load: authorised, retried, read in bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import ceil
from random import random
from time import monotonic
from urllib.parse import quote

from huggingface_hub import constants

from paramtui.sources.errors import RateLimited, Refused
from paramtui.sources.http.dialling import EarlyCalls
from paramtui.sources.http.failures import (
    ConnectTimedOut,
    RequestError,
    StatusError,
    TimedOut,
)
from paramtui.sources.http.meter import PATIENCE, Meter
from paramtui.sources.http.proxies import basic
from paramtui.sources.http.response import Look, Response
from paramtui.sources.http.wire import Wire
from paramtui.sources.hub.account import request_headers
from paramtui.sources.hub.errors import InvalidToken
from paramtui.sources.hub.retry import SPAN, asked_wait, backoff, is_final, next_address, tries
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HUB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Result = TypeVar("Result")

LONGEST_WAIT = 20
"""Seconds that one load waits, all in all, when the Hub asks to."""
JSON_LIMIT = 64_000_000
"""Bytes of a JSON body, inflated."""


class HubSession:
    """The Hub as one load uses it."""

    def __init__(
        self, watch: Watch, token: bool | None = None, early: EarlyCalls | None = None
    ) -> None:
        self.watch = watch
        self.endpoint = constants.ENDPOINT or HUB
        self.meter = Meter(watch, self.endpoint)
        self.anonymous = token is False
        self._wire = Wire(self.meter, early)
        headers = request_headers(anonymous=self.anonymous)
        self._headers = {**headers, **basic("authorization", self.endpoint)}
        authorization = self._headers.get("authorization", "")
        if not (authorization.isascii() and authorization.isprintable()):
            raise InvalidToken("the saved token has characters no token has", "hf auth login")

    def file_url(self, repository: str, revision: str, path: str) -> str:
        """The address of a file's content."""
        return f"{self.endpoint}/{repository}/resolve/{quote(revision, safe='')}/{quote(path)}"

    def get(self, url: str, limit: int = JSON_LIMIT) -> bytes:
        """The body at `url`, at most `limit` bytes of it, inflated."""
        return bytes(self._try(url, lambda at: self._get(at, limit)))

    def watch_get(self, url: str, limit: int, look: Look) -> bytearray:
        """The same, and `look` is shown the body of each try while it grows."""
        return self._try(url, lambda at: self._get(at, limit, look))

    def get_range(
        self, url: str, start: int, stop: int, place: str | None = None
    ) -> tuple[bytes, int, str]:
        """Bytes `start` to `stop`, the size of the whole file, and the address that had them.

        `place` is where the file is, if that is known.
        """
        return self._try(url, lambda at: self._get_range(at, start, stop), place)

    def locate(self, url: str) -> str | None:
        """Where the Hub redirects to for a file, asked once; None where it has the file itself.

        Not for a range: some places are signed for the one that was asked for.
        """
        self._wait_for_turn()
        headers = {**self._headers, "accept-encoding": "identity"}
        try:
            with self._wire.ask(url, headers, head=True) as response:
                response.skip()
                if response.leads_to is None:
                    _check(response)
        except RequestError as error:
            if not self._asks_to_wait(error) and not is_final(error):
                self.meter.failed()
                self.meter.add(stalls=int(isinstance(error, TimedOut)))
            raise
        self.meter.answered()
        return response.leads_to

    def _get(self, url: str, limit: int, look: Look | None = None) -> bytearray:
        with self._wire.ask(url, {**self._headers, "accept-encoding": "gzip"}) as response:
            _check(response)
            body = response.read(limit, look)
        if len(body) > limit:
            raise Refused(f"the Hub sent more than {limit:,} bytes where JSON was due")
        return body

    def _get_range(self, url: str, start: int, stop: int) -> tuple[bytes, int, str]:
        headers = {**self._headers, "range": f"bytes={start}-{stop - 1}"}
        headers["accept-encoding"] = "identity"
        with self._wire.ask(url, headers) as response:
            _check(response)
            size = _range_size(response, start, stop)
            body = bytes(response.read(stop - start))
        if len(body) > stop - start:
            self.meter.add(weight_bytes=len(body) - (stop - start))
            raise Refused("the server sent more bytes than it was asked for")
        if len(body) < stop - start:
            raise RequestError(response.url, "the answer broke off")
        return body, size, response.url

    def close(self) -> None:
        """Drop all connections; whatever still runs stops."""
        self.meter.over = True
        self._wire.close()

    def _try(self, url: str, request: Callable[[str], Result], place: str | None = None) -> Result:
        """Make a request again, a little later, when trying again can help."""
        began, address, failed = monotonic(), place or url, 0
        while True:
            self._wait_for_turn()
            try:
                result = request(address)
            except RequestError as error:
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

    def _check_worth(self, error: RequestError, failed: int, seconds: float) -> None:
        """Raise the error of a request that has failed often, or for good."""
        meter = self.meter
        if is_final(error):
            raise error
        meter.failed()
        if failed >= tries(meter, failed) or seconds > SPAN:
            raise error
        if isinstance(error, TimedOut):
            meter.add(stalls=1)
            if isinstance(error, ConnectTimedOut) and meter.bytes == 0:
                raise error
            if failed > 1 or meter.seconds > PATIENCE + 2:
                raise error

    def _asks_to_wait(self, error: RequestError) -> bool:
        """Whether the Hub asks to wait, and nobody asks it anything until then."""
        seconds = asked_wait(error) if isinstance(error, StatusError) else 0.0
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


def _check(response: Response) -> None:
    """Raise StatusError unless the answer is a good one."""
    if not 200 <= response.status < 300:
        response.skip()
        raise StatusError(response.url, response.status, response.headers)


def _range_size(response: Response, start: int, stop: int) -> int:
    """The size of the whole file, when the answer is exactly the bytes that were asked for."""
    if response.status != 206:
        raise Refused("the server ignores ranges and would send the weights")
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if match is None or (int(match[1]), int(match[2])) != (start, stop - 1):
        raise Refused("the server sent other bytes than it was asked for")
    return int(match[3])


_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")
