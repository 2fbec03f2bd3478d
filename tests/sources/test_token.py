"""Where the token goes, and every place that it never reaches."""

import io
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from paramtui.sources.errors import SourceError
from paramtui.sources.loading import load
from tests.hub.models import CONFIG, INDEX, sharded, single, text_file
from tests.hub.server import GRANTED_TOKEN, Hub, Repository

SECRET = GRANTED_TOKEN


@pytest.fixture(autouse=True)
def _logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)


FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {"status": 401},
    {"status": 403, "headers": {"X-Error-Message": f"no access for {SECRET[:3]}"}},
    {"status": 500},
    {"reset": True},
    {"status": 302, "headers": {"Location": "http://127.0.0.1:9/elsewhere"}},
    {"status": 302, "headers": {"Location": "ftp://127.0.0.1/"}},
    {"body": b"nonsense"},
)


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_it_is_in_nothing_that_is_left_behind(
    number: int,
    hub: Hub,
    ours: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    told = ""
    try:
        for repository in (single(), sharded(), Repository("org/gone")):
            hub.add(repository)
            hub.fault(f"*{repository.id}*", FAULTS[number])
            try:
                told += repr(load(repository.id))
            except SourceError as error:
                told += "".join(traceback.format_exception(error)) + repr(error.__dict__)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    assert SECRET not in told
    assert SECRET not in log.getvalue()
    assert SECRET not in "".join(capfd.readouterr())
    kept = [path for path in tmp_path.glob("**/*") if path.is_file()]
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]
    assert {seen.token for seen in hub.seen if seen.origin == "files"} <= {None}


def test_it_is_sent_to_no_other_port_or_host(hub: Hub) -> None:
    other = Hub()
    other.start()
    try:
        hub.add(single())
        for path in ("/api/models/org/single", "/org/single/resolve/*"):
            hub.faults.clear()
            there = {"Location": f"{other.endpoint}/api/models/org/single"}
            hub.fault(path, {"status": 302, "headers": there})
            with pytest.raises(SourceError):
                load("org/single")
        assert other.seen
        assert {seen.token for seen in other.seen} == {None}
    finally:
        other.stop()


@pytest.mark.parametrize(
    "name",
    [
        "../../api/whoami-v2",
        "../../../api/whoami-v2",
        "/api/whoami-v2",
        "%2e%2e/%2e%2e/api/whoami-v2.safetensors",
        "..%2f..%2fapi%2fwhoami-v2",
        "https://evil.example/x.safetensors",
        "//evil.example/x.safetensors",
        "..\\..\\api\\whoami-v2",
        "a/../../x.safetensors",
        "?x=1.safetensors",
        "#x.safetensors",
        "a\x00b.safetensors",
    ],
)
def test_no_entry_of_an_index_becomes_another_request(hub: Hub, name: str) -> None:
    index = {"weight_map": {"a": name, "b": "model-00001-of-00002.safetensors"}}
    files = {**sharded().files, INDEX: text_file(index), "config.json": text_file(CONFIG)}
    hub.add(Repository("org/sharded", files, answers_headers=False))
    found = load("org/sharded")
    assert found.warnings
    kept = "/api/resolve-cache/models/org/sharded/"
    allowed = ("/api/models/org/sharded", "/org/sharded/", kept)
    assert [seen.path for seen in hub.seen if not seen.path.startswith(allowed)] == []
    assert [seen.path for seen in hub.seen if "whoami" in seen.path or ".." in seen.path] == []


def test_a_token_that_is_no_text_is_told_without_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_\u202esecret\x01")
    hub.add(single())
    try:
        told = "".join(load("org/single").warnings)
    except SourceError as error:
        told = f"{error} {error.hint}"
    assert "secret" not in told


def test_not_even_a_traceback_that_was_asked_for_has_it(hub: Hub, tmp_path: Path) -> None:
    hub.add(single())
    hub.fault("*", {"status": 401})
    env = {**os.environ, "PARAMTUI_DEBUG": "1", "HF_ENDPOINT": hub.endpoint, "HOME": str(tmp_path)}
    assert hub.endpoint == constants.ENDPOINT
    command = [sys.executable, "-m", "paramtui", "org/single", "--json"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert SECRET not in ended.stdout + ended.stderr
