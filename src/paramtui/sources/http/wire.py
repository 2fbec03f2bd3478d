"""Every request and redirect between us and the Hub passes here, counted and bounded.

The client is Python's own: docs/decisions/032 has the measurements.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from huggingface_hub import constants

from paramtui.checkpoint.text import clean
from paramtui.sources.errors import Offline, Refused
from paramtui.sources.http.addresses import Place, may_visit, place_of
from paramtui.sources.http.connections import Connection
from paramtui.sources.http.dialling import EarlyCalls
from paramtui.sources.http.failures import ConnectTimedOut, TooManyRedirects, told
from paramtui.sources.http.meter import Meter
from paramtui.sources.http.response import Response

THREADS = 32
MOST_REDIRECTS = 8


class Wire:
    """The connections of one load; any thread may ask."""

    def __init__(self, meter: Meter, early: EarlyCalls | None = None) -> None:
        self._meter = meter
        self._early = early
        self._home = place_of(meter.endpoint)
        self._idle: defaultdict[Place, list[Connection]] = defaultdict(list)

    @contextmanager
    def ask(
        self, url: str, headers: Mapping[str, str], *, head: bool = False
    ) -> Iterator[Response]:
        """The answer at `url`, or where that redirects to; raises RequestError or NetworkError.

        Of an answer's `head` alone, a redirect away from the Hub is what was asked for.
        """
        for _ in range(MOST_REDIRECTS + 1):
            connection = self._connected(self._check(url), url)
            response = None
            try:
                response = self._send(connection, url, headers, "HEAD" if head else "GET")
                leads_to = response.leads_to
                if leads_to is None or (head and place_of(leads_to) != self._home):
                    yield response
                    return
                response.skip()
            finally:
                self._give_back(connection, response)
            url = leads_to
        raise TooManyRedirects(url)

    def close(self) -> None:
        """Drop the connections that nobody uses; the others are when they are given back."""
        for place in list(self._idle):
            while (connection := self._take(place)) is not None:
                connection.close()

    def _check(self, url: str) -> Place:
        """Where `url` leads, if we may go there; the request is counted."""
        self._meter.check()
        if constants.is_offline_mode():
            raise Offline("the network is switched off by HF_HUB_OFFLINE")
        place = place_of(url)
        if place is None or not may_visit(url, self._meter.endpoint):
            shown = clean(str(place or url.partition("?")[0]), 80)
            raise Refused(f"the Hub sent us to {shown}, where we do not go")
        self._meter.add(requests=1)
        self._meter.under_way.set()
        return place

    def _connected(self, place: Place, url: str) -> Connection:
        """A connection to `place`: one that was used before where there is one."""
        while (kept := self._take(place)) is not None:
            if kept.is_usable():
                return kept
            kept.close()
        with told(url, late=ConnectTimedOut):
            connection = Connection(place, self._early)
            try:
                connection.connect()
            except BaseException:
                connection.close()
                raise
        return connection

    def _take(self, place: Place) -> Connection | None:
        with suppress(IndexError):
            return self._idle[place].pop()
        return None

    def _send(
        self, connection: Connection, url: str, headers: Mapping[str, str], method: str
    ) -> Response:
        """Make one request, with the token only where that belongs."""
        if connection.place != self._home:
            headers = {name: headers[name] for name in headers if name != "authorization"}
        with told(url):
            response = connection.ask(url, headers, method)
        if "content-encoding" in response.headers and headers["accept-encoding"] == "identity":
            raise Refused("the Hub sent compressed data where plain bytes were asked for")
        return Response(url, response, self._meter)

    def _give_back(self, connection: Connection, response: Response | None) -> None:
        if response is not None:
            response.close()
        if response is None or not response.whole:
            connection.close()
            return
        self._idle[connection.place].append(connection)
        if self._meter.over:  # perhaps only now, when no other thread will close it
            self.close()
