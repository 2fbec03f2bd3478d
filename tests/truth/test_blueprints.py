"""Blueprints equal what transformers saves, tensor for tensor, in both styles of config."""

import gzip
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pytest

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.sources.catalog import load_bundled
from tests.conftest import SHARED, needs_shared

COUNTS = SHARED / "truth" / "counts"

HUB_IDS = {
    "bert-base-uncased": "google-bert/bert-base-uncased",
    "bloom-560m": "bigscience/bloom-560m",
    "command-r7b-12-2024": "CohereLabs/c4ai-command-r7b-12-2024",
    "deepseek-v2-lite": "deepseek-ai/DeepSeek-V2-Lite",
    "falcon-7b": "tiiuae/falcon-7b",
    "gemma-2-2b": "google/gemma-2-2b",
    "gemma-3-4b": "google/gemma-3-4b-pt",
    "gpt2": "openai-community/gpt2",
    "granite-3.0-1b-a400m": "ibm-granite/granite-3.0-1b-a400m-base",
    "jamba-v0.1": "ai21labs/Jamba-v0.1",
    "llama-2-7b": "meta-llama/Llama-2-7b-hf",
    "llama-3.1-70b": "meta-llama/Llama-3.1-70B",
    "llama-3.1-8b": "meta-llama/Llama-3.1-8B",
    "llama-3.2-1b": "meta-llama/Llama-3.2-1B",
    "llava-1.5-7b": "llava-hf/llava-1.5-7b-hf",
    "mamba-2.8b": "state-spaces/mamba-2.8b-hf",
    "mistral-7b-v0.1": "mistralai/Mistral-7B-v0.1",
    "mixtral-8x7b": "mistralai/Mixtral-8x7B-v0.1",
    "olmo-2-7b": "allenai/OLMo-2-1124-7B",
    "opt-350m": "facebook/opt-350m",
    "phi-3-mini-4k": "microsoft/Phi-3-mini-4k-instruct",
    "pythia-6.9b": "EleutherAI/pythia-6.9b",
    "qwen2.5-0.5b": "Qwen/Qwen2.5-0.5B",
    "qwen2.5-7b": "Qwen/Qwen2.5-7B",
    "qwen3-0.6b": "Qwen/Qwen3-0.6B",
    "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B",
    "qwen3-8b": "Qwen/Qwen3-8B",
    "qwen3-next-80b-a3b": "Qwen/Qwen3-Next-80B-A3B-Instruct",
    "smollm2-135m": "HuggingFaceTB/SmolLM2-135M",
    "stablelm-2-1.6b": "stabilityai/stablelm-2-1_6b",
    "t5-base": "google-t5/t5-base",
    "tinyllama-1.1b": "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    "vit-base-patch16-224": "google/vit-base-patch16-224",
    "whisper-large-v3": "openai/whisper-large-v3",
    "zamba2-1.2b": "Zyphra/Zamba2-1.2B",
}

pytestmark = needs_shared


@lru_cache(maxsize=1)
def truth(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        gzip.decompress((COUNTS / f"{name}.json.gz").read_bytes())
    )
    return document


def as_rows(tensors: Sequence[TensorInfo]) -> dict[str, tuple[list[int], str]]:
    rows = {tensor.name: (list(tensor.shape), tensor.dtype.name) for tensor in tensors}
    assert len(rows) == len(tensors), "a name is there twice"
    return rows


def expected(name: str) -> dict[str, tuple[list[int], str]]:
    return {row[0]: (row[1], row[2]) for row in truth(name)["disk"]}


@pytest.mark.parametrize("style", ["config", "config_v5"])
@pytest.mark.parametrize("name", HUB_IDS)
def test_blueprint_equals_what_is_saved(name: str, style: str) -> None:
    config = ModelConfig.from_json(truth(name)[style])
    # Where the config claims no type, the reference was saved in bf16.
    tensors = blueprint(config, None if config.dtype else BF16)
    assert as_rows(tensors) == expected(name)


@pytest.mark.parametrize("name", HUB_IDS)
def test_the_bundled_description_equals_what_is_saved(name: str) -> None:
    checkpoint = load_bundled(HUB_IDS[name])
    assert checkpoint
    assert as_rows(checkpoint.tensors) == expected(name)


def test_every_reference_model_is_covered() -> None:
    found = {path.name.removesuffix(".json.gz") for path in COUNTS.glob("*.json.gz")}
    assert found == set(HUB_IDS)


HARVEST = SHARED / "harvest"

ALIKE = {
    # folder -> how many bytes the index says more than the tensors it names, and why
    "XiaomiMiMo__MiMo-7B-RL": 0,
    "MiniMaxAI__MiniMax-M1-80k": 0,
    "Qwen__Qwen-7B": 0,
    "Qwen__Qwen-7B-Chat-Int4": 0,
    "Qwen__Qwen3-14B-MLX-4bit": 0,
    # 280 numbers that only the weights tell are written as text, of 19 characters or a few more
    "github__IrfanUruchi__Llama-2-13B-Computer-Engineering-": 43,
    "github__IrfanUruchi__Llama-3.1-8B-Computer-Networks-LLM": 0,
    "github__Ade7121976__split_models": 4_681_016,  # headers are in it: 131 bytes a tensor
    "github__roshinpv__mpx": 0,
    "Qwen__Qwen2.5-VL-7B-Instruct": 0,
    "bigscience__bloom": 0,
    "bin-index/THUDM__chatglm3-6b": 0,
    "bin-index/mosaicml__mpt-7b-instruct": 0,
    "black-forest-labs__FLUX.1-schnell__text_encoder_2": 0,
    "github__PANDASANG1231__llama_3.2-3B-huggingface-shard0": 0,
    "github__SmartMaster35Rus__Llama3-GGuf": 1_610_612_736,  # its total_size is wrong
    "github__bryce-hoehn__Qwen3.5-18B-REAP-A3B-Coding": 0,
    "github__loading-oss__megred-model-chatglm3": 0,
    "black-forest-labs__FLUX.1-schnell__transformer": 0,
    "google__gemma-2b": 0,
    "ibm-granite__granite-3.1-1b-a400m-instruct": 0,
    "ibm-granite__granite-3b-code-instruct-128k": 0,
    "internlm__internlm2-chat-1_8b": 0,
    "meta-llama__Llama-3.2-3B-Instruct": 0,
    "microsoft__Phi-3-vision-128k-instruct": 0,
    "microsoft__phi-4": 0,
    "mistralai__Mistral-7B-v0.1": 0,
    "mistralai__Mixtral-8x7B-Instruct-v0.1": 0,
    "nvidia__Cosmos-Reason2-8B": -17_534_247_392,  # its total_size is 0
    "openai__gpt-oss-20b": 0,
    "openbmb__MiniCPM-Llama3-V-2_5": 17_074_184_672,  # its total_size is twice that of its files
    "meta-llama__Llama-2-70b-chat-hf": 20_480,  # 80 rotary frequencies of 64 numbers in 32 bits
    "stabilityai__stable-code-3b": 0,
}


def harvested(folder: str) -> tuple[Any, Any]:
    place = HARVEST / folder
    names = ("index.json", "index.json.gz", "pytorch_model.bin.index.json")
    index = next(place / name for name in names if (place / name).exists())
    data = index.read_bytes()
    data = gzip.decompress(data) if index.suffix == ".gz" else data
    return json.loads((place / "config.json").read_bytes()), json.loads(data)


@pytest.mark.parametrize("folder", ALIKE)
def test_blueprint_equals_a_published_index(folder: str) -> None:
    document, index = harvested(folder)
    config = ModelConfig.from_json(document)
    # BLOOM's config claims no type; its files are in bf16.
    tensors = blueprint(config, BF16 if folder == "bigscience__bloom" else None)
    buffers = {name for name in index["weight_map"] if name.endswith(".rotary_emb.inv_freq")}
    assert {tensor.name for tensor in tensors} == set(index["weight_map"]) - buffers
    size = sum(tensor.nbytes for tensor in tensors)
    assert index["metadata"]["total_size"] - size == ALIKE[folder]


@pytest.mark.parametrize(
    ("folder", "config", "file"),
    [
        (
            "black-forest-labs__FLUX.1-schnell",
            "text_encoder__config.json",
            "text_encoder/model.safetensors",
        ),
    ],
)
def test_a_component_is_as_large_as_its_file(folder: str, config: str, file: str) -> None:
    place = HARVEST / "single-file" / folder
    tensors = blueprint(ModelConfig.from_json(json.loads((place / config).read_bytes())))
    size = json.loads((place / "source.json").read_bytes())["safetensors_file_sizes"][file]
    held = sum(tensor.nbytes for tensor in tensors)
    # A header takes about 100 bytes a tensor.
    assert held + 60 * len(tensors) < size < held + 200 * len(tensors)
