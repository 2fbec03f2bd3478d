"""GGUF's tensors under the names and shapes their modules have in transformers.

One spelling serves every family, Llama's: what a tensor is for is all that matters here. A name
that no row of the table knows keeps its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from paramtui.checkpoint.formats.gguf import GgufTensor
from paramtui.checkpoint.formats.gguf_name_table import (
    BARE,
    DELTA,
    DELTA_SIGNS,
    LAYER,
    MIXER,
    PLACES,
    TOP,
    TOWER,
)
from paramtui.checkpoint.tensor import Shape, TensorInfo


def translate(files: Mapping[str, Sequence[GgufTensor]]) -> tuple[TensorInfo, ...]:
    """The tensors of a model's files, named and shaped as transformers has them."""
    layers = _layers(tensor for tensors in files.values() for tensor in tensors)
    taken: dict[str, str] = {}
    found: list[TensorInfo] = []
    for file, tensors in files.items():
        for tensor in tensors:
            name = _name(tensor.name, layers)
            if taken.setdefault(name, tensor.name) != tensor.name:
                name = tensor.name
            shape = _shape(name, tensor.shape)
            found.append(TensorInfo(name, tensor.dtype, shape, file))
    return tuple(found)


Layer = Mapping[str, Shape]
"""The modules of one layer and the shapes of their weights; other parameters under their names."""

_LAYER = re.compile(r"((?:dec\.|enc\.|v\.|a\.)?blk\.\d{1,9}\.)(.+)")
_LAST = re.compile(r"(.+?)\.(weight|bias|scale|input_scale)(?:\.(lora_[ab]))?")
_EXPERT = re.compile(r"ffn_(gate|up|down)\.(\d{1,9})")


def _layers(tensors: Iterable[GgufTensor]) -> Mapping[str, Layer]:
    """The layers by what the names of their tensors begin with."""
    layers: dict[str, dict[str, Shape]] = {}
    for tensor in tensors:
        if match := _LAYER.fullmatch(tensor.name):
            module = match[2].removesuffix(".weight")
            layers.setdefault(match[1], {})[module] = tensor.shape
    return layers


def _name(name: str, layers: Mapping[str, Layer]) -> str:
    match = _LAST.fullmatch(name)
    path, last, adapter = match.groups() if match else (name, "", None)
    there, here = next((row for row in PLACES if path.startswith(row[0])), ("", ""))
    if inside := _LAYER.fullmatch(path):
        here += inside[1][len(there) :]
        module = _module(inside[2], layers.get(inside[1], {}))
    else:
        module = path[len(there) :]
        module = TOWER.get(module, module) if there else TOP.get(module, module)
    if adapter:
        return f"{here}{module}.lora_{adapter[-1].upper()}.weight"
    if not last or module.rpartition(".")[2] in BARE:
        return here + module
    return f"{here}{module}.{'weight_scale' if last == 'scale' else last}"


def _module(name: str, layer: Layer) -> str:
    """The module of a layer that llama.cpp calls `name`."""
    if expert := _EXPERT.fullmatch(name):
        return f"mlp.experts.{expert[2]}.{expert[1]}_proj"
    part = "dt_bias" if name == "ssm_dt" and name not in layer else None
    if name in DELTA and any(signs <= layer.keys() for signs in DELTA_SIGNS):
        return f"linear_attn.{part or DELTA[name]}"
    if name.startswith("ssm_"):
        return f"mamba.{part or MIXER.get(name, name)}"
    if name == "ffn_norm":
        follows = "post_attention_norm" in layer
        return "pre_feedforward_layernorm" if follows else "post_attention_layernorm"
    if name == "ffn_up" and _is_fused(layer):
        return "mlp.gate_up_proj"
    for there, here in (("time_mix_", "linear_attention."), ("channel_mix_", "mlp.")):
        if name.startswith(there) and name not in LAYER:
            return here + name
    return LAYER.get(name, name)


def _is_fused(layer: Layer) -> bool:
    """Whether ffn_up holds the gate as well: twice as many outputs as ffn_down has inputs."""
    up, down = layer.get("ffn_up", ()), layer.get("ffn_down", ())
    return "ffn_gate" not in layer and len(up) == len(down) == 2 and up[0] == 2 * down[1]


def _shape(name: str, shape: Shape) -> Shape:
    """The shape in transformers, where llama.cpp's converter has dropped or added axes of 1."""
    path = name.removesuffix(".weight")
    plain = tuple(size for size in shape if size != 1) or shape[:1]
    if path.endswith(("conv1d", ".conv.conv")) and len(plain) == 2:
        return plain[0], 1, plain[1]
    if path.endswith((".A_log", ".D")):
        return plain
    if path.endswith(".shared_expert_gate"):
        return 1, prod(shape)
    return (prod(shape),) if path.endswith("mamba.norm") else shape
