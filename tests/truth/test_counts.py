"""Counts against real software: torch modules on the meta device, and files as they were published.

`truth/counts` holds every tensor transformers 5.23 writes for a model with the parameters torch
counts; `catalogue` whole repositories; `harvest/shapes` the tensors of published indexes.
"""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo
from tests.conftest import SHARED, needs_shared

pytestmark = needs_shared

NAMES = {
    "lm_head": "head",
    "routed_experts": "experts",
    "shared_expert": "shared_experts",
    "position_embedding": "position",
}
RECURRENT = (Category.SSM, Category.LINEAR_ATTENTION)
OPERATORS = {"Conv1D": "linear", "CLIPVisionEmbeddings": "other", "ViTEmbeddings": "other"}
"""What transformers' classes compute, where the name of the class does not say it."""


def found(folder: str) -> list[Path]:
    paths = sorted((SHARED / folder).glob("*.json*"))
    return [path for path in paths if not path.name.startswith("_")]


def name(path: Path) -> str:
    return path.name.partition(".json")[0]


def read(path: Path) -> Any:
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def tensor(name: str, dtype: str, shape: list[int], file: str = "") -> TensorInfo:
    return TensorInfo(name, SAFETENSORS_DTYPES[dtype], tuple(shape), file)


def truth(path: Path) -> tuple[Any, ParameterSummary]:
    facts = read(path)
    tensors = tuple(tensor(name, dtype, shape) for name, shape, dtype in facts["disk"])
    return facts, summarise(
        Checkpoint(facts["name"], tensors, ModelConfig.from_json(facts["config"]))
    )


def by_category(summary: ParameterSummary) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for category, parameters in summary.by_category.items():
        counts["ssm_or_linear_attention" if category in RECURRENT else category.value] += parameters
    return dict(counts)


@pytest.mark.parametrize("path", found("truth/counts"), ids=name)
def test_parameters_are_those_torch_counts(path: Path) -> None:
    facts, summary = truth(path)
    assert summary.total == facts["total_params"]
    assert summary.active == facts["active_params"]
    assert summary.stored_elements == facts["disk_elements"]
    assert summary.tensors == facts["n_disk_tensors"]
    categories = {NAMES.get(key, key): value for key, value in facts["categories"].items()}
    assert by_category(summary) == categories


@pytest.mark.parametrize("path", found("truth/counts"), ids=name)
def test_operators_are_those_of_the_torch_modules(path: Path) -> None:
    facts, summary = truth(path)
    ours = {
        tensor.name: (group.operator.value, group.category)
        for group in summary.groups
        for tensor in group.tensors
    }
    wrong = {
        (tensor, kind, ours[tensor][0])
        for tensor, *_, kind, _ in facts["mem"]
        if tensor in ours
        and ours[tensor][0] != operator(kind)
        # transformers 5 made modules of their own of the routers, linear layers before
        and ours[tensor][1] is not Category.ROUTER
    }
    assert not wrong


def operator(kind: str) -> str:
    if kind in OPERATORS:
        return OPERATORS[kind]
    words = {"Linear": "linear", "Embedding": "embedding", "Conv": "convolution", "Norm": "norm"}
    return next((value for word, value in words.items() if word in kind), "other")


@pytest.mark.parametrize("path", found("catalogue"), ids=name)
def test_stored_bytes_are_those_of_the_repository(path: Path) -> None:
    repository = read(path)
    shards = repository.get("shards") or {"model.safetensors": repository["tensors"]}
    tensors = tuple(
        tensor(name, dtype, shape, shard)
        for shard, held in shards.items()
        for name, (dtype, shape) in held.items()
    )
    config = ModelConfig.from_json(repository["config"])
    summary = summarise(
        Checkpoint(repository["id"], tensors, config, shards=tuple(map(Shard, shards)))
    )
    assert summary.stored_bytes == sum(tensor.nbytes for tensor in tensors)
    assert (summary.tensors, summary.files) == (len(tensors), len(shards))
    assert sum(summary.by_category.values()) == summary.total
    tree = build_module_tree(summary)
    assert (tree.parameters, tree.nbytes) == (summary.total, summary.stored_bytes)


PUBLISHED = {
    "MiniMaxAI__MiniMax-M1-80k": 456_089_655_296,
    "Qwen__Qwen-7B": 7_721_324_544,
    # as its base: 966,656 zeros of the packing and all scales left out
    "Qwen__Qwen-7B-Chat-Int4": 7_721_324_544,
    "Qwen__Qwen2.5-VL-7B-Instruct": 8_292_166_656,
    # as Qwen3-14B
    "Qwen__Qwen3-14B-MLX-4bit": 14_768_307_200,
    "XiaomiMiMo__MiMo-7B-RL": 7_833_409_536,
    "bigscience__bloom": 176_247_271_424,
    "github__IrfanUruchi__Llama-2-13B-Computer-Engineering-": 13_015_864_320,
    "github__IrfanUruchi__Llama-3.1-8B-Computer-Networks-LLM": 8_030_261_248,
    # as Qwen2.5-14B
    "github__roshinpv__mpx": 14_770_033_664,
    "google__gemma-2b": 2_506_172_416,
    "meta-llama__Llama-2-70b-chat-hf": 68_976_648_192,
    "nvidia__Cosmos-Reason2-8B": 8_767_123_696,
    "openai__gpt-oss-20b": 20_914_757_184,
    # 179,522,565,120 stored, less the second copy of its tied head
    "tiiuae__falcon-180B-chat": 179_522_565_120 - 65_024 * 14_848,
}


@pytest.mark.parametrize("model", PUBLISHED)
def test_totals_are_those_published(model: str) -> None:
    patterns = read(SHARED / "harvest" / "shapes" / f"{model}.json")["tensors_by_pattern"]
    tensors = tuple(
        tensor(pattern.replace("{}", f"{place}{copy}"), row["dtype"], row["shape"])
        for pattern, rows in patterns.items()
        for place, row in enumerate(rows, start=1)
        for copy in range(row["count"])
    )
    config = ModelConfig.from_json(read(SHARED / "harvest" / model / "config.json"))
    assert summarise(Checkpoint(model, tensors, config)).total == PUBLISHED[model]
