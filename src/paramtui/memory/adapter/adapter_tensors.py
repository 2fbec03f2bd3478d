"""The tensors of an adapter file, named and shaped as PEFT saves them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import TensorGroup
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.adapter.adapter_file import DTYPES, Entry
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_targets import Target
from paramtui.memory.layout.linear import module_name

PREFIX = "base_model.model."
"""What PEFT puts before the names of the model it wraps."""

RENAMED = (
    ("h.", "transformer.h."),
    ("wte.", "transformer.wte."),
    ("wpe.", "transformer.wpe."),
    ("language_model.model.", "model.language_model."),
    ("vision_tower.vision_model.", "model.vision_tower."),
    ("vision_tower.", "model.vision_tower."),
    ("multi_modal_projector.", "model.multi_modal_projector."),
)
"""Beginnings that files keep, and what transformers 5 loads them under."""

SAVED_EMBEDDINGS = ("embed_tokens", "lm_head")
"""Targets whose frozen weights go into the file as well (peft, EMBEDDING_LAYER_NAMES)."""

FLOATS = {"fp32": "F32", "bf16": "BF16"}


def adapter_tensors(
    lora: LoraConfig,
    config: ModelConfig,
    targets: Iterable[Target],
    whole: Iterable[tuple[TensorGroup, TensorInfo]],
) -> Iterator[Entry]:
    """Every tensor of the file: the adapter's, and those of the model trained `whole`."""
    renamed = _renamed(config)
    wrapped: Counter[str] = Counter()
    modules = set()
    for target in targets:
        parts = _parts(target, lora)
        old, new = _beginning(target.group.pattern, renamed)
        for tensor in target.tensors:
            module = module_name(tensor.name)
            modules.add(module)
            path = new + module[len(old) :]
            if target.packed:
                # PEFT wraps the owning module once for each of its parameters.
                owner = path.rpartition(".")[0]
                path = owner + ".base_layer" * wrapped[owner]
                wrapped[owner] += 1
            for name, dtype, of_rank, fixed in parts:
                yield Entry(path + name, dtype, of_rank, fixed)
    for group, tensor in whole:
        module, _, last = tensor.name.rpartition(".")
        old, new = _beginning(tensor.name, renamed)
        path = new + module[len(old) :] + (".base_layer" if module in modules else "")
        yield Entry(f"{path}.{last}", _float(group), 0, group.logical_shape)


def loaded_name(module: str, config: ModelConfig) -> str:
    """The name transformers 5 loads a module of the files under."""
    old, new = _beginning(module, _renamed(config))
    return new.removeprefix(PREFIX) + module[len(old) :]


def token_rows(lora: LoraConfig, config: ModelConfig, table: TensorGroup) -> Entry:
    """The trained rows of the embedding."""
    module = module_name(table.tensors[0].name)
    old, new = _beginning(module, _renamed(config))
    name = f"{new}{module[len(old) :]}.token_adapter.trainable_tokens_delta"
    return Entry(name, FLOATS[lora.precision], 0, (lora.trainable_tokens, table.in_features))


def _parts(target: Target, lora: LoraConfig) -> list[Entry]:
    """The tensors of one layer; packed experts stack their ranks in one pair of matrices."""
    dtype, times = FLOATS[lora.precision], target.ranks * target.group.matrices
    inputs, outputs = (target.inputs,), (target.outputs,)
    kind, end = ("embedding_", "") if target.embedding else ("", ".weight")
    parts = [
        Entry(f".lora_{kind}A{end}", dtype, times, inputs),
        Entry(f".lora_{kind}B{end}", dtype, times, outputs),
    ]
    if lora.lora_bias and not target.embedding:
        parts.append(Entry(".lora_B.bias", dtype, 0, outputs))
    if lora.use_dora and not target.packed:
        parts.append(Entry(".lora_magnitude_vector", dtype, 0, outputs))
    if target.module in SAVED_EMBEDDINGS and target.module in lora.target_modules.split(","):
        shape = target.group.logical_shape
        parts.append(Entry(".base_layer.weight", _float(target.group), 0, shape))
    return parts


def _renamed(config: ModelConfig) -> tuple[tuple[str, str], ...]:
    return () if (config.architecture or "").endswith("Model") else RENAMED


def _float(group: TensorGroup) -> str:
    return group.dtype.name if group.dtype.name in DTYPES else "BF16"


def _beginning(name: str, renamed: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """How a name begins in the file, and in PEFT's file."""
    for old, new in renamed:
        if name.startswith(old):
            return old, PREFIX + new
    return "", PREFIX
