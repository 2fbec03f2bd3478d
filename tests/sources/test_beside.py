from pathlib import Path

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint, Choice
from paramtui.checkpoint.summary import summarise
from paramtui.sources.beside import with_choices
from paramtui.sources.loading import load
from paramtui.sources.parts import by_folder
from paramtui.sources.weight_files import choose
from tests.hub.models import BYTES, EMBEDDING, INDEX, LAYER, index_of, single, weights
from tests.hub.server import Hub, Repository
from tests.sources.test_parts import STEM, lay_out, pipeline

COPY = {"consolidated.safetensors": weights({**EMBEDDING, **LAYER})}


def told(*files: str) -> Checkpoint:
    """What is said of the files of a place, each of 9 bytes."""
    folders = by_folder(dict.fromkeys(files, 9), "")
    chosen = choose(folders[""])
    assert chosen is not None
    return with_choices(Checkpoint("org/name", ()), {"": chosen}, folders, lambda path: f"@{path}")


def others(found: Checkpoint) -> list[str]:
    return [choice.reference for choice in found.choices if not choice.opened]


def test_copies_are_offered() -> None:
    found = told("model.safetensors", "model.fp16.safetensors", "consolidated.safetensors")
    assert found.choices == (
        Choice("model.safetensors", "@", 9, opened=True),
        Choice("consolidated.safetensors", "@consolidated.safetensors", 9),
        Choice("model.fp16.safetensors", "@model.fp16.safetensors", 9),
    )
    assert found.notice == (
        "not counted: consolidated.safetensors, model.fp16.safetensors;"
        " open one by its path, @consolidated.safetensors"
    )


def test_shards_are_one_choice() -> None:
    shards = [f"model.fp16-0000{n}-of-00002.safetensors" for n in (1, 2)]
    found = told("model.safetensors", *shards, "model.safetensors.index.fp16.json")
    assert found.choices[1] == Choice("model.fp16.safetensors", f"@{shards[0]}", 18)


def test_folders_and_gguf_files_are_offered() -> None:
    found = told("model.safetensors", "m.Q4_K_M.gguf", "fp8/model.safetensors", "lora/x.json")
    assert others(found) == ["@m.Q4_K_M.gguf", "@fp8"]


def test_other_formats_of_the_same_are_named_by_their_folder() -> None:
    found = told(
        "model.safetensors", "pytorch_model.bin", "original/consolidated.00.pth", "onnx/model.onnx"
    )
    assert found.notice == "not counted: onnx/ (ONNX), original/ (PyTorch .pth)"
    assert not found.choices


def test_what_is_no_model_is_not_offered() -> None:
    found = told(
        "model.safetensors",
        "optimizer.safetensors",
        "training_state.safetensors",
        "checkpoint-500/model.safetensors",
        "adapter_model.safetensors",
        "1_Pooling/config.json",
    )
    assert found.notice is None
    assert not found.choices


def test_many_are_summed_up() -> None:
    found = told("model.safetensors", *(f"q{n}/model.safetensors" for n in range(9)))
    assert "q3/ and 5 more; open one" in str(found.notice)
    assert len(found.choices) == 10


def test_each_set_opens_by_what_it_is_offered_as(hub: Hub, tmp_path: Path) -> None:
    files = {**single().files, **COPY, "half/model.safetensors": weights(LAYER)}
    model = hub.add(Repository("org/many", files))
    folder = lay_out(tmp_path / "many", model)
    for name in ("org/many", str(folder)):
        found = load(name)
        assert summarise(found).stored_bytes == BYTES
        by_name = {choice.name: choice for choice in found.choices}
        opened, copied = by_name["model.safetensors"], by_name["consolidated.safetensors"]
        half = by_name["half/"]
        assert [choice for choice in found.choices if choice.opened] == [opened]
        assert [shard.name for shard in load(opened.reference).shards] == ["model.safetensors"]
        again = load(copied.reference)
        assert [shard.name for shard in again.shards] == ["consolidated.safetensors"]
        assert again.notice is None
        assert summarise(load(half.reference)).tensors == len(LAYER)


def test_files_that_an_index_names_in_a_folder_are_no_other_model(hub: Hub) -> None:
    parts = {"shards/one.safetensors": EMBEDDING, "shards/two.safetensors": LAYER}
    files = {INDEX: index_of(parts), **{name: weights(held) for name, held in parts.items()}}
    files["config.json"] = single().files["config.json"]
    hub.add(Repository("org/inside", files, answers_headers=False))
    found = load("org/inside")
    assert summarise(found).stored_bytes == BYTES
    assert not found.choices


@pytest.mark.parametrize("local", [True, False])
def test_a_pipeline_offers_its_variants_and_its_single_file(
    hub: Hub, tmp_path: Path, local: bool
) -> None:
    model = hub.add(pipeline())
    model.files["ae.safetensors"] = weights(LAYER)
    where = str(lay_out(tmp_path / "pipe", model)) if local else "hf://org/pipe"
    found = load(where if local else "org/pipe")
    assert set(others(found)) == {
        f"{where}/{name}"
        for name in (
            "v1-5-pruned.safetensors",
            "ae.safetensors",
            f"vae/{STEM}.fp16.safetensors",
        )
    }
    assert [choice.reference for choice in found.choices if choice.opened] == [where]
    assert found.choices == tuple(sorted(found.choices, key=lambda choice: choice.size or 0))
    assert "not counted: v1-5-pruned.safetensors, ae.safetensors, vae/" in str(found.notice)
    assert not found.warnings
