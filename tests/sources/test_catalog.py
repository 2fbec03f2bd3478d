"""The bundled catalogue opens without network and agrees with published figures."""

import pytest

from paramtui.checkpoint.blueprint import has_blueprint
from paramtui.checkpoint.summary import summarise
from paramtui.sources.catalog import CatalogEntry, bundled_ids, entries, find_entry, load_bundled

PUBLISHED = {
    # the Hub's own safetensors totals (huggingface.js and llmfit collect them)
    "meta-llama/Llama-3.1-8B": 8_030_261_248,
    "meta-llama/Llama-3.1-405B": 405_853_388_800,
    "mistralai/Mixtral-8x7B-v0.1": 46_702_792_704,
    "mistralai/Mixtral-8x22B-Instruct-v0.1": 140_630_071_296,
    "Qwen/Qwen2.5-72B": 72_706_203_648,
    "Qwen/Qwen3-235B-A22B": 235_093_634_560,
    "google/gemma-2-27b": 27_227_128_320,
    "openai/gpt-oss-20b": 20_914_757_184,
    "openai/gpt-oss-120b": 116_829_156_672,
    "HuggingFaceTB/SmolLM2-135M": 134_515_008,
}


def test_there_is_something_to_choose_from() -> None:
    assert len(entries()) >= 205
    assert "meta-llama/Llama-3.1-8B" in bundled_ids()
    assert len({entry.id.casefold() for entry in entries()}) == len(entries())
    assert list(bundled_ids()) == sorted(bundled_ids(), key=str.casefold)


@pytest.mark.parametrize(("model", "parameters"), PUBLISHED.items())
def test_published_totals(model: str, parameters: int) -> None:
    entry = find_entry(model)
    assert entry
    assert entry.parameters == parameters


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_an_entry_is_whole(entry: CatalogEntry) -> None:
    kinds = [config.model_type for config in entry.components.values()] or [entry.model_type]
    assert all(map(has_blueprint, kinds))
    assert entry.license
    assert entry.parameters > 0
    checkpoint = load_bundled(entry.id)
    assert checkpoint
    assert checkpoint.source == "bundled"
    assert checkpoint.notice
    assert checkpoint.complete
    assert summarise(checkpoint).total == entry.parameters


COMPONENTS = {
    # what diffusers counts of each (`num_parameters`), as model cards and file sizes have it
    "black-forest-labs/FLUX.1-dev": {
        "transformer": 11_901_408_320,
        "text_encoder_2": 4_762_310_656,
        "text_encoder": 123_060_480,
        "vae": 83_819_683,
    },
    "stabilityai/stable-diffusion-xl-base-1.0": {
        "unet": 2_567_463_684,
        "text_encoder_2": 694_659_840,
        "text_encoder": 123_060_480,
        "vae": 83_653_863,
    },
}


@pytest.mark.parametrize("model", COMPONENTS)
def test_a_pipeline_is_all_its_components(model: str) -> None:
    checkpoint = load_bundled(model)
    assert checkpoint
    counted = {
        name: sum(t.elements for t in checkpoint.tensors if t.name.startswith(f"{name}."))
        for name in COMPONENTS[model]
    }
    assert counted == COMPONENTS[model]
    assert summarise(checkpoint).total == sum(counted.values())
    assert {part.name for part in checkpoint.components} == set(counted)


@pytest.mark.parametrize(
    ("modality", "least"), [("text", 150), ("text+image", 20), ("speech", 5), ("diffusion", 3)]
)
def test_every_kind_is_there(modality: str, least: int) -> None:
    assert sum(entry.modality == modality for entry in entries()) >= least


def test_ids_match_in_any_case() -> None:
    checkpoint = load_bundled("META-LLAMA/llama-3.1-8b")
    assert checkpoint
    assert checkpoint.id == "meta-llama/Llama-3.1-8B"
    assert load_bundled("meta-llama/no-such-model") is None
    assert load_bundled("") is None


def test_a_name_alone_is_enough_where_only_one_model_has_it() -> None:
    entry = find_entry("GPT2")
    assert entry is not None
    assert entry.id == "openai-community/gpt2"
    assert find_entry("no-such-name") is None
