"""The proxy a connection goes through, as the environment or the system names it."""

import os
import sys
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from paramtui.named_tuple import NamedTuple
from paramtui.sources.errors import NetworkError
from paramtui.sources.http.addresses import Place


class Proxy(NamedTuple):
    """A proxy, and what it wants to see of its users."""

    host: str
    port: int
    headers: Mapping[str, str]


def proxy_address(place: Place) -> str | None:
    """The address of the proxy on the way to `place`; None where there is none."""
    known_to_system = sys.platform in ("darwin", "win32")
    if not known_to_system and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    # As long as a module of its own takes: not for nobody.
    from urllib.request import getproxies, proxy_bypass

    named = getproxies()
    address = named.get(place.scheme) or named.get("all")
    if not address or proxy_bypass(f"{place.host}:{place.port}"):
        return None
    excepted = any(_covers(name.strip(), place.host) for name in named.get("no", "").split(","))
    return None if excepted else address


def _covers(name: str, host: str) -> bool:
    """Whether an entry of NO_PROXY of a kind `urllib` does not know covers `host`."""
    if name.startswith("*"):
        return host.endswith(name[1:].lower())
    try:
        return ip_address(host) in ip_network(name.strip("[]"), strict=False)
    except ValueError:
        return False


def proxy_of(place: Place) -> Proxy | None:
    """The proxy on the way to `place`; raises NetworkError for one that cannot be used."""
    address = proxy_address(place)
    if address is None:
        return None
    address = address if "://" in address else f"http://{address}"
    told = "the proxy's address cannot be used"
    with suppress(ValueError):  # whose words might tell the password
        parts = urlsplit(address)
        if parts.scheme != "http":
            told = f"a proxy of the kind {parts.scheme}:// cannot be used"
        elif parts.hostname:
            port = parts.port or 80
            return Proxy(parts.hostname, port, basic("Proxy-Authorization", address))
    raise NetworkError(told, "name one as http://HOST:PORT in HTTPS_PROXY")


def basic(header: str, address: str) -> Mapping[str, str]:
    """The header with the user and password of an address; none where it has none (RFC 7617)."""
    parts = urlsplit(address)
    if not parts.username and not parts.password:
        return {}
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {header: f"Basic {b64encode(pair.encode()).decode()}"}
