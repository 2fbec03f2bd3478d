"""Addresses: where a request may go, and to whom the token may."""

import ipaddress
from string import punctuation
from urllib.parse import quote, urljoin, urlsplit

from paramtui.named_tuple import NamedTuple

PORTS = {"https": 443, "http": 80}
PRIVATE = (".local", ".localhost", ".internal", ".lan")
"""Ends of names that no public registry gives away."""


class Place(NamedTuple):
    """Who is spoken to: one connection serves all of a place."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        at = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{at}"


def place_of(url: str) -> Place | None:
    """Where `url` leads; None for what is no address of a web server."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()  # as the resolver would
    except ValueError:
        return None
    if not host or parts.scheme not in PORTS:
        return None
    return Place(parts.scheme, host, port or PORTS[parts.scheme])


def target_of(url: str) -> str:
    """What is asked for at the place of `url`, as a request line has it."""
    parts = urlsplit(url)
    return _quoted((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def redirected(url: str, location: str) -> str:
    """Where a redirect at `url` leads; its `location` is text of which each byte is a character."""
    try:
        return urljoin(url, _quoted(location.encode("latin-1")))
    except ValueError:
        return location


def may_visit(url: str, endpoint: str) -> bool:
    """Whether a redirect may lead to `url`: no other scheme, nothing inside a private network.

    A Hub that is itself in a private network, such as a mirror, may name its neighbours.
    """
    there, home = place_of(url), place_of(endpoint)
    if there is None or home is None or there.scheme not in ("https", home.scheme):
        return False
    return is_private(home.host) or not is_private(there.host)


def is_private(host: str) -> bool:
    """Whether `host` is, by its name or number, not on the public internet."""
    host = host.removesuffix(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        # What ends in a number is an address however it is written, such as 127.1.
        numeric = host.rpartition(".")[2][:1].isdigit()
        return numeric or "." not in host or host.endswith(PRIVATE)


def _quoted(text: str | bytes) -> str:
    """The same without spaces, controls and what is not ASCII; what is quoted stays as it is."""
    return quote(text, safe=punctuation)
