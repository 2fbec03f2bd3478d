"""Stored shapes -> logical shapes: what each packed format says about the matrix it holds."""

from collections.abc import Mapping
from math import prod

from paramtui.checkpoint.config import Fields
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.tensor import Shape
from paramtui.record import Record


class Packed(Record):
    """A stored matrix with the tensors that belong to it."""

    module: str
    """The module's full name, as a configuration's overrides spell it."""
    dtype: Dtype
    shape: Shape
    parts: Mapping[str, tuple[Dtype, Shape]]
    """Its scales, zero points and the like, by the suffix that tells them apart."""
    options: Fields
    """The `quantization_config`."""
    inputs: frozenset[int] = frozenset()
    """Widths the matrix may have by what stands around it; empty where nothing tells."""

    def part(self, *suffixes: str) -> Shape | None:
        """The shape of the first of these parts that is there."""
        return next((self.parts[name][1] for name in suffixes if name in self.parts), None)

    def schemes(self) -> list[tuple[int, int]]:
        """Bits and group size the configuration gives for this module, the likeliest first."""
        groups = self.options.section("config_groups")
        return [
            (bits, _group_size(scheme))
            for scheme in (
                self.options.section(self.module),
                self.options,
                *(groups.section(name).section("weights") for name in groups.names()),
                self.options.section("quant_config").section("weight_quant_params"),
            )
            if (bits := scheme.integer("bits", "num_bits", "w_bit", "nbits")) and 0 < bits <= 32
        ]


def _group_size(scheme: Fields) -> int:
    return scheme.integer("group_size", "q_group_size") or 0


def same(packed: Packed) -> Shape:
    """One stored element is one parameter: FP8, INT8."""
    return packed.shape


def rows_or_columns(packed: Packed) -> Shape:
    """GPTQ packs inputs into rows, AWQ outputs into columns; `scales` [groups, out] tells them."""
    scales, zeros, order = packed.part(".scales"), packed.part(".qzeros"), packed.part(".g_idx")
    *lead, rows, columns = packed.shape
    bits = next((bits for bits, _ in packed.schemes()), 4)
    per_word = packed.dtype.bits // bits
    if not scales or len(scales) < 2:
        return (*lead, columns, rows * per_word)
    if scales[-1] == columns:  # GPTQ: zero points are packed along the outputs
        if zeros and 0 < zeros[-1] < columns:
            bits = packed.dtype.bits * zeros[-1] // columns
        inputs = order[-1] if order and order[-1] else rows * packed.dtype.bits // max(bits, 1)
        return (*lead, columns, inputs)
    if scales[-2] == rows:  # AWQ's GEMV layout, transposed
        return (*lead, rows, columns * per_word)
    return (*lead, scales[-1], rows)


def words(packed: Packed) -> Shape:
    """compressed-tensors: inputs in 32-bit words, or two 4-bit numbers in a byte."""
    *lead, rows, columns = packed.shape
    order, scales = packed.part(".weight_g_idx"), packed.part(".weight_scale")
    if order and order[-1]:
        return (*lead, rows, order[-1])
    if packed.dtype.bits == 8:
        return (*lead, rows, columns * 2)
    groups = scales[-1] if scales and len(scales) > 1 else 1
    schemes = packed.schemes()
    for bits, size in schemes:
        held = columns * packed.dtype.bits // bits
        if size > 0 and columns * (packed.dtype.bits // bits) - size < groups * size <= held + size:
            return (*lead, rows, min(held, groups * size))
    if not schemes:
        # Four bits unless the layers around say that the words hold fewer, wider numbers.
        wide = (columns * (packed.dtype.bits // bits) for bits in (4, 8, 2, 3))
        return (*lead, rows, next((w for w in wide if w in packed.inputs), columns * 8))
    return (*lead, rows, columns * (packed.dtype.bits // schemes[0][0]))


def blocks(packed: Packed) -> Shape:
    """MXFP4: the last axis holds the bytes of one block of 32, the one before counts blocks."""
    *lead, count, nbytes = packed.shape
    return (*lead, count * nbytes * 2)


def affine(packed: Packed) -> Shape:
    """MLX: bits × inputs ÷ 32 words, inputs ÷ group size scales."""
    *lead, columns = packed.shape
    scales = packed.part(".scales") or (1,)
    groups, held = scales[-1] if scales else 1, columns * packed.dtype.bits
    for bits, size in packed.schemes():
        if size > 0 and held == bits * groups * size:
            return (*lead, groups * size)
    fitting = mlx_widths(held, groups)
    around = [inputs for inputs in fitting if inputs in packed.inputs]
    if fitting:
        # Of the rows before a matrix the queries' are what the output projection takes in.
        return (*lead, max(around, default=fitting[0]))
    return (*lead, held // (packed.schemes()[0][0] if packed.schemes() else 4))


def mlx_widths(held: int, groups: int) -> list[int]:
    """Inputs that this many bits and groups may stand for, the usual group size first."""
    widths = (groups * size for size in (64, 32, 128, 16))
    return [width for width in widths if width and held in [width * bits for bits in _MLX_BITS]]


_MLX_BITS = (2, 3, 4, 5, 6, 8)


def four_bits(packed: Packed) -> Shape:
    """bitsandbytes: a flat list of 4-bit numbers, in whatever type it is stored."""
    return (prod(packed.shape) * packed.dtype.bits // 4,)


def scaled(packed: Packed) -> Shape:
    """A matrix with scales beside it: FP8 and INT8 as they are, 4-bit numbers two a byte."""
    if packed.dtype.name not in ("U8", "I8"):
        return packed.shape
    *lead, rows, columns = packed.shape
    dtype, shape = next(iter(packed.parts.values()))
    scale_rows, scale_columns = shape[-2:] if len(shape) > 1 else (0, 0)
    if packed.dtype.name == "U8":
        if packed.options.text("quant_method") == "bitnet":
            return (*lead, rows * 4, columns)  # four ternary numbers a byte, along the outputs
        if next((bits for bits, _ in packed.schemes()), 4) == 8:
            return packed.shape
        if scale_rows == rows * 2:  # ModelOpt's INT4 packs along the outputs
            return (*lead, rows * 2, columns)
        return (*lead, rows, columns * 2)
    if shape == (columns,) and "weight_scales" in next(iter(packed.parts)):
        return (*lead, columns, rows)  # EETQ stands in × out
    # INT8 that hides 4-bit numbers: an 8-bit float for every 16 or 32 of them, or torchao's
    # scales, which stand [groups, out].
    block = 2 * columns // scale_columns if scale_columns else 0
    hidden = dtype.name.startswith("F8") and block in (16, 32) and scale_rows == rows
    turned = scale_columns == rows != scale_rows
    return (*lead, rows, columns * 2) if hidden or turned else packed.shape


def grouped(packed: Packed) -> Shape:
    """quanto: as it is, or groups in rows of which a byte holds two or four."""
    scale = packed.part(".weight._scale") or ()
    if packed.dtype.name == "U8" and len(scale) == 2 and scale[-1] == 1:
        return (scale[0] * packed.shape[-1],)
    return packed.shape


def described(packed: Packed) -> Shape:
    """VPTQ: indices of vectors, whose widths only the configuration gives, layer by layer."""
    layer = packed.options.section("config_for_layers").section(packed.module)
    outputs, inputs = layer.positive("out_features"), layer.positive("in_features")
    return (outputs, inputs) if outputs and inputs else packed.shape


def tiles(packed: Packed) -> Shape:
    """torchao's INT4 for tensor cores: 32-bit words in four axes, scales [groups, out, 2]."""
    scales = packed.part("._weight_scale_and_zero") or ()
    outputs = scales[1] if len(scales) == 3 and scales[1] else 1
    return (outputs, prod(packed.shape) * 8 // outputs)


def rows_of_groups(packed: Packed) -> Shape:
    """HQQ: a flat list of numbers, groups along one axis of what is stored."""
    scale = packed.part(".scale", ".meta.scale") or ()
    if len(scale) == 2 and scale[-1] == 1:
        return (scale[0] * packed.shape[-1],)
    bits = next((bits for bits, _ in packed.schemes()), 4)
    return (prod(packed.shape) * (packed.dtype.bits // bits),)


def codes(packed: Packed) -> Shape:
    """AQLM: each code stands for a block of outputs × inputs, as the codebooks have it."""
    books = packed.part(".codebooks") or ()
    if len(books) != 4:
        return packed.shape
    return (packed.shape[0] * books[2], packed.shape[1] * books[3])


def permuted(packed: Packed) -> Shape:
    """EXL2: a number of bits for each group of inputs, which the permutation counts."""
    order = packed.part(".q_invperm", ".q_perm") or (0,)
    return (packed.shape[-1], order[-1])


def trellis(packed: Packed) -> Shape:
    """EXL3: tiles of 16 × 16."""
    rows, columns = (*packed.shape, 0, 0)[:2]
    return (columns * 16, rows * 16)


def unknown(packed: Packed) -> Shape:
    """A layout no row knows: as many numbers as the words hold at the configuration's bits."""
    *lead, columns = packed.shape
    bits = next((bits for bits, _ in packed.schemes()), packed.dtype.bits)
    return (*lead, columns * packed.dtype.bits // bits)
