"""A folder with several files of weights and no index."""

from pathlib import Path

import pytest

from paramtui.sources.loading import load
from tests.hub.models import BYTES, EMBEDDING, LAYER, SHARDS, Tensors, stored, text_file, weights
from tests.hub.server import File, Hub, Repository
from tests.sources.test_local import lay_out

A, B = "a.safetensors", "b.safetensors"


def test_files_with_different_tensors_are_one_checkpoint(tmp_path: Path) -> None:
    found = load(str(lay_out(tmp_path / "m", {A: weights(EMBEDDING), B: weights(LAYER)})))
    assert stored(found) == BYTES
    assert {shard.name for shard in found.shards} == {A, B}
    assert "all are counted" in found.warnings[0]


def test_files_with_the_same_tensors_are_told(tmp_path: Path) -> None:
    both = {**EMBEDDING, **LAYER}
    folder = lay_out(tmp_path / "m", {A: weights(EMBEDDING), B: weights(both)})
    found = load(str(folder))
    assert stored(found) == BYTES
    assert [shard.name for shard in found.shards] == [B]
    assert f"{B} is shown, not {A}; open another by its path, {folder}/{A}" in found.warnings[0]
    assert load(str(folder / A)).warnings == ()


def test_a_broken_file_among_them_is_not_the_one_shown(tmp_path: Path) -> None:
    files = {A: weights(EMBEDDING), B: weights(EMBEDDING), "c.safetensors": File(b"x" * 9, 10**6)}
    found = load(str(lay_out(tmp_path / "m", files)))
    assert stored(found) == 2 * 64 * 8
    assert "c.safetensors" in found.warnings[0]


@pytest.mark.parametrize("beside", ["other.safetensors", "model.fp16.safetensors"])
def test_a_usual_name_needs_no_word(tmp_path: Path, beside: str) -> None:
    parts = dict(zip(SHARDS, (EMBEDDING, LAYER), strict=True))
    files = {name: weights(tensors) for name, tensors in parts.items()}
    found = load(str(lay_out(tmp_path / "m", {**files, beside: weights(EMBEDDING)})))
    assert (stored(found), len(found.shards), found.warnings) == (BYTES, 2, ())


def test_a_numbered_set_is_one_whatever_its_name(tmp_path: Path) -> None:
    files = {
        f"mine-0000{number}-of-00002.safetensors": weights(tensors)
        for number, tensors in ((1, EMBEDDING), (2, LAYER))
    }
    found = load(str(lay_out(tmp_path / "m", files)))
    assert (stored(found), found.warnings) == (BYTES, ())


@pytest.mark.parametrize(("second", "size"), [(LAYER, BYTES), (EMBEDDING, 2 * 64 * 8)])
def test_the_hub_has_the_same_rule(hub: Hub, second: Tensors, size: int) -> None:
    files = {A: weights(EMBEDDING), B: weights(second)}
    hub.add(Repository("org/two", {"config.json": text_file({"model_type": "x"}), **files}))
    found = load("org/two")
    assert stored(found) == size
    assert len(found.warnings) == 1
