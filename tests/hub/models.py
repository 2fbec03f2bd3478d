"""Small checkpoints for tests: safetensors bytes without values, whole repositories."""

import json
from collections.abc import Mapping

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from tests.hub.server import File, Repository

Tensors = Mapping[str, tuple[str, tuple[int, ...]]]

EMBEDDING: Tensors = {"model.embed_tokens.weight": ("BF16", (64, 8))}
LAYER: Tensors = {
    "model.layers.0.self_attn.q_proj.weight": ("BF16", (8, 8)),
    "model.norm.weight": ("F32", (8,)),
}
BYTES = 2 * (64 * 8 + 8 * 8) + 4 * 8
"""What the tensors of both take."""
CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8}
INDEX = "model.safetensors.index.json"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def stored(checkpoint: Checkpoint) -> int:
    """Bytes of all tensors."""
    return sum(tensor.nbytes for tensor in checkpoint.tensors)


def header(tensors: Tensors) -> tuple[bytes, int]:
    """The JSON header of `tensors` and the bytes of their data."""
    position = 0
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    for name, (dtype, shape) in tensors.items():
        elements = 1
        for dimension in shape:
            elements *= dimension
        end = position + SAFETENSORS_DTYPES[dtype].nbytes(elements)
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [position, end]}
        position = end
    return json.dumps(entries, separators=(",", ":")).encode(), position


def weights(tensors: Tensors) -> File:
    """A safetensors file of zeros."""
    text, data = header(tensors)
    return raw_weights(text, data)


def raw_weights(text: bytes, data: int) -> File:
    """A file with `text` for a header and `data` bytes behind it."""
    head = len(text).to_bytes(8, "little") + text
    return File(head, len(head) + data)


def text_file(value: object) -> File:
    """A file of JSON, or of the text or bytes given."""
    if isinstance(value, bytes):
        return File(value, len(value))
    body = (value if isinstance(value, str) else json.dumps(value)).encode()
    return File(body, len(body))


def index_of(shards: Mapping[str, Tensors]) -> File:
    """The index of `shards`, file -> tensors."""
    weight_map = {name: file for file, tensors in shards.items() for name in tensors}
    total = sum(header(tensors)[1] for tensors in shards.values())
    return text_file({"metadata": {"total_size": total}, "weight_map": weight_map})


def elements(*parts: Tensors) -> dict[str, int]:
    """Stored elements by dtype, as the Hub counts them."""
    counts: dict[str, int] = {}
    for tensors in parts:
        for dtype, shape in tensors.values():
            size = 1
            for dimension in shape:
                size *= dimension
            counts[dtype] = counts.get(dtype, 0) + size
    return counts


def single(name: str = "org/single") -> Repository:
    """A model in one file: 64×8 + 8×8 in BF16 and 8 in F32, 584 parameters, 1,184 bytes."""
    tensors = {**EMBEDDING, **LAYER}
    files = {"config.json": text_file(CONFIG), "model.safetensors": weights(tensors)}
    return Repository(name, files, parameters=elements(tensors))


def sharded(name: str = "org/sharded") -> Repository:
    """The same model in two shards with an index."""
    parts = dict(zip(SHARDS, (EMBEDDING, LAYER), strict=True))
    files = {
        "config.json": text_file(CONFIG),
        INDEX: index_of(parts),
        **{file: weights(tensors) for file, tensors in parts.items()},
    }
    return Repository(name, files, parameters=elements(EMBEDDING, LAYER))


def many_shards(count: int, name: str = "org/many") -> Repository:
    """`count` shards of 1,184 bytes, each of a layer of its own, with an index."""
    parts = {
        f"model-{number:05}-of-{count:05}.safetensors": {
            f"model.layers.{number}.{tensor}": kind
            for tensor, kind in {**EMBEDDING, **LAYER}.items()
        }
        for number in range(1, count + 1)
    }
    files = {
        "config.json": text_file(CONFIG),
        INDEX: index_of(parts),
        **{file: weights(tensors) for file, tensors in parts.items()},
    }
    return Repository(name, files, parameters=elements(*parts.values()))


MIXTURE: dict[str, Json] = {
    "architectures": ["Qwen3MoeForCausalLM"],
    "model_type": "qwen3_moe",
    "torch_dtype": "bfloat16",
    "hidden_size": 64,
    "intermediate_size": 96,
    "moe_intermediate_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "num_experts": 8,
    "vocab_size": 512,
}
"""A small mixture of experts, of a family with a blueprint."""


def described(count: int, name: str = "org/described") -> Repository:
    """Shards of what `MIXTURE` describes, as equal in number of tensors as can be."""
    tensors = blueprint(ModelConfig.from_json(MIXTURE))
    parts: dict[str, dict[str, tuple[str, tuple[int, ...]]]] = {}
    for place, tensor in enumerate(tensors):
        file = f"model-{1 + place * count // len(tensors):05}-of-{count:05}.safetensors"
        parts.setdefault(file, {})[tensor.name] = tensor.dtype.name, tensor.shape
    files = {
        "config.json": text_file(MIXTURE),
        INDEX: index_of(parts),
        **{file: weights(held) for file, held in parts.items()},
    }
    return Repository(name, files, parameters=elements(*parts.values()))
