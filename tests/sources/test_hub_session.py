from typing import Any

import pytest
from huggingface_hub import constants

from paramtui.record import replace
from paramtui.sources.errors import (
    NetworkError,
    RateLimited,
    SourceError,
)
from paramtui.sources.hub import session as hub_session
from paramtui.sources.loading import load
from tests.hub.models import (
    BYTES,
    SHARDS,
    sharded,
    single,
    stored,
)
from tests.hub.server import Hub


@pytest.mark.parametrize("path", ["/api/models/*", "*config.json", "*model.safetensors"])
@pytest.mark.parametrize(
    "changes",
    [{"status": 500}, {"status": 503}, {"status": 429}, {"reset": True}, {"promised": 5000}],
)
def test_what_fails_twice_succeeds_the_third_time(
    hub: Hub, path: str, changes: dict[str, Any]
) -> None:
    hub.add(single())
    hub.fault(path, changes, times=2)
    found = load("org/single")
    assert stored(found) == BYTES
    assert found.config.model_type == "llama"
    assert found.fetched.retries >= 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": 500}, "a problem of its own"),
        ({"reset": True}, "cannot reach 127.0.0.1"),
        ({"promised": 5000}, "cannot reach 127.0.0.1"),
        ({"status": 200, "body": b"<html>"}, "does not answer in JSON"),
        ({"body": b"[]"}, "not answer with a description"),
        ({"body": b"[" * 100_000}, "does not answer in JSON"),
        ({"headers": {"Content-Encoding": "gzip"}}, "cannot be decompressed"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "where we do not go"),
        ({"status": 418}, "refuses the request"),
    ],
)
def test_a_hub_in_trouble_is_one_sentence(hub: Hub, changes: dict[str, Any], told: str) -> None:
    hub.add(single())
    hub.fault("/api/models/org/single", changes)
    with pytest.raises(SourceError, match=told) as raised:
        load("org/single")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": 200}, "ignores ranges"),
        ({"headers": {"Content-Range": "bytes 1-8/9999"}}, "other bytes"),
        ({"headers": {"Content-Range": "nonsense"}}, "other bytes"),
        ({"headers": {"Content-Encoding": "gzip"}}, "compressed"),
        ({"body": bytes(9999)}, "more bytes than it was asked for"),
        ({"status": 403}, "the file server refuses it"),
        ({"status": 404}, "no such file|no model"),
    ],
)
def test_a_file_server_that_misbehaves_is_refused(
    hub: Hub, changes: dict[str, Any], told: str
) -> None:
    hub.add(single())
    hub.fault("/org/single/model.safetensors", changes)
    with pytest.raises(SourceError, match=told):
        load("org/single")


def test_redirects_in_a_circle_end(hub: Hub) -> None:
    hub.add(single())
    circle = {"status": 302, "headers": {"Location": "/api/models/org/single"}}
    hub.fault("/api/models/org/single", circle)
    with pytest.raises(NetworkError, match="redirects in a circle"):
        load("org/single")


@pytest.mark.usefixtures("impatient")
def test_a_trickle_is_cut(hub: Hub) -> None:
    hub.add(single())
    hub.fault("/api/models/org/single", {"pause": 0.05})
    with pytest.raises(NetworkError, match="does not answer in time"):
        load("org/single")


@pytest.mark.usefixtures("impatient")
def test_a_trickling_shard_is_marked(hub: Hub) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    hub.fault(f"/org/sharded/{SHARDS[1]}", {"pause": 0.05})
    found = load("org/sharded")
    assert "in time" in str(found.shards[1].problem)
    assert stored(found) == 2 * 64 * 8


def test_a_short_wait_is_kept_and_a_long_one_told(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(single())
    page = "/api/models/org/single"
    hub.fault(page, {"status": 429, "headers": {"RateLimit": '"api";r=0;t=0'}}, times=1)
    assert load("org/single").fetched.retries == 1
    hub.fault(page, {"status": 429, "headers": {"RateLimit": '"api";r=0;t=250'}})
    with pytest.raises(RateLimited, match="wait 250 seconds"):
        load("org/single")
    hub.faults.clear()
    hub.fault(page, {"status": 429, "headers": {"Retry-After": "99"}})
    with pytest.raises(RateLimited, match="wait 99 seconds"):
        load("org/single")


def test_a_body_without_end_is_cut(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(single())
    monkeypatch.setattr(hub_session, "JSON_LIMIT", 100_000)
    monkeypatch.setattr(hub_session.HubSession.get, "__defaults__", (100_000,))
    hub.fault("/api/models/org/single", {"body": b" " * 1_000_000})
    with pytest.raises(NetworkError, match="more than 100,000 bytes"):
        load("org/single")


def test_an_error_without_end_is_cut(hub: Hub) -> None:
    hub.add(single())
    hub.fault("/api/models/org/single", {"status": 500, "body": b" " * 3_000_000})
    with pytest.raises(NetworkError, match="an error without end"):
        load("org/single")


def test_a_load_has_a_budget(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(single())
    monkeypatch.setattr("paramtui.sources.http.meter.WIRE_LIMIT", 300)
    with pytest.raises(NetworkError, match="more than 300 bytes"):
        load("org/single")


def test_a_hub_that_is_not_there_is_told_soon(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(NetworkError, match=r"cannot reach 127\.0\.0\.1"):
        load("org/single")


def test_nothing_is_printed(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    hub.add(single())
    hub.fault("*", {"headers": {"X-HF-Warning": "x; \x1b[31mred"}})
    load("org/single")
    with pytest.raises(SourceError):
        load("org/missing")
    assert capfd.readouterr() == ("", "")
