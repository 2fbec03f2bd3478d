"""A Hub on loopback that the Hub's library takes for the real one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from paramtui.sources.hub import retry
from tests.hub.server import Hub

PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
LOGIN = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """An empty Hub, an empty cache, nobody logged in, and retries without waiting."""
    # One a test: what a load leaves behind when it ends early talks to nobody else's.
    server = Hub()
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    for name in (*LOGIN, "HF_HUB_OFFLINE", *PROXIES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("PARAMTUI_CACHE", os.devnull)
    monkeypatch.setattr(retry, "BACKOFF", 0.001)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ours(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of our own cache, which other tests have none of."""
    monkeypatch.setenv("PARAMTUI_CACHE", str(tmp_path / "ours"))
    return tmp_path / "ours"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stalls are noticed after a fraction of a second."""
    for module in ("hub.session", "http.dialling", "http.connections", "http.response"):
        monkeypatch.setattr(f"paramtui.sources.{module}.PATIENCE", 0.3)
