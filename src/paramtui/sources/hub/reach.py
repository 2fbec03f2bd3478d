"""Whether the network answers at all, found out while the first request is under way."""

from __future__ import annotations

import socket

from paramtui.sources.background import Future, first_done, start
from paramtui.sources.errors import NetworkError
from paramtui.sources.http.addresses import place_of
from paramtui.sources.http.proxies import proxy_address
from paramtui.sources.hub.errors import RETRY
from paramtui.sources.progress import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SOON = 4.5
"""Seconds in which the name of the Hub must be found."""


def check_network(first: Future[Any], endpoint: str, watch: Watch) -> None:
    """Raise NetworkError when nobody says in time where the Hub is, unless `first` has ended.

    The system's resolver takes no deadline, and may wait minutes for a network that is gone.
    """
    place = place_of(endpoint)
    if place is None or proxy_address(place):  # the proxy looks it up
        return
    found = start(lambda: socket.getaddrinfo(place.host, None))
    if first_done((first, found), watch, SOON) is None:
        raise NetworkError(f"cannot reach {place.host}: its address cannot be found", RETRY)
