"""Requests and redirects as they go over a socket, and what a server makes of them."""

import gzip
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time

import pytest
from huggingface_hub import constants

from paramtui.sources.errors import Offline, Refused
from paramtui.sources.http.failures import (
    ConnectTimedOut,
    RequestError,
    TimedOut,
    TooManyRedirects,
    Undecodable,
)
from paramtui.sources.http.meter import Meter
from paramtui.sources.http.response import PIECE
from paramtui.sources.http.wire import MOST_REDIRECTS, Wire
from paramtui.sources.progress import Watch
from tests.hub.script import HEAD_END, Script, ok, script

PACKED = gzip.compress(b"packed", mtime=0)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + HEAD_END
ASKED = {"authorization": "Bearer hf_secret", "accept-encoding": "gzip"}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@contextmanager
def wire_to(server: Script) -> Iterator[Wire]:
    wire = Wire(Meter(Watch(), server.address))
    try:
        yield wire
    finally:
        wire.close()


def read(wire: Wire, url: str, limit: int = 1000) -> bytes:
    with wire.ask(url, ASKED) as response:
        return bytes(response.read(limit))


def read_one(*answers: bytes | None, limit: int = 1000) -> bytes:
    with script(*answers) as server, wire_to(server) as wire:
        return read(wire, f"{server.address}/a", limit)


def test_a_connection_serves_again() -> None:
    with script(ok(b"one"), ok(b"two")) as server, wire_to(server) as wire:
        assert [read(wire, f"{server.address}/{name}") for name in "ab"] == [b"one", b"two"]
        assert server.connections == 1


@pytest.mark.parametrize("interim", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_interim_answers_are_none(interim: str) -> None:
    first = f"HTTP/1.1 {interim}\r\nLink: </style.css>".encode() + HEAD_END
    with script(first * 2 + ok(b"one"), ok(b"two")) as server, wire_to(server) as wire:
        assert [read(wire, f"{server.address}/{name}") for name in "ab"] == [b"one", b"two"]
        assert server.connections == 1


def test_a_connection_that_was_hung_up_is_made_anew() -> None:
    with script(ok(b"one") + b"too much", None, ok(b"two")) as server, wire_to(server) as wire:
        assert read(wire, f"{server.address}/a") == b"one"
        with pytest.raises(RequestError):
            read(wire, f"{server.address}/b")
        assert read(wire, f"{server.address}/c") == b"two"


class Ending(Meter):
    """A load that ends just after a thread has looked whether it has."""

    ends: Callable[[], None] | None = None
    _over = False

    @property
    def over(self) -> bool:
        was, self._over = self._over, self._over or self.ends is not None
        if self.ends is not None:
            self.ends()
        return was

    @over.setter
    def over(self, over: bool) -> None:
        self._over = over


def test_a_connection_that_is_given_back_as_the_load_ends_is_closed() -> None:
    with script(ok(b"one"), ok(b"two")) as server:
        meter = Ending(Watch(), server.address)
        wire = Wire(meter)
        with wire.ask(f"{server.address}/a", ASKED) as response:
            assert response.read(1000) == b"one"
            meter.ends = wire.close
        meter.ends, meter.over = None, False
        assert read(wire, f"{server.address}/b") == b"two"
        assert server.connections == 2
        wire.close()


def test_what_is_left_unread_is_no_answer_to_another_request() -> None:
    with script(ok(b"x" * 100_000), ok(b"two")) as server, wire_to(server) as wire:
        assert len(read(wire, f"{server.address}/a", limit=10)) > 10
        assert read(wire, f"{server.address}/b") == b"two"
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (ok(b""), b""),
        (ok(PACKED, "Content-Encoding: gzip"), b"packed"),
        (ok(b"plain", "Content-Encoding: identity"), b"plain"),
        (CHUNKED + b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nX: y\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\nConnection: close" + HEAD_END + b"to the end", b"to the end"),
    ],
)  # fmt: skip
def test_bodies_come_in_all_the_ways_of_the_protocol(answer: bytes, body: bytes) -> None:
    assert read_one(answer) == body


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (ok(PACKED[:-9], "Content-Encoding: gzip"), Undecodable, "too soon"),
        (ok(b"plain", "Content-Encoding: gzip"), Undecodable, "header"),
        (ok(b"plain", "Content-Encoding: br"), Undecodable, "nobody asked"),
        (ok(zlib.compress(b"x"), "Content-Encoding: gzip, gzip"), Undecodable, "nobody asked"),
        (CHUNKED + b"zz\r\n", RequestError, "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", RequestError, "SSH"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", RequestError, "headers"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + HEAD_END, RequestError, "line"),
    ],
)
def test_what_is_no_answer_is_told(answer: bytes, error: type[RequestError], told: str) -> None:
    with pytest.raises(error, match=told):
        read_one(answer)


def test_an_answer_that_breaks_off_is_told() -> None:
    with pytest.raises(RequestError, match="broke off"):
        read_one(ok(b"x" * 50, "Connection: close")[:-20])


def test_no_more_is_inflated_than_is_wanted() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    inflated = len(read_one(ok(bomb, "Content-Encoding: gzip"), limit=1000))
    assert 1000 < inflated <= 1000 + PIECE


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_all_that_is_packed_is_inflated(size: int) -> None:
    for body in (bytes(size), bytes(n * n % 251 for n in range(size))):
        packed = gzip.compress(body)
        assert read_one(ok(packed, "Content-Encoding: gzip"), limit=size) == body
        with pytest.raises(Undecodable, match="ends too soon"):
            read_one(ok(packed[:-1], "Content-Encoding: gzip"), limit=size)


def test_what_follows_the_end_of_what_is_packed_costs_nothing() -> None:
    began = process_time()
    assert read_one(ok(PACKED + bytes(30_000_000), "Content-Encoding: gzip")) == b"packed"
    assert process_time() - began < 2.5


@pytest.mark.usefixtures("impatient")
def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with pytest.raises(TimedOut):
        read_one(b"")


@pytest.mark.usefixtures("impatient")
def test_a_head_that_trickles_is_cut() -> None:
    with script(ok(), pause=0.02) as server, wire_to(server) as wire:
        with pytest.raises(TimedOut, match="trickles"):
            read(wire, f"{server.address}/a")
        assert server.connections == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("rest", [b"0" * 300, b"2\r\nok\r\n0\r\n" + b"X: y\r\n" * 50])
def test_a_chunk_that_trickles_is_cut(rest: bytes) -> None:
    slow = script(CHUNKED + rest, pause=0.02, at_once=len(CHUNKED))
    with slow as server, wire_to(server) as wire, pytest.raises(TimedOut, match="trickles"):
        read(wire, f"{server.address}/a")


def moved(location: str) -> bytes:
    return ok(b"moved", f"Location: {location}", status="302 Found")


def test_the_token_stays_with_the_hub() -> None:
    with script(ok(b"there")) as files, script(moved(f"{files.address}/x?sig=a%2Fb")) as server:
        with wire_to(server) as wire:
            assert read(wire, f"{server.address}/a") == b"there"
        assert "Bearer hf_secret" in server.heard[0]
        assert files.heard[0].startswith("GET /x?sig=a%2Fb HTTP/1.1\r\n")
        assert "hf_secret" not in files.heard[0]


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/b", "GET /b "),
        ("b?x=1#part", "GET /b?x=1 "),
        ("/é ü", "GET /%E9%20%FC "),  # latin-1: each byte as it came
        ("/%C3%A9", "GET /%C3%A9 "),
        ("?only=query", "GET /a?only=query "),
    ],
)
def test_a_redirect_may_be_relative_and_is_quoted(location: str, asked: str) -> None:
    with script(moved(location), ok()) as server, wire_to(server) as wire:
        assert read(wire, f"{server.address}/a") == b"ok"
        assert server.heard[1].startswith(asked)


def test_redirects_have_an_end() -> None:
    with script(*[moved("/again")] * 20) as server, wire_to(server) as wire:
        with pytest.raises(TooManyRedirects):
            read(wire, f"{server.address}/a")
        assert len(server.heard) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://[::1", "http://:80/"]
)
def test_redirects_to_nowhere_are_refused(location: str) -> None:
    with pytest.raises(Refused, match="where we do not go"):
        read_one(moved(location))


def test_nobody_takes_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    with script() as server, wire_to(server) as wire:
        monkeypatch.setattr(socket, "create_connection", late)
        with pytest.raises(ConnectTimedOut):
            read(wire, f"{server.address}/a")


def test_no_request_goes_out_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with script(ok()) as server, wire_to(server) as wire:
        with pytest.raises(Offline, match="HF_HUB_OFFLINE"):
            read(wire, f"{server.address}/a")
        assert server.heard == []


def test_a_proxy_is_asked_for_plain_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with script(ok(b"by proxy"), ok(b"again")) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:pass%20word@127.0.0.1:{proxy.port}")
        wire = Wire(Meter(Watch(), "http://hub.example.org"))
        assert read(wire, "http://hub.example.org/a?b=c") == b"by proxy"
        assert read(wire, "http://hub.example.org/d") == b"again"
        wire.close()
    assert proxy.heard[0].startswith("GET http://hub.example.org/a?b=c HTTP/1.1\r\n")
    assert "\r\nHost: hub.example.org\r\n" in proxy.heard[0]
    assert "\r\nProxy-Authorization: Basic bWU6cGFzcyB3b3Jk\r\n" in proxy.heard[0]
    assert proxy.connections == 1


def test_a_proxy_leads_to_secure_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    with script(refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"me:pw@127.0.0.1:{proxy.port}")
        wire = Wire(Meter(Watch(), "https://hub.example.org"))
        with pytest.raises(RequestError, match="407"):
            read(wire, "https://hub.example.org/a")
    assert proxy.heard[0].startswith("CONNECT hub.example.org:443 HTTP/1.")
    assert "Proxy-Authorization: Basic bWU6cHc=" in proxy.heard[0]
    assert "hf_secret" not in proxy.heard[0]


@pytest.mark.usefixtures("impatient")
def test_a_proxy_that_trickles_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with script(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50, pause=0.02) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        wire = Wire(Meter(Watch(), "https://hub.example.org"))
        with pytest.raises(ConnectTimedOut, match="trickles"):
            read(wire, "https://hub.example.org/a")
