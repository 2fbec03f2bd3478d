"""The proxy a connection goes through, as the environment or the system names it."""

import os
import sys
from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from paramtui.sources.errors import NetworkError
from paramtui.sources.hub.addresses import Place


class Proxy(NamedTuple):
    """A proxy, and what it wants to see of its users."""

    host: str
    port: int
    headers: Mapping[str, str]


def proxies() -> Mapping[str, str]:
    """Addresses of proxies, by the scheme of what goes through them, `all` for any."""
    known_to_system = sys.platform in ("darwin", "win32")
    if not known_to_system and not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    from urllib.request import getproxies  # as long as a module of its own takes: not for nobody

    return getproxies()


def proxy_of(place: Place) -> Proxy | None:
    """The proxy on the way to `place`; raises NetworkError for a kind that is not supported."""
    named = proxies()
    address = named.get(place.scheme) or named.get("all")
    if not address:
        return None
    from urllib.request import proxy_bypass

    if proxy_bypass(f"{place.host}:{place.port}"):
        return None
    address = address if "://" in address else f"http://{address}"
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        kind = f"a proxy of the kind {parts.scheme}://" if parts.scheme != "http" else "this proxy"
        raise NetworkError(f"{kind} cannot be used", "name one as http://HOST:PORT in HTTPS_PROXY")
    return Proxy(parts.hostname, parts.port or 80, basic("Proxy-Authorization", address))


def basic(header: str, address: str) -> Mapping[str, str]:
    """The header with the user and password of an address; none where it has none (RFC 7617)."""
    parts = urlsplit(address)
    if not parts.username and not parts.password:
        return {}
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {header: f"Basic {b64encode(pair.encode()).decode()}"}
