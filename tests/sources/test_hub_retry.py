"""When a request is made again, and when the load gives up."""

import socket
import time
from threading import Event, Timer

import pytest

from paramtui.record import replace
from paramtui.sources.errors import Cancelled, NetworkError, RateLimited
from paramtui.sources.http import meter as bounds
from paramtui.sources.http import wire
from paramtui.sources.http.failures import RequestError
from paramtui.sources.http.meter import GRACE, UNLUCKY_LIMIT, Meter
from paramtui.sources.hub import reach, retry, session
from paramtui.sources.hub.retry import (
    BACKOFF,
    FIRST_TRIES,
    LONGEST_BACKOFF,
    MOST_TRIES,
    TRIES,
    backoff,
    next_address,
    tries,
)
from paramtui.sources.loading import load
from paramtui.sources.progress import Progress, Watch
from tests.hub.models import BYTES, many_shards, sharded, single, stored
from tests.hub.server import Hub

HUB = "https://hub.example.org"
INFO = "/api/models/org/single"


def meter(**counts: int) -> Meter:
    found = Meter(Watch(), HUB)
    found.add(**counts)
    return found


@pytest.mark.parametrize(
    ("answers", "failures", "failed", "expected"),
    [
        (0, 3, 3, TRIES),  # nothing has come yet
        (100, 3, 3, TRIES),  # one file is broken, all else is well
        (100, 40, 3, 9),  # 27 % of the others fail: 0.27^9 < 0.00001
        (100, 99, 1, MOST_TRIES),
        (1, 2, 2, TRIES),
    ],
)
def test_the_more_the_others_fail_the_more_tries(
    answers: int, failures: int, failed: int, expected: int
) -> None:
    assert tries(meter(bytes=1, answers=answers, failures=failures), failed) == expected


def test_a_hub_that_never_answered_is_given_up_soon() -> None:
    assert tries(meter(failures=1), 1) == FIRST_TRIES


def test_waits_grow_to_a_limit_and_differ() -> None:
    waits = [backoff(1) for _ in range(50)]
    assert len(set(waits)) > 1
    assert all(BACKOFF / 2 <= wait <= BACKOFF * 1.5 for wait in waits)
    assert backoff(MOST_TRIES) <= LONGEST_BACKOFF * 1.5


def test_a_try_begins_where_the_last_one_failed_and_now_and_then_anew() -> None:
    there = RequestError("https://files.example.org/a")
    assert [next_address(HUB, failed, there) for failed in (1, 2, 3, 4)] == [
        "https://files.example.org/a",
        "https://files.example.org/a",
        HUB,
        "https://files.example.org/a",
    ]


@pytest.mark.parametrize("one_answer", [True, False])
def test_a_third_of_all_requests_may_fail(hub: Hub, one_answer: bool) -> None:
    hub.add(replace(many_shards(24), answers_headers=one_answer))
    hub.fault("*", {"status": 500}, share=0.1)
    hub.fault("*", {"status": 503}, share=0.1)
    hub.fault("*", {"reset": True}, share=0.1)
    retries = 0
    for seed in range(5):
        hub.chance.seed(seed)
        found = load("org/many")
        assert found.complete
        assert stored(found) == 24 * BYTES
        assert found.fetched.weight_bytes == 0
        retries += found.fetched.retries
    failed = [seen for seen in hub.seen if seen.status in (500, 503) or seen.reset]
    assert 0 < retries <= len(failed)


def test_what_fails_for_good_is_given_up_by_all_together(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(replace(many_shards(40), answers_headers=False))
    hub.fault("*-of-00040.safetensors", {"status": 500})
    with pytest.raises(NetworkError):
        load("org/many")
    asked = [seen for seen in hub.seen if seen.status == 500]
    assert len(asked) <= UNLUCKY_LIMIT + wire.THREADS


def test_nobody_asks_while_the_hub_wants_to_wait(hub: Hub) -> None:
    hub.add(single())
    told: list[Progress] = []
    hub.fault(INFO, {"status": 429, "headers": {"Retry-After": "1"}}, times=1)
    began = time.monotonic()
    found = load("org/single", progress=told.append)
    assert time.monotonic() - began >= 1.0
    assert "waiting 1 s, as the Hub asks" in map(str, told)
    assert found.fetched.retries >= 1
    assert stored(found) == BYTES


def test_waits_have_a_limit_in_all(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LONGEST_WAIT", 2)
    hub.add(single())
    hub.fault(INFO, {"status": 429, "headers": {"Retry-After": "1"}})
    with pytest.raises(RateLimited, match="asks to wait 1 second"):
        load("org/single")


def test_a_wait_ends_when_the_user_wants(hub: Hub) -> None:
    hub.add(single())
    hub.fault(INFO, {"status": 429, "headers": {"Retry-After": "15"}})
    cancelled = Event()
    Timer(0.3, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        load("org/single", cancelled=cancelled)
    assert time.monotonic() - began < 3


def test_a_load_that_stands_still_ends() -> None:
    late = Meter(Watch(), HUB, bytes=10_000_000, started=time.monotonic() - GRACE - 1)
    late.failed()  # answers still come
    late.moved -= bounds.PATIENCE + 1
    late.check()  # the machine may be busy
    with pytest.raises(NetworkError, match="too slowly"):
        late.failed()
    late.close_for(5)  # it waits because it was asked to
    late.failed()


def test_a_load_that_trickles_from_many_places_ends() -> None:
    began = time.monotonic() - bounds.SLOW_GRACE - 1
    Meter(Watch(), HUB, bytes=100_000, started=began).check()
    with pytest.raises(NetworkError, match="too slowly"):
        Meter(Watch(), HUB, bytes=1000, started=began).check()


def test_a_signed_address_that_expires_is_asked_for_again(hub: Hub) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    shard = "/org/sharded/model-00001-of-00002.safetensors"
    hub.fault(shard, {"status": 403}, times=2)
    hub.fault(shard, {"status": 500}, times=2)
    found = load("org/sharded")
    assert found.complete
    assert stored(found) == BYTES


def test_a_network_that_finds_no_address_is_told_soon(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = Event()

    def never(*_: object, **__: object) -> None:
        over.wait(20)
        raise OSError("no address")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setenv("NO_PROXY", "localhost")  # which names none
    monkeypatch.setattr(reach, "SOON", 0.3)
    began = time.monotonic()
    try:
        with pytest.raises(NetworkError, match="its address cannot be found"):
            load("org/single")
        assert time.monotonic() - began < 5
    finally:
        over.set()


def test_it_is_quick_to_give_up_where_nothing_was_ever_heard(hub: Hub) -> None:
    hub.fault("*", {"reset": True})
    with pytest.raises(NetworkError):
        load("org/single")
    described = [seen for seen in hub.seen if seen.path == INFO]
    assert len(described) <= FIRST_TRIES
    assert retry.TRIES > FIRST_TRIES
