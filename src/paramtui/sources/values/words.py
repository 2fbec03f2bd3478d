"""Integers of a few bits in words, in groups with a scale: GPTQ, AWQ, compressed-tensors, MLX."""

from collections.abc import Iterator
from math import prod

import numpy as np

from paramtui.sources.values.bits import unpacked
from paramtui.sources.values.numbers import Array, table
from paramtui.sources.values.packed import Dequantised, NotModelled, PackedTensor
from paramtui.sources.values.scaled import scaled
from paramtui.sources.values.stored import tiles

AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
"""Where the first, second … output stands among the eight of a word (AutoAWQ, `AWQ_PACK_ORDER`)."""
BITS = (2, 3, 4, 8)


def gptq_or_awq(packed: PackedTensor) -> Dequantised:
    """GPTQ packs inputs into rows, AWQ outputs into columns; `scales` [groups, outputs] tells."""
    matrix, scales = packed.matrix, packed.part(".scales")
    if len(matrix.shape) != 2 or scales is None or len(scales.shape) != 2:
        raise NotModelled("it has no scales for groups of inputs")
    if matrix.dtype.bits != 32:
        raise NotModelled("its words are not of 32 bits")
    if scales.shape[1] == matrix.columns:
        return _gptq(packed)
    if scales.shape[1] == matrix.columns * 8 and packed.part(".qzeros"):
        return _awq(packed)
    raise NotModelled("it is laid out for a kernel of its own")


def _gptq(packed: PackedTensor) -> Dequantised:
    """(number − zero) × scale; zeros are stored less one, but in the format gptq_v2 (AutoGPTQ)."""
    matrix, (outputs, inputs) = packed.matrix, packed.logical
    bits = _bits(matrix.rows * 32, inputs)
    scales = packed.whole(".scales")
    zeros = np.full(scales.shape, float(1 << (bits - 1)))
    if ".qzeros" in packed.parts:
        part = packed.parts[".qzeros"]
        held = unpacked(part.codes(0, part.count).reshape(part.shape), bits)[:, :outputs]
        plain = packed.options.text("checkpoint_format") == "gptq_v2"
        zeros = held.astype(np.float64) + (0 if plain else 1)
    groups = _groups(packed, ".g_idx", inputs, len(scales))
    if zeros.shape != scales.shape:
        raise NotModelled("its zero points and scales do not go together")

    def chunks() -> Iterator[Array]:
        for start, stop in tiles(matrix.rows, matrix.columns * 32 // bits, step=bits):
            codes = matrix.row_codes(0, start, stop)
            numbers = unpacked(np.ascontiguousarray(codes.T), bits).T
            of = groups[start * 32 // bits :][: len(numbers)]
            yield (numbers[: len(of)] - zeros[of]) * scales[of]

    return Dequantised(f"GPTQ, {_in_groups(bits, inputs, len(scales))}", outputs * inputs, chunks)


def _awq(packed: PackedTensor) -> Dequantised:
    """(number − zero) × scale, eight outputs to a word in an order of their own."""
    matrix = packed.matrix
    scales, part = packed.whole(".scales"), packed.parts[".qzeros"]
    zeros = _in_order(part.codes(0, part.count).reshape(part.shape)).astype(np.float64)
    groups = _groups(packed, "", matrix.rows, len(scales))
    if zeros.shape != scales.shape:
        raise NotModelled("its zero points and scales do not go together")

    def chunks() -> Iterator[Array]:
        for start, stop in tiles(matrix.rows, matrix.columns * 8):
            of = groups[start:stop]
            yield (_in_order(matrix.row_codes(0, start, stop)) - zeros[of]) * scales[of]

    words = _in_groups(4, matrix.rows, len(scales))
    return Dequantised(f"AWQ, {words}", matrix.rows * matrix.columns * 8, chunks)


def _in_order(words: Array) -> Array:
    numbers = unpacked(words, 4).reshape(*words.shape, 8)
    return numbers[..., list(AWQ_ORDER)].reshape(len(words), -1)


def compressed(packed: PackedTensor) -> Dequantised:
    """compressed-tensors: (number − zero) × scale, stored with half the range added to both."""
    matrix, scale = packed.matrix, packed.part(".weight_scale")
    if matrix.dtype.bits == 8:
        return scaled(packed)
    if scale is None or len(matrix.shape) != 2 or matrix.dtype.bits != 32:
        raise NotModelled("it has no scales for groups of inputs")
    outputs, inputs = packed.logical
    bits = _bits(matrix.columns * 32, inputs, near=True)
    zeros, scales = _packed_zeros(packed, bits), packed.whole(".weight_scale").reshape(outputs, -1)
    if 32 % bits:
        raise NotModelled(f"it packs {bits} bits into words of 32")
    groups = _groups(packed, ".weight_g_idx", inputs, scales.shape[1])

    def chunks() -> Iterator[Array]:
        for start, stop in tiles(outputs, inputs):
            numbers = unpacked(matrix.row_codes(0, start, stop), bits)[:, :inputs]
            shift = zeros[start:stop][:, groups] if zeros is not None else 1 << (bits - 1)
            yield (numbers.astype(np.float64) - shift) * scales[start:stop][:, groups]

    words = _in_groups(bits, inputs, scales.shape[1])
    return Dequantised(f"compressed-tensors, {words}", outputs * inputs, chunks)


def _packed_zeros(packed: PackedTensor, bits: int) -> Array | None:
    """Zero points [outputs, groups], packed along the outputs; None where they are all zero."""
    part = packed.part(".weight_zero_point")
    if part is None:
        return None
    if part.dtype.name != "I32" or len(part.shape) != 2:
        raise NotModelled("its zero points are not packed as its numbers are")
    words = part.codes(0, part.count).reshape(part.shape)
    zeros = unpacked(np.ascontiguousarray(words.T), bits).T[: packed.logical[0]]
    return zeros.astype(np.float64)


def affine(packed: PackedTensor) -> Dequantised:
    """MLX: number × scale + bias, numbers in one stream of bits along each row."""
    matrix, scales, biases = packed.matrix, packed.part(".scales"), packed.part(".biases")
    if scales is None or scales.rows != matrix.rows:
        raise NotModelled("its scales are not one for each group of inputs")
    inputs, groups = packed.logical[-1], scales.columns
    bits = matrix.columns * 32 // inputs if inputs else 0
    if not bits or inputs % groups or bits * inputs != matrix.columns * 32:
        raise NotModelled("its groups do not fill its rows")
    mode = packed.options.text("mode") or "affine"
    floats = biases is None and bits == 4 and scales.dtype.name == "U8"
    if not floats and (biases is None or biases.shape != scales.shape or mode != "affine"):
        raise NotModelled("it has no biases beside its scales")
    kind = "F8_E4M3" if inputs // groups == 16 else "F8_E8M0"

    def chunks() -> Iterator[Array]:
        for plane in range(packed.planes):
            for start, stop in tiles(matrix.rows, inputs * (1 if 32 % bits == 0 else bits)):
                codes = unpacked(matrix.row_codes(plane, start, stop), bits)
                numbers = codes.reshape(stop - start, groups, -1)
                if floats or biases is None:
                    scale = table(kind)[scales.row_codes(plane, start, stop)]
                    yield table("F4")[numbers] * scale[..., None]
                else:
                    scale = scales.row_numbers(plane, start, stop)[..., None]
                    yield numbers * scale + biases.row_numbers(plane, start, stop)[..., None]

    name = f"MLX {'NVFP4' if kind == 'F8_E4M3' else 'MXFP4'}" if floats else "MLX"
    return Dequantised(f"{name}, {_in_groups(bits, inputs, groups)}", prod(packed.logical), chunks)


def _bits(held: int, numbers: int, *, near: bool = False) -> int:
    """Bits of each of so many numbers; `near` where the last word may not be full."""
    for bits in BITS:
        if held == bits * numbers or (near and 0 <= held - bits * numbers < 32):
            return bits
    raise NotModelled("its numbers do not fill its words")


def _groups(packed: PackedTensor, order: str, inputs: int, groups: int) -> Array:
    """The group of every input, by the order it was quantised in where that is there."""
    part = packed.parts.get(order)
    if part is not None and part.count == inputs:
        found = packed.whole(order).ravel().astype(np.int64)
        if found.size and found.min() >= 0 and found.max() < groups:
            return found
    size = next((size for _, size in packed.schemes() if size > 0), 0)
    if size <= 0 or -(-inputs // size) != groups:
        size = -(-inputs // groups) if groups else 0
    if not size or -(-inputs // size) != groups:
        raise NotModelled("its groups do not fill its rows")
    return np.arange(inputs) // size


def _in_groups(bits: int, inputs: int, groups: int) -> str:
    return f"{bits} bits in groups of {-(-inputs // groups)}"
