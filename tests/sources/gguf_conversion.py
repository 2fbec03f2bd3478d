"""A model of the catalogue written as GGUF by llama.cpp's own package, in a file without data.

Names come from the package's map; the metadata are those that convert_hf_to_gguf.py writes.
"""

import re
from collections.abc import Iterator
from math import prod
from pathlib import Path

import gguf
import numpy as np

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.tensor import TensorInfo

ARCHITECTURES = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
SUFFIXES = (".weight", ".bias")


def write(checkpoint: Checkpoint, architecture: str, path: Path, matrices: str = "F16") -> None:
    """Write `checkpoint` with its matrices in one type and all else in 32 bits."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in metadata(checkpoint.config, architecture).items():
        add = writer.add_array if isinstance(value, list) else writer.add_uint32
        (writer.add_bool if isinstance(value, bool) else add)(f"{architecture}.{key}", value)
    writer.add_token_list([f"token {i}" for i in range(100)])
    names = gguf.get_tensor_name_map(ARCHITECTURES[architecture], checkpoint.config.layers or 0)
    end = 0
    for tensor in converted(checkpoint):
        name = names.get_name(tensor.name, SUFFIXES) or names.get_name(
            f"model.{tensor.name}", SUFFIXES
        )
        assert name, f"llama.cpp has no name for {tensor.name}"
        plain = tuple(size for size in tensor.shape if size != 1) or (1,)
        kind = gguf.GGMLQuantizationType.F32
        if len(plain) > 1 and "norm" not in name and "conv" not in name:
            kind = gguf.GGMLQuantizationType[matrices]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        nbytes = prod(plain) // block * size
        dtype = {"F32": np.float32, "F16": np.float16}.get(kind.name, np.uint8)
        packed = dtype is np.uint8
        shape = gguf.quants.quant_shape_to_byte_shape(plain, kind) if packed else plain
        writer.add_tensor_info(name, shape, np.dtype(dtype), nbytes, raw_dtype=kind)
        end = -(-end // 32) * 32 + nbytes
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with path.open("r+b") as file:
        file.truncate(-(-path.stat().st_size // 32) * 32 + end)


def converted(checkpoint: Checkpoint) -> Iterator[TensorInfo]:
    """The tensors as the converter hands them to the map: experts in one, some names shorter."""
    experts: dict[str, int] = {}
    for tensor in checkpoint.tensors:
        name = re.sub(r"(experts)\.\d+\.", r"\1.", tensor.name)
        experts[name] = experts.get(name, 0) + 1
    seen = set()
    for tensor in checkpoint.tensors:
        name = re.sub(r"(experts)\.\d+\.", r"\1.", tensor.name)
        if name in seen or name.startswith("cls."):
            continue
        seen.add(name)
        shape = (experts[name], *tensor.shape) if name != tensor.name else tensor.shape
        name = name.removeprefix("bert.").replace(".dt_bias", ".dt_proj.bias")
        if re.search(r"c_(attn|proj|fc)\.weight", name):
            shape = shape[::-1]  # GPT-2's, which stand [in, out] in transformers
        yield tensor._replace(name=name, shape=shape)


def metadata(config: ModelConfig, architecture: str) -> dict[str, object]:
    """Keys without the architecture's name before them."""
    text = config.text
    layers = (config.layers or 0) + (text.integer("num_nextn_predict_layers") or 0)
    latent = text.integer("kv_lora_rank")
    found: dict[str, object] = {
        "block_count": layers,
        "context_length": config.context_length or 2**20,
        "embedding_length": config.hidden_size,
        "feed_forward_length": config.intermediate_size or 0,
        "attention.head_count": config.heads or 0,
        "attention.head_count_kv": text.integer("num_key_value_heads"),
        "expert_count": config.experts,
        "expert_used_count": config.experts_per_token,
        "attention.sliding_window": text.integer("sliding_window"),
        "nextn_predict_layers": text.integer("num_nextn_predict_layers"),
        "decoder_block_count": text.integer("num_decoder_layers"),
        "full_attention_interval": text.integer("full_attention_interval"),
    }
    if text.flag("use_sliding_window") is False:
        del found["attention.sliding_window"]
    size = text.integer("head_dim", "d_kv")
    if size and not latent:
        found |= {"attention.key_length": size, "attention.value_length": size}
    if latent:
        found |= _latent(config)
    if "ssm" in architecture or text.integer("state_size", "mamba_d_state"):
        found |= {
            "ssm.conv_kernel": text.integer("conv_kernel", "mamba_d_conv"),
            "ssm.state_size": text.integer("state_size", "mamba_d_state"),
        }
    if text.integer("linear_key_head_dim"):
        found["ssm.state_size"] = text.integer("linear_key_head_dim")
    if period := text.integer("attn_layer_period"):
        offset, heads = text.integer("attn_layer_offset"), text.integer("num_key_value_heads")
        found["attention.head_count_kv"] = [
            heads if layer % period == offset else 0 for layer in range(layers)
        ]
    if architecture == "bert":
        found["attention.causal"] = False
    return {key: value for key, value in found.items() if value is not None}


def _latent(config: ModelConfig) -> dict[str, object]:
    """Multi-head latent attention, which llama.cpp runs as one head over the latent."""
    text = config.text
    latent, rope = text.integer("kv_lora_rank") or 0, text.integer("qk_rope_head_dim") or 0
    return {
        "attention.head_count_kv": 1,
        "attention.kv_lora_rank": latent,
        "attention.q_lora_rank": text.integer("q_lora_rank"),
        "attention.key_length": latent + rope,
        "attention.value_length": latent,
        "attention.key_length_mla": (text.integer("qk_nope_head_dim") or 0) + rope,
        "attention.value_length_mla": text.integer("v_head_dim"),
        "rope.dimension_count": rope,
        "leading_dense_block_count": text.integer("first_k_dense_replace"),
    }
