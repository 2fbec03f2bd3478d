from pathlib import Path

import pytest

from paramtui.checkpoint.checkpoint import Total
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.described import describe, other_weights
from paramtui.sources.errors import NoSafetensors, NotAModel
from paramtui.sources.loading import load
from tests.hub.models import BYTES, INDEX, SHARDS, sharded, single, text_file
from tests.hub.server import File, Hub, Repository
from tests.sources.test_parts import STEM, lay_out, pipeline

LLAMA: dict[str, Json] = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 1000,
    "tie_word_embeddings": False,
}
# Embedding and head, four attention and three feed-forward matrices a layer, the norms.
ELEMENTS = 2 * 1000 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 128 + 2 * 64) + 64


def config(**more: Json) -> ModelConfig:
    return ModelConfig.from_json({**LLAMA, **more})


@pytest.mark.parametrize(
    ("claimed", "bits", "stored", "warned"),
    [
        ("float16", 16, "F16", False),
        ("bfloat16", 16, "BF16", False),
        ("float32", 32, "F32", False),
        ("float16", 32, "F32", True),
        ("float32", 16, "F16", True),
    ],
)
def test_the_sizes_of_the_files_tell_the_type(
    claimed: str, bits: int, stored: str, warned: bool
) -> None:
    whole = ELEMENTS * bits // 8
    sizes = {f"pytorch_model-0000{n}-of-00002.bin": whole // 2 + 800 for n in (1, 2)}
    found = describe("org/bin", config(torch_dtype=claimed), {**sizes, "training_args.bin": 3000})
    assert {tensor.dtype.name for tensor in found.tensors} == {stored}
    assert sum(tensor.elements for tensor in found.tensors) == ELEMENTS
    assert [shard.size for shard in found.shards] == [whole // 2 + 800] * 2
    assert found.notice == "built from config.json: its weights are PyTorch .bin"
    assert [words.endswith("the sizes are believed") for words in found.warnings] == [True] * warned


def test_a_size_that_nothing_explains_is_told() -> None:
    found = describe("org/bin", config(torch_dtype="float16"), {"pytorch_model.bin": 12345})
    assert found.warnings == (
        f"the sizes of the files add up to 12,345 bytes, config.json describes {2 * ELEMENTS:,}",
    )
    assert not describe("org/bin", config(), {"pytorch_model.bin": None}).warnings


def test_a_family_without_a_description_is_weighed() -> None:
    odd = ModelConfig.from_json({"model_type": "never_heard_of"})
    found = describe("org/odd", odd, {"pytorch_model.bin": 5000})
    assert found.totals == (Total(FILES, 5000, None),)
    assert str(found.notice).startswith("partial, from the sizes of its files: it has PyTorch .bin")
    assert summarise(found).stored_bytes == 5000
    with pytest.raises(NoSafetensors):
        describe("org/odd", odd, {"pytorch_model.bin": None})
    with pytest.raises(NoSafetensors):
        describe("org/odd", ModelConfig(), {"pytorch_model.bin": 5000})


def test_which_files_are_the_weights() -> None:
    shards = ("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin")
    more = ("training_args.bin", "optimizer.bin", "tf_model.h5", "model.onnx", "vocab.bin")
    assert other_weights(dict.fromkeys((*more, *shards), 1)) == shards
    assert other_weights({"tf_model.h5": 1, "flax_model.msgpack": 1}) == ("tf_model.h5",)
    assert other_weights({"scheduler.pt": 1, "rng_state.pth": 1, "x.json": 1}) == ()


def test_the_hub_says_how_large_the_files_are(hub: Hub) -> None:
    whole = 2 * ELEMENTS + 500
    files = {"pytorch_model.bin": File(b"", whole), "config.json": text_file(LLAMA)}
    hub.add(Repository("org/bin", files))
    found = load("org/bin")
    assert found.source == "config"
    assert [(shard.name, shard.size) for shard in found.shards] == [("pytorch_model.bin", whole)]
    assert summarise(found).complete


def test_weights_in_the_only_folder_that_has_any_open(hub: Hub, tmp_path: Path) -> None:
    parts = {f"weights/{name}": file for name, file in sharded().files.items()}
    config_file = parts.pop("weights/config.json")
    model = hub.add(Repository("org/deep", {"config.json": config_file, **parts}))
    for name in ("org/deep", str(lay_out(tmp_path / "deep", model))):
        found = load(name)
        assert summarise(found).stored_bytes == BYTES
        assert found.notice == "the weights are in weights/"
        assert found.config.model_type == "llama"
        assert [shard.name for shard in found.shards] == [f"weights/{name}" for name in SHARDS]
        assert not found.warnings


def test_an_index_in_a_folder_opens_by_its_path(hub: Hub, tmp_path: Path) -> None:
    parts = {f"deep/{name}": file for name, file in sharded().files.items()}
    model = hub.add(Repository("org/deep", parts))
    folder = lay_out(tmp_path / "m", model)
    for text in (str(folder / "deep" / INDEX), f"hf://org/deep/deep/{INDEX}", str(folder)):
        assert summarise(load(text)).stored_bytes == BYTES


def test_of_several_folders_none_is_guessed(hub: Hub) -> None:
    files = {f"{at}/{name}": file for at in ("a", "b") for name, file in single().files.items()}
    hub.add(Repository("org/two", files))
    with pytest.raises(NotAModel, match="no safetensors files") as raised:
        load("org/two")
    assert raised.value.hint == "its parts open one by one, as hf://org/two/FOLDER: a, b"


def test_a_component_in_another_format_is_missing_and_weighed(hub: Hub) -> None:
    model = pipeline()
    for name in (f"vae/{STEM}.safetensors", f"vae/{STEM}.fp16.safetensors"):
        del model.files[name]
    model.files[f"vae/{STEM}.bin"] = File(b"", 1200)
    hub.add(replace(model, answers_headers=False))
    found = load("org/pipe")
    assert not found.complete
    (broken,) = (shard for shard in found.shards if shard.problem)
    assert (broken.name, broken.size) == (f"vae/{STEM}.bin", 1200)
    assert "it has PyTorch .bin" in str(broken.problem)
