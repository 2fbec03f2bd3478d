import json
from pathlib import Path

import pytest
from huggingface_hub import constants
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.errors import NotAModel
from paramtui.sources.loading import load
from paramtui.sources.parts import Part, by_folder, list_file, read_list
from tests.checkpoint.test_blueprint_images import STABLE_DIFFUSION
from tests.checkpoint.test_blueprint_images import VAE as AUTOENCODER
from tests.hub.models import Tensors, index_of, single, text_file, weights
from tests.hub.server import File, Hub, Repository

UNET: Tensors = {"conv_in.weight": ("F16", (8, 4, 3, 3)), "conv_in.bias": ("F16", (8,))}
OUT: Tensors = {"conv_out.weight": ("F16", (4, 8, 3, 3))}
VAE: Tensors = {"decoder.conv_in.weight": ("F32", (8, 4, 3, 3))}
TEXT: Tensors = {"text_model.embeddings.token_embedding.weight": ("F16", (10, 8))}
STEM = "diffusion_pytorch_model"
SHARDS = (f"{STEM}-00001-of-00002.safetensors", f"{STEM}-00002-of-00002.safetensors")
MODEL_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.30.0",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "safety_checker": [None, None],
    "requires_safety_checker": True,
}
STORED = 2 * (288 + 8 + 288 + 80) + 4 * 288


def pipeline(name: str = "org/pipe") -> Repository:
    """A U-Net in two shards, a VAE with an fp16 copy, a text encoder, a file of all of them."""
    unet = dict(zip(SHARDS, (UNET, OUT), strict=True))
    files = {
        "model_index.json": text_file(MODEL_INDEX),
        "unet/config.json": text_file({"_class_name": "UNet2DConditionModel"}),
        f"unet/{STEM}.safetensors.index.json": index_of(unet),
        **{f"unet/{file}": weights(tensors) for file, tensors in unet.items()},
        "vae/config.json": text_file({"_class_name": "AutoencoderKL"}),
        f"vae/{STEM}.safetensors": weights(VAE),
        f"vae/{STEM}.fp16.safetensors": weights(VAE),
        "text_encoder/config.json": text_file({"model_type": "clip_text_model"}),
        "text_encoder/model.safetensors": weights(TEXT),
        "tokenizer/vocab.json": text_file({}),
        "scheduler/scheduler_config.json": text_file({}),
        "v1-5-pruned.safetensors": weights({**UNET, **VAE}),
    }
    return Repository(name, files)


def sentence_transformer(name: str = "org/st") -> Repository:
    """A plain model with a pooling, which has no weights, and a dense layer."""
    kinds = ("Transformer", "Pooling", "Dense", "Normalize")
    modules = [
        {"idx": n, "path": f"{n}_{kind}" if n else "", "type": f"sentence_transformers.{kind}"}
        for n, kind in enumerate(kinds)
    ]
    dense: Tensors = {"linear.weight": ("F32", (6, 8)), "linear.bias": ("F32", (6,))}
    files = {
        **single().files,
        "modules.json": text_file(modules),
        "1_Pooling/config.json": text_file({"pooling_mode_mean_tokens": True}),
        "2_Dense/config.json": text_file({"in_features": 8, "out_features": 6}),
        "2_Dense/model.safetensors": weights(dense),
    }
    return Repository(name, files)


def lay_out(folder: Path, model: Repository) -> Path:
    """The files of a repository on disk."""
    for name, file in model.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read(0, file.size))
    return folder


def assert_is_the_pipeline(found: Checkpoint) -> None:
    summary = summarise(found)
    assert summary.components == ("unet", "vae", "text_encoder")
    assert summary.stored_bytes == STORED
    assert summary.complete
    assert found.config.architecture == "StableDiffusionPipeline"
    assert [part.config.model_type for part in found.components] == [
        "UNet2DConditionModel",
        "AutoencoderKL",
        "clip_text_model",
    ]
    assert [shard.name for shard in found.shards] == [
        *(f"unet/{name}" for name in SHARDS),
        f"vae/{STEM}.safetensors",
        "text_encoder/model.safetensors",
    ]
    files = {tensor.name: tensor.file for tensor in found.tensors}
    assert files["unet.conv_out.weight"] == f"unet/{SHARDS[1]}"
    assert files["vae.decoder.conv_in.weight"] == f"vae/{STEM}.safetensors"
    assert not found.warnings


@pytest.mark.parametrize("answers", [True, False])
def test_a_pipeline_is_one_tree(hub: Hub, answers: bool) -> None:
    hub.add(replace(pipeline(), answers_headers=answers))
    found = load("org/pipe")
    assert_is_the_pipeline(found)
    assert (found.id, found.source, found.revision) == ("org/pipe", "hub", "main")
    assert found.fetched.weight_bytes == 0
    assert found.fetched.requests == len(hub.seen)


def test_a_pipeline_of_a_folder(tmp_path: Path) -> None:
    found = load(str(lay_out(tmp_path / "pipe", pipeline())))
    assert_is_the_pipeline(found)
    assert found.source == "local"


def test_a_pipeline_in_the_hubs_cache(hub: Hub) -> None:
    model = pipeline()
    home = Path(constants.HF_HUB_CACHE) / "models--org--pipe"
    lay_out(home / "snapshots" / model.commit, model)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(model.commit)
    found = load("org/pipe", offline=True)
    assert_is_the_pipeline(found)
    assert found.source == "cache"


def test_a_pipeline_is_remembered(hub: Hub, ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramtui.sources.hub.load.finish_before_exit", lambda work: work())
    hub.add(pipeline())
    first, asked = load("org/pipe"), len(hub.seen)
    second = load("org/pipe")
    assert len(hub.seen) == asked + 1
    assert second.tensors == first.tensors
    assert_is_the_pipeline(second)


def test_one_folder_or_one_file_of_a_pipeline_still_opens_alone(hub: Hub) -> None:
    hub.add(pipeline())
    found = load("hf://org/pipe/vae")
    assert not found.components
    assert summarise(found).stored_bytes == 4 * 288
    named = load("hf://org/pipe/v1-5-pruned.safetensors")
    assert not named.components
    assert summarise(named).tensors == 3


@pytest.mark.parametrize("local", [True, False])
def test_a_pipeline_without_weights_opens_from_its_configs(
    hub: Hub, tmp_path: Path, local: bool
) -> None:
    files = {
        "model_index.json": text_file(MODEL_INDEX),
        "unet/config.json": text_file(STABLE_DIFFUSION),
        "vae/config.json": text_file(AUTOENCODER),
        "scheduler/scheduler_config.json": text_file({}),
    }
    model = hub.add(Repository("org/design", files))
    folder = lay_out(tmp_path / "design", model)
    for text in (folder, folder / "model_index.json") if local else ("org/design",):
        summary = summarise(load(str(text)))
        assert summary.components == ("unet", "vae")
        assert summary.total == 859_520_964 + 83_653_863


def test_a_list_of_components_that_are_not_here(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps(MODEL_INDEX))
    with pytest.raises(NotAModel, match="lists components, and none of their folders is here"):
        load(str(tmp_path / "model_index.json"))


def test_a_component_that_cannot_be_read_is_named(hub: Hub) -> None:
    model = pipeline()
    model.files["vae/config.json"] = text_file({"_class_name": "Odd"})
    model.files[f"vae/{STEM}.bin"] = File(b"", 100)
    for name in (f"vae/{STEM}.safetensors", f"vae/{STEM}.fp16.safetensors"):
        del model.files[name]
    hub.add(model)
    found = load("org/pipe")
    assert not found.complete
    assert [shard.name for shard in found.shards if shard.problem] == [f"vae/{STEM}.bin"]
    assert summarise(found).stored_bytes == STORED - 4 * 288


def test_layers_behind_a_sentence_transformer_are_part_of_it(hub: Hub, tmp_path: Path) -> None:
    model = hub.add(sentence_transformer())
    for found in (load("org/st"), load(str(lay_out(tmp_path / "st", model)))):
        summary = summarise(found)
        assert summary.total == 584 + 6 * 8 + 6
        assert summary.components == ("2_Dense",)
        assert found.config.model_type == "llama"
        names = {tensor.name for tensor in found.tensors}
        assert {"model.norm.weight", "2_Dense.linear.weight"} < names
        assert found.shards[-1].name == "2_Dense/model.safetensors"


def test_a_sentence_transformer_without_layers_is_a_plain_model(hub: Hub) -> None:
    model = sentence_transformer()
    del model.files["2_Dense/model.safetensors"]
    hub.add(model)
    found = load("org/st")
    assert not found.components
    assert summarise(found).total == 584
    assert not any(seen.path.endswith("modules.json") for seen in hub.seen)


@pytest.mark.parametrize("index", ["", "[]", "7", '{"unet": 3}', '{"unet": ["a"]}', "[" * 9999])
def test_a_list_that_lists_nothing_leaves_one_model(hub: Hub, index: str) -> None:
    hub.add(Repository("org/odd", {**single().files, "model_index.json": text_file(index)}))
    found = load("org/odd")
    assert not found.components
    assert summarise(found).total == 584


def test_folders_outside_are_not_followed() -> None:
    folders = by_folder({"model_index.json": 1, "unet/model.safetensors": 9, "model.bin": 3}, "")
    odd = {name: ["a", "b"] for name in ("..", "../x", "/etc", "a.b", "_x", "", "unet")}
    plan = read_list("model_index.json", json.dumps(odd).encode(), folders)
    assert plan is not None
    assert plan.parts == (Part("unet", "unet"),)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_list_is_read_or_left(value: object) -> None:
    folders = {"": {"modules.json": 1, "model_index.json": 1}, "a": {"model.safetensors": 8}}
    for file in ("modules.json", "model_index.json"):
        plan = read_list(file, json.dumps(value).encode(), folders)
        assert plan is None or set(plan.parts) <= {Part("a", "a"), Part("a", ""), Part("", "")}


def test_which_list_counts() -> None:
    here = {"model_index.json": 1, "modules.json": 1}
    assert list_file({"": here}) == "model_index.json"
    assert list_file({"": {"modules.json": 1}, "1_Pooling": {"config.json": 1}}) is None
    assert list_file({"": {"modules.json": 1}, "2_Dense": {"x.safetensors": 1}}) == "modules.json"
    assert list_file({}) is None
