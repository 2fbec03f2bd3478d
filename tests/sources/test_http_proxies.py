"""Which proxy is on the way to a place, and which cannot be."""

import pytest

from paramtui.sources.errors import NetworkError
from paramtui.sources.http.addresses import Place, place_of
from paramtui.sources.http.proxies import proxy_address, proxy_of

PROXY = "http://proxy.example.org:3128"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def place(url: str) -> Place:
    found = place_of(url)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "url", "used"),
    [
        ("HTTPS_PROXY", "https://hub.example.org", True),
        ("https_proxy", "https://hub.example.org", True),
        ("HTTPS_PROXY", "http://hub.example.org", False),
        ("http_proxy", "http://hub.example.org", True),
        ("ALL_PROXY", "https://hub.example.org", True),
        ("NO_PROXY", "https://hub.example.org", False),
    ],
)
def test_a_proxy_is_named_by_what_goes_through_it(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, used: bool
) -> None:
    monkeypatch.setenv(name, PROXY)
    assert proxy_address(place(url)) == (PROXY if used else None)


@pytest.mark.parametrize(
    ("names", "url", "direct"),
    [
        ("*", "https://hub.example.org", True),
        ("localhost, *", "https://hub.example.org", True),
        ("example.org", "https://hub.example.org", True),
        (".example.org", "https://hub.example.org", True),
        ("*.Example.org", "https://hub.example.org", True),
        ("*.example.org", "https://example.org", False),
        ("ample.org", "https://example.org", False),
        ("hub.example.org:8443", "https://hub.example.org:8443", True),
        ("hub.example.org:8443", "https://hub.example.org", False),
        ("10.0.0.5", "http://10.0.0.5:8080", True),
        ("localhost,10.0.0.0/8", "http://10.0.0.5:8080", True),
        ("10.0.0.0/8", "http://11.0.0.5", False),
        ("10.0.0.0/8", "https://hub.example.org", False),
        ("[fd00::1]", "http://[fd00::1]:8080", True),
        ("fd00::/8", "http://[fd00::1]", True),
        ("fd00::/8", "http://10.0.0.5", False),
        (",10.0.0.0/99,:,[", "http://10.0.0.5", False),
    ],
)
def test_some_places_need_no_proxy(
    monkeypatch: pytest.MonkeyPatch, names: str, url: str, direct: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", names)
    assert (proxy_address(place(url)) is None) is direct


@pytest.mark.parametrize("kind", ["socks5", "https"])
def test_other_kinds_of_proxies_are_told(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{kind}://me:secret@proxy.example.org:9")
    with pytest.raises(NetworkError, match=f"kind {kind}:// cannot be used") as raised:
        proxy_of(place("https://hub.example.org"))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    ["http://", "http://[::1", "http://me:se/cret@proxy.example.org", "proxy.example.org:99999"],
)
def test_an_address_that_is_none_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    with pytest.raises(NetworkError, match=r"^the proxy's address cannot be used$"):
        proxy_of(place("https://hub.example.org"))


def test_a_proxy_may_be_named_without_a_kind_and_with_a_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "me:p%40ss@[::1]:3128")
    found = proxy_of(place("https://hub.example.org"))
    assert found == ("::1", 3128, {"Proxy-Authorization": "Basic bWU6cEBzcw=="})
