"""Searching the Hub: few bytes, safe text, one sentence when it fails."""

import json
from threading import Event
from typing import Any

import pytest
from huggingface_hub import constants

from paramtui.sources.errors import BadReference, Cancelled, NetworkError
from paramtui.sources.hub.search import MOST, search
from paramtui.sources.library import LocalLibrary
from paramtui.sources.listing import Listed, Origin
from paramtui.sources.progress import Watch
from tests.hub.server import Hub, Repository


def found(query: str) -> list[str]:
    return [listed.reference for listed in search(query, Watch())]


def test_models_with_what_the_hub_tells_of_them(hub: Hub) -> None:
    info = {
        "safetensors": {"total": 8030261248},
        "pipeline_tag": "text-generation",
        "gguf": {"total": 8030261280, "context_length": 131072},
    }
    hub.add(Repository("org/Tiny-Llama", license="mit", info=info))
    hub.add(Repository("org/other"))
    assert search("llama", Watch()) == (
        Listed("org/Tiny-Llama", Origin.HUB, 8030261248, 131072, "mit", "text"),
    )
    assert found("nothing") == []


def test_a_token_that_is_not_accepted_does_not_close_the_public_hub(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    hub.add(Repository("org/model"))
    assert found("model") == ["org/model"]


@pytest.mark.parametrize(
    "rows",
    [
        [None, 3, {}, {"id": 4}, {"id": "../x"}, {"id": "a b/c"}, {"id": "a/b@c"}],
        [
            {
                "id": "org/fine",
                "tags": 7,
                "pipeline_tag": {},
                "safetensors": [],
                "gguf": {"total": -1},
            }
        ],
        [{"id": "org/fine", "tags": ["license:\x1b[31m"], "pipeline_tag": "\u202e", "gguf": None}],
        [{"id": "org/fine"}] * (MOST + 5),
    ],
)
def test_whatever_a_server_puts_there(hub: Hub, rows: list[Any]) -> None:
    hub.fault("/api/models", {"body": json.dumps(rows).encode()})
    for listed in search("x", Watch()):
        assert listed.reference == "org/fine"
        assert listed.parameters is None
        assert listed.license.isprintable()
        assert listed.modality.isprintable()
    assert len(search("x", Watch())) <= MOST


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 500},
        {"status": 404},
        {"status": 403},
        {"body": b"<html>"},
        {"body": b"{}"},
        {"body": b"[" * 100_000},
        {"body": b"[" + b" " * 5_000_000 + b"]"},
        {"reset": True},
    ],
)
def test_failures_are_one_sentence(hub: Hub, changes: dict[str, Any]) -> None:
    hub.fault("/api/models", changes)
    with pytest.raises(NetworkError) as raised:
        search("x", Watch())
    assert "\n" not in str(raised.value)


def test_a_search_that_is_no_longer_wanted_stops(hub: Hub) -> None:
    cancelled = Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        search("x", Watch(cancelled=cancelled))
    assert hub.seen == []


@pytest.mark.parametrize("way", ["option", "variable"])
def test_without_network_nothing_is_asked(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", way == "variable")
    library = LocalLibrary(offline=way == "option")
    assert library.search("x", Event()) == ()
    assert hub.seen == []


@pytest.mark.parametrize("endpoint", ["http://[::1", "http://hub.example.org:abc", "ftp://there"])
def test_no_hub_is_searched_where_the_address_is_none(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(BadReference, match="HF_ENDPOINT is not the address of a Hub"):
        LocalLibrary().search("x", Event())
    assert LocalLibrary(offline=True).search("x", Event()) == ()
    assert hub.seen == []
