"""Which files are read: those of this machine, of the Hub's cache too; never anything fetched."""

import sys
from pathlib import Path

import numpy as np
import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.values import TensorValues
from paramtui.record import replace
from paramtui.sources.errors import FileMissing, SourceError
from paramtui.sources.extras import ExtraMissing
from paramtui.sources.loading import load
from paramtui.sources.progress import Watch
from paramtui.sources.tensor_values import tensor_values
from paramtui.sources.values.place import NotHere
from tests.hub.models import SHARDS, sharded, single
from tests.hub.server import Hub, Repository
from tests.sources.test_adapter import BASE, adapter
from tests.sources.test_hub_cache import cache_snapshot
from tests.sources.test_local import lay_out

from .files import write


def values(found: Checkpoint, reference: str, place: int = 0) -> TensorValues:
    return tensor_values(found, reference, found.tensors[place], Watch())


def test_a_repository_that_is_not_here_says_how_to_get_it(hub: Hub) -> None:
    hub.add(single())
    found = load("org/single")
    asked = len(hub.seen)
    with pytest.raises(NotHere, match="a local copy of org/single") as told:
        values(found, "org/single")
    assert told.value.hint is not None
    assert told.value.hint.startswith("hf download org/single ")
    with pytest.raises(NotHere) as told:
        values(replace(found, revision="v1"), "org/single@v1")
    assert "--revision v1" in str(told.value.hint)
    assert len(hub.seen) == asked


@pytest.mark.parametrize("offline", [True, False])
def test_a_downloaded_repository_is_local(offline: bool, hub: Hub, tmp_path: Path) -> None:
    hub.add(sharded())
    cache_snapshot(tmp_path / "cache", sharded())
    for name in ("org/sharded", f"{hub.endpoint}/org/sharded/tree/main"):
        found = load(name, offline=offline)
        for place in (0, -1):
            read = values(found, name, place)
            assert read.stored is not None
            assert (read.stored.minimum, read.stored.maximum) == (0, 0)


def test_a_part_of_it_that_is_not_here(hub: Hub, tmp_path: Path) -> None:
    hub.add(sharded())
    cache_snapshot(tmp_path / "cache", sharded(), missing=SHARDS[1:])
    found = load("org/sharded")
    there = {tensor.file: place for place, tensor in enumerate(found.tensors)}
    values(found, "org/sharded", there[SHARDS[0]])
    with pytest.raises(NotHere, match="local copy"):
        values(found, "org/sharded", there[SHARDS[1]])


def test_a_description_has_none() -> None:
    found = load("openai-community/gpt2", offline=True)
    assert found.source == "bundled"
    with pytest.raises(NotHere, match="description without files") as told:
        values(found, "openai-community/gpt2")
    assert "hf download openai-community/gpt2" in str(told.value.hint)


def test_an_adapter_and_its_base_lie_apart(tmp_path: Path) -> None:
    base = lay_out(tmp_path / "base", BASE)
    folder = lay_out(tmp_path / "adapter", adapter(str(base)))
    found = load(str(folder))
    names = [tensor.name for tensor in found.tensors]
    for place, name in enumerate(names):
        read = values(found, str(folder), place)
        assert read.stored is not None, name
        assert read.stored.count == found.tensors[place].elements
    assert any("lora_A" in name for name in names)


def test_the_base_of_an_adapter_may_be_on_the_hub_only(hub: Hub, tmp_path: Path) -> None:
    hub.add(Repository("org/base", BASE))
    folder = lay_out(tmp_path / "adapter", adapter("org/base"))
    found = load(str(folder))
    values(found, str(folder), -1)
    with pytest.raises(SourceError, match=r"model\.safetensors"):
        values(found, str(folder), 0)


def test_one_file_and_one_that_went_away(tmp_path: Path) -> None:
    path = write(tmp_path, {"x": ("F32", (1,), np.float32([2]))}) / "model.safetensors"
    found = load(str(path))
    read = values(found, str(path))
    assert read.stored is not None
    assert read.stored.mean == 2
    path.unlink()
    (tmp_path / "other.safetensors").write_bytes(b"")
    with pytest.raises((FileMissing, SourceError)):
        values(found, str(path))


def test_without_numpy_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path, {"x": ("F32", (1,), bytes(4))})
    found = load(str(folder))
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ExtraMissing, match="NumPy") as told:
        values(found, str(folder))
    assert told.value.hint == "pip install 'paramtui[values]'"
