"""adapter_config.json and the header of adapter_model.safetensors -> Adapter.

Names and shapes as PEFT 0.21 saves them: peft/utils/save_and_load.py, get_peft_model_state_dict;
peft/tuners/lora/layer.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from paramtui.checkpoint.fields import Fields
from paramtui.checkpoint.formats.adapter import AdaptedLayer, Adapter, AdapterTensor
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.named_tuple import NamedTuple

PREFIX = "base_model.model."
"""What PEFT puts before the names of the model it wraps."""
TABLES = ("embed_tokens", "lm_head")
"""Layers whose frozen weights are saved beside an adapter (EMBEDDING_LAYER_NAMES)."""

_PART = re.compile(
    r"(?P<module>.+?)\.lora_(?P<part>A|B|embedding_A|embedding_B|magnitude_vector)"
    r"(?:\.(?!weight$|bias$)[^.]+)?(?:\.(?P<last>weight|bias))?"
)
_PLAIN = re.compile(r"[\w.-]+")


def read_adapter(
    config: Fields, tensors: Sequence[TensorInfo] = (), file_bytes: int | None = None
) -> Adapter:
    """The adapter that a configuration and the tensors of its file describe."""
    pairs = _pairs(tensors)
    rank = _rank(config, pairs)
    saved = config.texts("modules_to_save") or ()
    layers = tuple(_layer(module, pair, rank) for module, pair in pairs.items())
    held = {layer.module: layer for layer in layers}
    return Adapter(
        kind=config.text("peft_type") or "unknown",
        base=config.text("base_model_name_or_path"),
        base_revision=config.text("revision"),
        rank=rank,
        alpha=config.number("lora_alpha"),
        targets=_targets(config, layers),
        layers=layers,
        tensors=tuple(_tensor(tensor, held, rank, saved) for tensor in tensors),
        file_bytes=file_bytes,
        use_dora=bool(config.flag("use_dora"))
        or any(".lora_magnitude_vector" in tensor.name for tensor in tensors),
        use_rslora=bool(config.flag("use_rslora")),
        bias=config.text("bias") or "none",
        modules_to_save=tuple(dict.fromkeys(saved)),
    )


class Pair(NamedTuple):
    """The two matrices of one layer."""

    a: TensorInfo
    b: TensorInfo


def module_of(name: str) -> str:
    """The module that a tensor of the file belongs to, as the wrapped model calls it."""
    name = name.removeprefix(PREFIX)
    match = _PART.fullmatch(name)
    module = match["module"] if match else name.rpartition(".")[0]
    return module.removesuffix(".base_layer")


def rest_of(name: str) -> str:
    """What follows the module in a tensor's name, e.g. `lora_A.weight`.

    Of packed experts `base_layer` stays, since it tells one of their matrices from the other.
    """
    name = name.removeprefix(PREFIX)
    rest = name[len(module_of(name)) :].lstrip(".")
    return rest if _PART.fullmatch(name) else rest.removeprefix("base_layer.")


def _pairs(tensors: Iterable[TensorInfo]) -> dict[str, Pair]:
    """The matrices A and B of each layer that has both."""
    found: dict[tuple[str, str], TensorInfo] = {}
    for tensor in tensors:
        match = _PART.fullmatch(tensor.name.removeprefix(PREFIX))
        if match and match["last"] != "bias" and len(tensor.shape) > 1:
            found[match["module"], match["part"].rpartition("_")[2]] = tensor
    modules = dict.fromkeys(module for module, _ in found)
    return {
        module: Pair(found[module, "A"], found[module, "B"])
        for module in modules
        if (module, "A") in found and (module, "B") in found
    }


def _rank(config: Fields, pairs: Mapping[str, Pair]) -> int | None:
    """The rank that most layers have; the configuration's own where the file holds none."""
    stated = config.integer("r")
    rows = Counter(pair.a.shape[0] for module, pair in pairs.items() if not _is_packed(module))
    if stated is not None and stated > 0 and (not rows or rows[stated]):
        return stated
    return rows.most_common(1)[0][0] if rows else None


def _is_packed(module: str) -> bool:
    """Whether the ranks of all experts are stacked in one pair (`target_parameters`)."""
    return module_of(f"{module}.x").rpartition(".")[2] == "experts"


def _ranks(rows: int, module: str, rank: int | None) -> int:
    """How many times the adapter's rank these rows are; 0 for a rank of a layer's own."""
    if rank is None or rows % rank or (rows != rank and not _is_packed(module)):
        return 0
    return rows // rank


def _layer(module: str, pair: Pair, rank: int | None) -> AdaptedLayer:
    rows = pair.a.shape[0]
    count = max(_ranks(rows, module, rank), 1)
    inputs, outputs = prod(pair.a.shape[1:]), pair.b.shape[0]
    return AdaptedLayer(module_of(f"{module}.x"), inputs, outputs, rows // count, count)


def _tensor(
    tensor: TensorInfo, layers: Mapping[str, AdaptedLayer], rank: int | None, saved: Sequence[str]
) -> AdapterTensor:
    name = tensor.name.removeprefix(PREFIX)
    match = _PART.fullmatch(name)
    if match and match["last"] != "bias" and len(tensor.shape) > 1 and module_of(name) in layers:
        axis = 0 if match["part"].endswith("A") else 1
        times = _ranks(tensor.shape[axis], match["module"], rank)
        return AdapterTensor(tensor.name, tensor.dtype, tensor.shape, times, axis)
    trained = bool(match) or not _is_copy(name, saved)
    return AdapterTensor(tensor.name, tensor.dtype, tensor.shape, trained=trained)


def _is_copy(name: str, saved: Sequence[str]) -> bool:
    """Whether a tensor is a layer's frozen weight, stored so that the adapter stands alone."""
    module, _, _ = name.rpartition(".")
    if module.endswith(".base_layer"):
        return True
    return module.rpartition(".")[2] in TABLES and not module.endswith(tuple(saved))


def _targets(config: Fields, layers: Iterable[AdaptedLayer]) -> str:
    """The names of the adapted layers, as `target_modules` would list them."""
    names = dict.fromkeys(layer.module.rpartition(".")[2] for layer in layers)
    if not names:
        # A file that is not read leaves the configuration's own list; expressions are never run.
        listed = config.texts("target_modules") or ()
        names = dict.fromkeys(name for name in listed if _PLAIN.fullmatch(name))
    return ",".join(names)
