"""Flat blocks of 4-bit numbers: bitsandbytes' NF4 and FP4, OpenAI's MXFP4; and its INT8 rows."""

import json
from collections.abc import Iterator
from math import prod

import numpy as np

from paramtui.checkpoint.fields import Fields
from paramtui.sources.values.bits import unpacked
from paramtui.sources.values.numbers import Array, table
from paramtui.sources.values.packed import Dequantised, NotModelled, PackedTensor
from paramtui.sources.values.stored import SLICE, tiles

STATES = (".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4")


def mxfp4(packed: PackedTensor) -> Dequantised:
    """gpt-oss: [..., blocks, 16] bytes of two numbers each, a power of two for each block."""
    matrix, scale = packed.matrix, packed.part("_scales")
    if scale is None or scale.shape != matrix.shape[:-1]:
        raise NotModelled("its scales are not one for each block")
    width = matrix.columns * 2

    def chunks() -> Iterator[Array]:
        for start, stop in tiles(scale.count, width):
            codes = matrix.codes(start * width // 2, (stop - start) * width // 2).view(np.uint8)
            powers = table("F8_E8M0")[scale.codes(start, stop - start).view(np.uint8)]
            yield table("F4")[unpacked(codes, 4)].reshape(-1, width) * powers[:, None]

    return Dequantised("MXFP4 in blocks of 32", scale.count * width, chunks)


def four_bits(packed: PackedTensor) -> Dequantised:
    """bitsandbytes: each number is a place in a map of 16, times the block's greatest magnitude."""
    matrix, absmax = packed.matrix, packed.part(".weight.absmax")
    state = _state(packed)
    block = state.positive("blocksize") or 64
    code = packed.whole(".weight.quant_map").ravel()
    count = prod(state.integers("shape") or packed.logical)
    held = matrix.dtype.nbytes(matrix.count) * 2
    if absmax is None or code.size != 16 or -(-count // block) != absmax.count or count > held:
        raise NotModelled("its blocks and their scales do not go together")
    scales = _Absmax(packed, state)
    each = max(SLICE // block, 1) * block

    def chunks() -> Iterator[Array]:
        size = matrix.dtype.bits // 4
        for first in range(0, count, each):
            stop = min(first + each, count)
            codes = matrix.codes(first // size, -(-stop // size) - first // size)
            # The first of two stands in the upper half of a byte.
            pairs = unpacked(codes.view(np.uint8), 4).reshape(-1, 2)[:, ::-1]
            spread: Array = np.repeat(scales.some(first // block, -(-stop // block)), block)
            yield code[pairs.ravel()[: stop - first]] * spread[: stop - first]

    nested = ", scales in 8 bits" if scales.nested else ""
    kind = (state.text("quant_type") or "4-bit").upper()
    return Dequantised(f"bitsandbytes {kind} in blocks of {block}{nested}", count, chunks)


class _Absmax:
    """The greatest magnitude of each block, itself in 8 bits with double quantisation."""

    def __init__(self, packed: PackedTensor, state: Fields) -> None:
        self._scales = packed.parts[".weight.absmax"]
        self.nested = ".weight.nested_absmax" in packed.parts
        if self.nested:
            self._code = packed.whole(".weight.nested_quant_map").ravel()
            self._outer = packed.whole(".weight.nested_absmax").ravel()
            self._block = state.positive("nested_blocksize") or 256
            self._offset = state.number("nested_offset") or 0.0
            if self._code.size != 256 or self._outer.size * self._block < self._scales.count:
                raise NotModelled("its scales and their own do not go together")

    def some(self, first: int, stop: int) -> Array:
        """Those of some blocks."""
        if not self.nested:
            return self._scales.numbers(first, stop - first)
        codes = self._scales.codes(first, stop - first)
        outer = self._outer[np.arange(first, stop) // self._block]
        return self._code[codes] * outer + self._offset


def _state(packed: PackedTensor) -> Fields:
    """What bitsandbytes keeps as JSON in a tensor of bytes."""
    part = packed.part(*STATES)
    if part is None or part.count > 10_000:
        return Fields()
    try:
        value = json.loads(part.codes(0, part.count).tobytes())
    except ValueError:
        return Fields()
    return Fields(value if isinstance(value, dict) else None)


def int8_rows(packed: PackedTensor) -> Dequantised:
    """bitsandbytes' LLM.int8: number × the row's greatest magnitude ÷ 127."""
    matrix = packed.matrix
    scales = packed.whole(".SCB").ravel()
    order = packed.part(".weight_format")
    if len(matrix.shape) != 2 or scales.size != matrix.rows:
        raise NotModelled("its scales are not one for each row")
    if order is not None and order.count == 1 and order.numbers()[0] != 0:
        raise NotModelled("its rows are in the order of a tensor core")

    def chunks() -> Iterator[Array]:
        for start, stop in tiles(matrix.rows, matrix.columns):
            yield matrix.row_numbers(0, start, stop) * (scales[start:stop, None] / 127)

    return Dequantised("bitsandbytes INT8, a scale for each row", matrix.count, chunks)
