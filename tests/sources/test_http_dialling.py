"""Calls that are made before there is anything to ask."""

import socket
from threading import Event, Thread

import pytest

from paramtui.sources.http import dialling
from paramtui.sources.http.addresses import place_of
from paramtui.sources.http.dialling import EarlyCalls
from paramtui.sources.http.failures import RequestError
from paramtui.sources.http.meter import Meter
from paramtui.sources.http.wire import Wire
from paramtui.sources.loading import load
from paramtui.sources.progress import Watch
from tests.hub.models import BYTES, single, stored
from tests.hub.script import ok, script
from tests.hub.server import Hub

ASKED = {"accept-encoding": "gzip"}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where calls went to."""
    found: list[object] = []
    dial = socket.create_connection

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        found.append(address)
        return dial(address, timeout)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return found


def test_the_first_request_takes_a_line_that_is_open(dialled: list[object]) -> None:
    with script(ok(b"one"), ok(b"two")) as server:
        early = EarlyCalls(server.address, 1)
        wire = Wire(Meter(Watch(), server.address), early)
        for body in (b"one", b"two"):
            with wire.ask(f"{server.address}/a", ASKED) as response:
                assert bytes(response.read(10)) == body
        wire.close()
        early.close()
    assert len(dialled) == 1


def test_another_place_is_called_by_itself() -> None:
    with script() as hub, script() as files:
        early = EarlyCalls(hub.address, 1)
        there = place_of(files.address)
        assert there is not None
        assert early.take(there) is None
        early.close()


def test_a_call_that_fails_is_told_by_the_request() -> None:
    address = "http://127.0.0.1:9"
    early = EarlyCalls(address, 1)
    asking = Wire(Meter(Watch(), address), early).ask(f"{address}/a", ASKED)
    with pytest.raises(RequestError, match="refused"), asking:
        pass


def test_nobody_is_called_where_a_proxy_is(
    dialled: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    early = EarlyCalls("http://127.0.0.1:9", 2)
    place = place_of("http://127.0.0.1:9")
    assert place is not None
    assert early.take(place) is None
    assert dialled == []


def test_a_line_nobody_wants_is_hung_up_even_when_it_comes_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = socket.socketpair()
    free, asked = Event(), Event()

    def dial(_: object) -> socket.socket:
        asked.set()
        free.wait(5)
        return ours

    monkeypatch.setattr(dialling, "dial", dial)
    early = EarlyCalls("http://127.0.0.1:9", 1)
    assert asked.wait(5)
    closing = Thread(target=early.close)
    closing.start()
    closing.join(5)
    assert not closing.is_alive()
    free.set()
    theirs.settimeout(5)
    assert theirs.recv(1) == b""
    theirs.close()


def test_a_load_calls_no_more_than_it_asks_of(hub: Hub, dialled: list[object]) -> None:
    hub.add(single())
    assert stored(load("org/single")) == BYTES
    assert len(dialled) <= len(hub.seen)
