"""The packed layouts of linear layers: one row a `quant_method`."""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from paramtui.checkpoint.blueprint import compressed
from paramtui.checkpoint.blueprint.compressed import Stored
from paramtui.checkpoint.config import Fields
from paramtui.checkpoint.dtype import BF16, F16, F32, SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.names import Names
from paramtui.checkpoint.tensor import Shape
from paramtui.record import Record

I8, I32, U8, U32, F8 = (SAFETENSORS_DTYPES[name] for name in ("I8", "I32", "U8", "U32", "F8_E4M3"))

NORMS = r"\w*norm\w* ln_\w+ \w*conv\w*"
EMBEDDINGS = r"embed_tokens\w* wte wpe \w+_embeddings?"
HEADS = r"embed\w* wte wpe \w+_embeddings? lm_head head output output_layer score"
ROUTERS = "gate router shared_expert_gate eh_proj"
"""What the last part of a module's name is."""

Layout = Callable[[str, Shape, Dtype, Fields], Iterator[Stored]]
"""Name and shape of a weight, the model's type, the method's options -> what the file holds."""


class Packing(Record):
    """How one method stores a checkpoint."""

    layout: Layout
    spared: Names
    """The last names of modules it leaves alone."""
    listed: tuple[str, ...] = ()
    """Options that list further modules to leave alone."""
    own_bias: Callable[[Fields], bool] = lambda options: False  # noqa: ARG005 - most have none
    """Whether the layout brings a bias of its own."""
    silent: Dtype | None = None
    """The type of the rest where the config claims none."""
    experts: bool = True
    """Whether mixtures of experts keep the names their family gives them."""
    apart: bool = False
    """Whether experts of packed tensors are layers of their own first."""
    ignores: Callable[[str, Fields], bool] = lambda module, options: False  # noqa: ARG005
    """Whether the options leave a module alone, beside those they list."""

    def packs(self, name: str, shape: Shape, options: Fields, kept: tuple[str, ...]) -> bool:
        """Whether a tensor is a linear layer's weight that this method packs.

        `kept` are the modules that the options list to be left alone.
        """
        if len(shape) != 2 or not name.endswith(".weight"):
            return False
        module = name.removesuffix(".weight")
        if _hold(self.spared, module.rpartition(".")[2]) or self.ignores(module, options):
            return False
        return not kept or not any(one == module or f".{one}." in f".{module}." for one in kept)

    def kept(self, options: Fields) -> tuple[str, ...]:
        """The modules that the options list to be left alone."""
        return tuple(one for option in self.listed for one in options.texts(option) or ())

    def tells_copies_apart(self, options: Fields) -> bool:
        """Whether the options name some experts of a layer, who are then not all alike.

        They name modules by parts of their names: such a part holds the number of an expert where
        it begins with it, or with what stands before it.
        """
        ignored = compressed.ignored(options) if self.apart else ()
        named = (*self.kept(options), *ignored, *options.names())
        before = {part[: found.start()] for part in named for found in _NUMBERED.finditer(part)}
        return any(part.endswith(COPIED) or COPIED.endswith(part) for part in before)


COPIED = "experts"
"""The modules that are told once for all their copies."""
_NUMBERED = re.compile(r"(^|\.)[0-9*]")
"""The number of a layer or expert, or the `*` that stands for all."""


@lru_cache(maxsize=1 << 10)
def _hold(spared: Names, leaf: str) -> bool:
    """Whether the last part of a module's name is such; few are different."""
    return spared.hold(leaf)


def block_fp8(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:  # noqa: ARG001
    """8-bit numbers and one 32-bit scale for each block (DeepSeek-V3, README_WEIGHTS.md)."""
    height, width = _block(options)
    yield name, F8, shape
    yield f"{name}_scale_inv", F32, (-(-shape[0] // height), -(-shape[1] // width))


@lru_cache(maxsize=1)
def _block(options: Fields) -> tuple[int, ...]:
    """Rows and columns of a block."""
    return options.integers("weight_block_size") or (128, 128)


def gptq(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:
    """Columns of 32-bit words, a group index, and AutoGPTQ's bias whether used or not."""
    module, bits, groups = name.removesuffix(".weight"), _bits(options), _groups(shape, options)
    outputs, inputs = shape
    yield f"{module}.qweight", I32, (-(-inputs * bits // 32), outputs)
    yield f"{module}.qzeros", I32, (groups, -(-outputs * bits // 32))
    yield f"{module}.scales", dtype, (groups, outputs)
    yield f"{module}.g_idx", I32, (inputs,)
    if adds_bias(options):
        yield f"{module}.bias", dtype, (outputs,)


def adds_bias(options: Fields) -> bool:
    """AutoGPTQ gives every layer a bias; GPTQModel, which signs its files, does not."""
    return "quantizer" not in options.section("meta")


def awq(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:
    """Rows of 32-bit words, eight outputs each (arXiv:2306.00978)."""
    module, bits, groups = name.removesuffix(".weight"), _bits(options), _groups(shape, options)
    outputs, inputs = shape
    yield f"{module}.qweight", I32, (inputs, -(-outputs * bits // 32))
    yield f"{module}.qzeros", I32, (groups, -(-outputs * bits // 32))
    yield f"{module}.scales", dtype, (groups, outputs)


def int8(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:  # noqa: ARG001
    """bitsandbytes: 8-bit numbers, a scale a row (arXiv:2208.07339), the layout's number."""
    module = name.removesuffix(".weight")
    yield name, I8, shape
    yield f"{module}.SCB", F32, shape[:1]
    yield f"{module}.weight_format", U8, ()


def four_bits(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:
    """bitsandbytes: half bytes, a scale for 64 of them, and what describes both as JSON.

    With double quantisation a scale is a byte, and 256 of them share one (arXiv:2305.14314).
    """
    count, kind = shape[0] * shape[1], options.text("bnb_4bit_quant_type") or "fp4"
    storage = STORAGES.get(options.text("bnb_4bit_quant_storage") or "", U8)
    blocks = -(-count // 64)
    yield name, storage, (-(-count * 4 // storage.bits), 1)
    double = options.flag("bnb_4bit_use_double_quant") or False
    yield f"{name}.absmax", U8 if double else F32, (blocks,)
    yield f"{name}.quant_map", F32, (16,)
    if double:
        yield f"{name}.nested_absmax", F32, (-(-blocks // 256),)
        yield f"{name}.nested_quant_map", F32, (256,)
    state = {"quant_type": kind, "blocksize": 64, "dtype": NAMES[dtype], "shape": shape}
    if double:
        state |= {"nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": OFFSET}
    length = len(json.dumps(state))
    yield f"{name}.quant_state.bitsandbytes__{kind}", U8, (length,)


NAMES = {F32: "float32", F16: "float16", BF16: "bfloat16"}
STORAGES = {"float32": F32, "float16": F16, "bfloat16": BF16}
OFFSET = 0.04412345678901234
"""The mean of a layer's scales, which only its weights tell; most are written in 19 characters."""


def mlx(name: str, shape: Shape, dtype: Dtype, options: Fields) -> Iterator[Stored]:
    """Rows of 32-bit words with a scale and an offset a group; a module may have its own bits."""
    module = name.removesuffix(".weight")
    own = options.section(module) or options
    groups = _groups(shape, own)
    yield name, U32, (shape[0], shape[1] * _bits(own) // 32)
    yield f"{module}.scales", dtype, (shape[0], groups)
    yield f"{module}.biases", dtype, (shape[0], groups)


def _bits(options: Fields) -> int:
    bits = options.integer("bits", "w_bit")
    return bits if bits is not None and 1 <= bits <= 8 else 4


def _groups(shape: Shape, options: Fields) -> int:
    size = options.integer("group_size", "q_group_size")
    return -(-shape[1] // size) if size is not None and size > 0 else 1


PLAIN = Names(f"{NORMS} {HEADS} {ROUTERS}")

PACKINGS: dict[str, Packing] = {
    "awq": Packing(awq, PLAIN, ("modules_to_not_convert",), silent=F16),
    "bnb-4bit": Packing(four_bits, PLAIN, ("llm_int8_skip_modules",), silent=F16, experts=False),
    "bnb-int8": Packing(int8, PLAIN, ("llm_int8_skip_modules",), silent=F16, experts=False),
    "compressed-tensors": Packing(
        compressed.layout,
        Names(f"{NORMS} {EMBEDDINGS}"),
        apart=True,
        ignores=compressed.is_ignored,
    ),
    "fp8": Packing(block_fp8, PLAIN, ("modules_to_not_convert", "ignored_layers")),
    "gptq": Packing(gptq, PLAIN, own_bias=adds_bias, silent=F16),
    "mlx": Packing(mlx, Names(NORMS), experts=False),
}


def packing_of(options: Fields) -> Packing | None:
    """The row for a quantisation config; None when there is none, or its sizes are not given."""
    method = options.text("quant_method")
    if method == "bitsandbytes":
        if options.flag("load_in_8bit"):
            return PACKINGS["bnb-int8"]
        return PACKINGS["bnb-4bit"] if options.flag("load_in_4bit") else None
    if method == "compressed-tensors" and not compressed.is_known(options):
        return None
    if method is None:
        return (
            PACKINGS["mlx"] if options.integer("bits") and options.integer("group_size") else None
        )
    block = options.integers("weight_block_size") or ()
    if method == "fp8" and (len(block) != 2 or min(block) <= 0):
        return None
    return PACKINGS.get(method)
