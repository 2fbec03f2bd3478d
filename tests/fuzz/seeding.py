"""Where fuzzing begins: files kept in `seeds/`, and what the project itself knows."""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from tests.checkpoint.gguf_bytes import Gguf, Info, Typed
from tests.fuzz.mutation import random_header

KEPT = Path(__file__).parent / "seeds"
"""An example a file, below the name of what it is for: what once went wrong, and rare forms."""


def seeds(target: str) -> list[bytes]:
    """The examples of one target, in an order that stays."""
    kept = [path.read_bytes() for path in sorted((KEPT / target).glob("*"))]
    return [*kept, *MADE[target]()]


def _headers() -> list[bytes]:
    chance = Random(0)  # noqa: S311 - repeatable
    return [random_header(chance) for _ in range(50)]


def _indexes() -> list[bytes]:
    weight_map = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    return [
        json.dumps({"metadata": {"total_size": 8}, "weight_map": weight_map}).encode(),
        b'{"weight_map":{"a":"../../api/whoami-v2","b":"x.safetensors"}}',
    ]


def _configs() -> list[bytes]:
    """The bundled configurations with few layers and experts, so that each run is short."""
    rows = json.loads((files("paramtui.sources") / "bundled" / "models.json").read_text("utf-8"))
    return [json.dumps(_shortened(row["config"])).encode() for row in rows]


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [_shortened(item) for item in value[:4]]
    if not isinstance(value, dict):
        return value
    return {
        name: min(item, 4)
        if ("layers" in name or "experts" in name) and type(item) is int
        else _shortened(item)
        for name, item in value.items()
    }


def _ggufs() -> list[bytes]:
    settings = {
        "general.architecture": "llama",
        "general.name": "a model",
        "general.alignment": 32,
        "llama.block_count": 1,
        "llama.embedding_length": 64,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.context_length": 128,
        "tokenizer.ggml.tokens": ["a", "b", "c"],
        "tokenizer.ggml.scores": [0.5, 1.5],
        "nested": Typed(9, [Typed(9, [1, 2], 4)], 9),
    }
    tensors = {
        "token_embd.weight": Info((3, 64)),
        "blk.0.attn_q.weight": Info((64, 64), 2),
        "blk.0.attn_k.weight": Info((32, 64), 8),
        "blk.0.ffn_up.weight": Info((64, 64), 1),
        "output_norm.weight": Info((64,)),
    }
    return [
        Gguf(settings, tensors).file(),
        Gguf(settings, tensors, big=True).file(),
        Gguf(settings, tensors, version=2).head(),
        Gguf({"split.tensors.count": 3, "general.type": "imatrix"}).file(),
    ]


def _adapters() -> list[bytes]:
    config = {
        "peft_type": "LORA",
        "r": 8,
        "lora_alpha": 16,
        "base_model_name_or_path": "org/base",
        "target_modules": ["q_proj", "v_proj"],
        "modules_to_save": ["lm_head"],
        "rank_pattern": {"q_proj": 4},
        "use_dora": True,
    }
    header = {
        f"base_model.model.model.layers.0.self_attn.q_proj.lora_{part}.weight": {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [at, at + 2048],
        }
        for part, shape, at in (("A", [8, 64], 0), ("B", [64, 8], 2048))
    }
    settings = json.dumps(config).encode()
    return [settings, settings + b"\n" + json.dumps(header).encode()]


def _infos() -> list[bytes]:
    value = {
        "id": "org/model",
        "sha": "0" * 40,
        "gated": "manual",
        "private": False,
        "cardData": {"license": ["mit", "other"]},
        "config": {"model_type": "llama", "architectures": ["X"], "diffusers": {}},
        "safetensors": {"parameters": {"BF16": 4}, "total": 4},
        "siblings": [
            {"rfilename": "a.safetensors", "size": 9, "blobId": "x", "lfs": {"sha256": "y"}},
            {"rfilename": "../b", "size": -1},
        ],
    }
    return [json.dumps(value).encode()]


MADE: Mapping[str, Callable[[], list[bytes]]] = MappingProxyType(
    {
        "header": _headers,
        "index": _indexes,
        "config": _configs,
        "config_beside": _configs,
        "gguf": _ggufs,
        "adapter": _adapters,
        "info": _infos,
    }
)
