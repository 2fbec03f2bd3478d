"""Blueprints equal what transformers saves, tensor for tensor, in both styles of config."""

import gzip
import json
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


def as_rows(tensors: tuple[TensorInfo, ...]) -> dict[str, tuple[list[int], str]]:
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
