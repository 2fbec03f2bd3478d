"""What compressed-tensors stores for a linear layer (its package, version 0.20, `compressors`)."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain

from paramtui.checkpoint.blueprint.parts import Parts, copied, linear
from paramtui.checkpoint.config import Fields
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.tensor import Shape

I32, I64, I8, F8 = (SAFETENSORS_DTYPES[name] for name in ("I32", "I64", "I8", "F8_E4M3"))

Stored = tuple[str, Dtype, Shape]
"""Name, type and shape of what a file holds."""


def scheme(options: Fields) -> Fields:
    """The one scheme for all linear layers; empty where there are several, or it is for others."""
    groups = options.section("config_groups")
    if len(groups.names()) != 1 or options.section("kv_cache_scheme"):
        return Fields()
    only = groups.section(groups.names()[0])
    return only if only.texts("targets") == ("Linear",) else Fields()


def is_known(options: Fields) -> bool:
    """Whether the files can be told from the options."""
    weights = scheme(options).section("weights")
    bits = weights.integer("num_bits") or 0
    known = options.text("format") in LAYOUTS and _scales((1, 1), weights) is not None
    return known and 1 <= bits <= 8 and all(map(_plain, options.texts("ignore") or ()))


def layout(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:
    """The numbers and what describes them, by the format that the options name."""
    found, module = scheme(options), name.removesuffix(".weight")
    weights, activations = found.section("weights"), found.section("input_activations")
    yield from LAYOUTS[options.text("format") or ""](module, shape, weights)
    scales = _scales(shape, weights) or (1,)
    yield f"{module}.weight_scale", dtype, scales
    if activations and activations.flag("dynamic") is False:
        yield f"{module}.input_scale", dtype, (1,)


def is_ignored(module: str, options: Fields) -> bool:
    """Whether the options leave a module alone, by its name or by an expression for its end."""
    for entry, plain in zip(options.texts("ignore") or (), ignored(options), strict=True):
        if module == plain or (entry.startswith("re:") and plain in module):
            return True
    return False


def ignored(options: Fields) -> tuple[str, ...]:
    """The modules that the options leave alone, by their names or parts of them."""
    return tuple(_plain(entry) or entry for entry in options.texts("ignore") or ())


def experts_apart(parts: Parts) -> Parts:
    """The experts of packed tensors as layers of their own, as they are before they are packed."""
    for piece in parts:
        name, shape, _ = piece
        stem, _, last = name.rpartition(".")
        if len(shape) != 3 or last not in ("gate_up_proj", "down_proj"):
            yield piece
            continue
        count, outputs, inputs = shape
        names = ("gate_proj", "up_proj") if last == "gate_up_proj" else ("down_proj",)
        rows = outputs // len(names)
        yield from copied(stem, count, chain(*(linear(name, inputs, rows) for name in names)))


def _packed(module: str, shape: Shape, weights: Fields) -> Iterator[Stored]:
    """32-bit words without a gap, and the shape they had."""
    (outputs, inputs), bits = shape, weights.integer("num_bits") or 4
    yield f"{module}.weight_packed", I32, (outputs, -(-inputs * bits // 32))
    yield f"{module}.weight_shape", I64, (2,)
    if weights.flag("symmetric") is False:
        groups = (_scales(shape, weights) or (1, 1))[-1]
        yield f"{module}.weight_zero_point", I32, (-(-outputs * bits // 32), groups)
    if weights.text("actorder") == "group":
        yield f"{module}.weight_g_idx", I32, (inputs,)


def _eight_bits(module: str, shape: Shape, weights: Fields) -> Iterator[Stored]:
    kind = F8 if weights.text("type") == "float" else I8
    yield f"{module}.weight", kind, shape
    if weights.flag("symmetric") is False:
        yield f"{module}.weight_zero_point", kind, _scales(shape, weights) or (1,)


LAYOUTS: dict[str, Callable[[str, Shape, Fields], Iterator[Stored]]] = {
    "pack-quantized": _packed,
    "float-quantized": _eight_bits,
    "int-quantized": _eight_bits,
    "naive-quantized": _eight_bits,
}


def _scales(shape: Shape, weights: Fields) -> Shape | None:
    """How many scales a matrix has; None for a strategy that is not known."""
    outputs, inputs = shape
    size = weights.integer("group_size")
    strategy = weights.text("strategy")
    if strategy == "group" and size is not None and size > 0:
        return outputs, -(-inputs // size)
    block = weights.integers("block_structure") or ()
    if strategy == "block" and len(block) == 2 and min(block) > 0:
        return -(-outputs // block[0]), -(-inputs // block[1])
    return {"channel": (outputs, 1), "tensor": (1,)}.get(strategy or "")


@lru_cache(maxsize=1 << 10)
def _plain(entry: str) -> str:
    """The text that a module's name has, of a name or of an expression such as `re:.*lm_head`.

    Empty for an expression of another kind: one of a stranger's is never run.
    """
    if not entry.startswith("re:"):
        return entry
    found = re.fullmatch(r"\^?(?:\.\*)?((?:[\w-]|\\?\.(?![*+?]))+)(?:\.\*)?\$?", entry[3:])
    return found[1].replace("\\", "") if found else ""
