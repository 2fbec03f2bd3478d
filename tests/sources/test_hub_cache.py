from pathlib import Path

import pytest
from huggingface_hub import constants

from paramtui.record import replace
from paramtui.sources.errors import (
    Offline,
)
from paramtui.sources.loading import load
from tests.hub.models import (
    BYTES,
    INDEX,
    SHARDS,
    sharded,
    single,
    stored,
    text_file,
)
from tests.hub.server import Hub, Repository
from tests.sources.test_local import LLAMA


def cache_snapshot(cache: Path, model: Repository, missing: tuple[str, ...] = ()) -> None:
    """Lay a repository out as the Hub's library does: blobs, links and a ref."""
    home = cache / f"models--{model.id.replace('/', '--')}"
    snapshot = home / "snapshots" / model.commit
    snapshot.mkdir(parents=True)
    (home / "blobs").mkdir()
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(model.commit)
    for number, (name, file) in enumerate(model.files.items()):
        if name not in missing:
            blob = home / "blobs" / f"{number:040x}"
            blob.write_bytes(file.read(0, file.size))
            (snapshot / name).symlink_to(Path("..") / ".." / "blobs" / blob.name)


def test_a_downloaded_model_opens_offline(hub: Hub, tmp_path: Path) -> None:
    model = sharded()
    cache_snapshot(tmp_path / "cache", model)
    for name in ("org/sharded", f"org/sharded@{model.commit}"):
        found = load(name, offline=True)
        assert (found.id, found.source, found.commit) == ("org/sharded", "cache", model.commit)
        assert found.fetched.from_cache
        assert stored(found) == BYTES
        assert found.complete
        assert found.notice == "offline: from the Hub's cache"
    assert not hub.seen


@pytest.mark.parametrize("named", ["consolidated.safetensors", f"hf://org/sharded/{SHARDS[1]}"])
def test_a_file_that_is_named_is_the_one_that_opens(hub: Hub, tmp_path: Path, named: str) -> None:
    model = sharded()
    copy = single().files["model.safetensors"]
    model.files["consolidated.safetensors"] = copy
    cache_snapshot(tmp_path / "cache", model)
    text = named if "://" in named else f"hf://org/sharded/{named}"
    expected = list(SHARDS) if "://" in named else [named]
    assert [shard.name for shard in load(text, offline=True).shards] == expected


@pytest.mark.parametrize("index", [True, False])
def test_all_but_the_weights_opens_from_the_config(hub: Hub, tmp_path: Path, index: bool) -> None:
    model = sharded()
    model.files["config.json"] = text_file(LLAMA)
    missing = SHARDS if index else (*SHARDS, INDEX)
    cache_snapshot(tmp_path / "cache", model, missing=missing)
    found = load("org/sharded", offline=True)
    assert (found.source, found.revision, found.commit) == ("config", "main", model.commit)
    assert str(found.notice).startswith("offline: from the Hub's cache; built from config.json")


def test_a_partly_downloaded_model_opens_marked(hub: Hub, tmp_path: Path) -> None:
    cache_snapshot(tmp_path / "cache", sharded(), missing=SHARDS[1:])
    found = load("org/sharded", offline=True)
    assert [shard.problem for shard in found.shards] == [None, "missing"]


def test_offline_without_a_copy_says_so(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(single())
    with pytest.raises(Offline, match="org/single is not on this machine"):
        load("org/single", offline=True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Offline):
        load("org/single")
    assert not hub.seen


def test_without_network_a_downloaded_model_opens(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_snapshot(tmp_path / "cache", single())
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    found = load("org/single")
    assert found.source == "cache"
    assert str(found.notice).startswith("from the Hub's cache, since cannot reach")


def test_a_cached_config_is_not_asked_for(hub: Hub, tmp_path: Path) -> None:
    model = hub.add(single())
    cache_snapshot(tmp_path / "cache", model)
    found = load("org/single")
    assert found.source == "hub"
    assert found.config.model_type == "llama"
    assert not any("config.json" in seen.path for seen in hub.seen)
    hub.add(replace(model, info={"sha": "0" * 40}))
