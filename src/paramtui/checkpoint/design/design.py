"""A checkpoint as it would be if its config said something else: the tensors of its blueprint."""

from collections.abc import Iterator, Sequence
from math import prod

from paramtui.checkpoint.blueprint import BlueprintError, blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.design.apply import changed
from paramtui.checkpoint.design.change import ConfigChange, DesignError
from paramtui.checkpoint.dtype import BF16, F16, F32, Dtype
from paramtui.checkpoint.fields import Fields
from paramtui.checkpoint.layouts import layouts, total_elements
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean
from paramtui.checkpoint.tying import is_tied
from paramtui.record import replace

CLASSES = "architectures"


def designed(found: Checkpoint, changes: Sequence[ConfigChange]) -> Checkpoint:
    """The model that the config of `found` describes with some fields set; raises DesignError.

    Without changes it is `found` itself.
    """
    if not changes:
        return found
    if found.adapter is not None:
        raise DesignError("an adapter has no config.json to change", f"open {_base(found)} instead")
    if not found.config.root:
        raise DesignError(f"{found.id} has no config.json to change")
    if any(part.name for part in found.components):
        names = ", ".join(part.name for part in found.components if part.name)
        raise DesignError(f"{found.id} has a config for each of {names}", "open one of its folders")
    config, fitted, told = changed(_without_class(found.config), changes)
    typed = clean(", ".join(map(str, changes)), 300)
    notice = f"a design: config.json with {typed}, tensors from its blueprint"
    return replace(
        found,
        tensors=_tensors(config, typed, _type_of(found)),
        config=config,
        source="config",
        shards=(),
        totals=(),
        choices=(),
        components=(),
        notice=notice,
        warnings=(*told, *_odd(config), *_apart(found), *_packed(found)),
        design=fitted,
    )


def _without_class(config: ModelConfig) -> ModelConfig:
    """A config without what GGUF has in place of a class: llama.cpp's name of the family."""
    if not _is_of_gguf(config):
        return config
    return ModelConfig(
        Fields({name: config.root.raw(name) for name in config.root.names() if name != CLASSES})
    )


def _is_of_gguf(config: ModelConfig) -> bool:
    name = config.architecture
    return name is not None and name == name.lower()


def _packed(found: Checkpoint) -> Iterator[str]:
    if _is_of_gguf(found.config):
        yield "the files are GGUF, the design in BF16: --precision q4_k_m shows what it would weigh"


def _base(found: Checkpoint) -> str:
    return (found.adapter.base if found.adapter else None) or "its base model"


def _tensors(config: ModelConfig, typed: str, dtype: Dtype | None) -> Sequence[TensorInfo]:
    try:
        return blueprint(config, None if config.dtype else dtype)
    except BlueprintError as error:
        hint = "leave the packed format out: --config-set quantization_config=null"
        packed = "quantised" in str(error)
        raise DesignError(f"with {typed}: {error}", hint if packed else None) from None


def _type_of(found: Checkpoint) -> Dtype | None:
    """The type most of the tensors have, where it is a plain one; a config may claim none."""
    sizes: dict[Dtype, int] = {}
    for (dtype, shape), count in layouts(found.tensors).items():
        sizes[dtype] = sizes.get(dtype, 0) + prod(shape) * count
    if _is_of_gguf(found.config):
        return BF16
    usual = max(sizes, key=lambda dtype: sizes[dtype], default=None)
    return usual if usual in (F32, BF16, F16) else None


def _odd(config: ModelConfig) -> Iterator[str]:
    """What libraries would not build, or not as it is meant."""
    text, hidden, heads = config.text, config.hidden_size, config.heads
    shared = text.positive("num_key_value_heads")
    if hidden and heads and hidden % heads and text.positive("head_dim") is None:
        yield f"the width {hidden:,} is no multiple of {heads:,} heads, and no head_dim is given"
    if heads and shared and heads % shared:
        yield f"{heads:,} query heads are no multiple of {shared:,} key and value heads"


def _apart(found: Checkpoint) -> Iterator[str]:
    """Where the files of the unchanged model hold something else than its blueprint says."""
    if found.source not in ("hub", "cache", "local") or not found.tensors:
        return
    try:
        plain = blueprint(found.config)
    except BlueprintError:
        return
    (files, there), (count, here) = _weight(found.tensors), _weight(plain)
    if (files, there) != (count, here):
        tied = " (its head is tied to its embedding)" if is_tied(found.config) else ""
        yield (
            f"unchanged, its files hold {there:,} elements in {files:,} tensors, "
            f"its blueprint {here:,} in {count:,}{tied}"
        )


def _weight(tensors: Sequence[TensorInfo]) -> tuple[int, int]:
    return len(tensors), total_elements(tensors)
