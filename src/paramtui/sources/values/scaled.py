"""Matrices of small floats or integers with scales beside them: FP8, INT8, NVFP4, MXFP4.

A scale stands for one row, one block, one group of inputs, one matrix or all; its shape says which.
"""

from collections.abc import Iterator, Sequence
from math import ceil, prod

import numpy as np

from paramtui.checkpoint.tensor import Shape
from paramtui.sources.values.bits import unpacked
from paramtui.sources.values.numbers import Array, table
from paramtui.sources.values.packed import Dequantised, NotModelled, PackedTensor
from paramtui.sources.values.stored import StoredTensor, tiles

SCALES = (
    ".weight_scale_inv", ".weight_scale", ".scale_inv", ".scale", ".weight_scales",
    "._weight_scale", ".weight:scale", "_scale_inv", "_scale", "_weight_scale_inv",
    "_weight_scale",
)  # fmt: skip
ZEROS = (".weight_zero_point", "._weight_zero_point", ".weight:zero_point", "_zero_point")
SECOND = (".weight_scale_2", "_weight_scale_2", "_scale_2")
"""ModelOpt's scale of the scales, by which they are multiplied."""
DIVISOR = ".weight_global_scale"
"""compressed-tensors' scale of the scales, by which they are divided."""
USUAL_BLOCKS = (128, 64, 32, 256, 512, 16)


def scaled(packed: PackedTensor) -> Dequantised:
    """FP8 and INT8 as they stand, FP4 two to a byte; number × scale, of any shape of scales."""
    matrix, scale = packed.matrix, packed.part(*SCALES)
    if scale is None:
        raise NotModelled("its scales are not beside it")
    halves = packed.logical[-1:] == (2 * matrix.columns,)
    if packed.logical != matrix.shape and not halves:
        raise NotModelled("its numbers are packed along the outputs")
    if halves and not _small_float(scale):
        raise NotModelled("it packs 4-bit integers two to a byte")
    words = _words(packed, scale, halves)
    scales = _Scales(scale, packed.logical, _blocks(packed), halves)
    zeros = packed.part(*ZEROS)
    shifts = _Scales(zeros, packed.logical, _blocks(packed), False) if zeros else None
    apart = _of_scales(packed)

    def chunks() -> Iterator[Array]:
        for plane in range(packed.planes):
            for start, stop in tiles(matrix.rows, packed.logical[-1]):
                if halves:
                    codes = unpacked(matrix.row_codes(plane, start, stop).view(np.uint8), 4)
                    values = table("F4")[codes]
                else:
                    values = matrix.row_numbers(plane, start, stop)
                if shifts:
                    values = values - shifts.rows(plane, start, stop)
                yield values * scales.rows(plane, start, stop) * apart.of(plane)

    return Dequantised(words, prod(packed.logical), chunks)


class _Scales:
    """The scales of a matrix, spread over the numbers they are of."""

    def __init__(
        self, scale: StoredTensor, shape: Shape, blocks: Sequence[int], exponents: bool
    ) -> None:
        self._tensor = scale
        self._as_exponents = exponents and scale.dtype.name == "U8"
        shape = _matrices(shape)
        held = _aligned(scale.shape, shape)
        if held is None:
            raise NotModelled(f"scales of shape {scale.shape} for a matrix of {shape}")
        sides = [
            _side(size, parts, block)
            for size, parts, block in zip(shape, held, (0, *blocks), strict=True)
        ]
        self._shape, self._held, self._sides = shape, held, sides

    def rows(self, plane: int, start: int, stop: int) -> Array:
        """What the numbers of some rows are multiplied by: of their shape, or to be spread."""
        of, down, across = self._sides
        _, rows, columns = self._held
        first, last = start // down, (stop - 1) // down + 1
        begin = (plane // of * rows + first) * columns
        count = (last - first) * columns
        if self._as_exponents:
            found = table("F8_E8M0")[self._tensor.codes(begin, count)]
        else:
            found = self._tensor.numbers(begin, count)
        found = found.reshape(-1, columns)[np.arange(start, stop) // down - first]
        return found if columns == 1 else np.repeat(found, across, -1)[:, : self._shape[-1]]


class _OfScales:
    """One number for every matrix, or for all."""

    def __init__(self, values: Array) -> None:
        self._values = values.ravel()

    def of(self, plane: int) -> float:
        """What the scales of a matrix are multiplied by."""
        return float(self._values[plane if self._values.size > 1 else 0])


def _of_scales(packed: PackedTensor) -> _OfScales:
    suffix = next((name for name in SECOND if name in packed.parts), None)
    values = packed.whole(suffix) if suffix else np.ones(1)
    if DIVISOR in packed.parts:
        values = values / packed.whole(DIVISOR).ravel()
    if values.size not in (1, packed.planes):
        raise NotModelled("it has scales of scales of another shape")
    return _OfScales(values)


def _matrices(shape: Shape) -> Shape:
    """As matrices one after the other, their number first."""
    return (prod(shape[:-2]), *shape[-2:])


def _aligned(held: Shape, shape: Shape) -> Shape | None:
    """The shape of scales by the axes of their matrices; None where it says nothing."""
    planes, rows, _ = shape
    if prod(held) == 1:
        return (1, 1, 1)
    if len(held) == 1:
        return (1, rows, 1) if held[0] == rows else (planes, 1, 1) if held[0] == planes else None
    if len(held) == 2 and planes > 1:
        return (planes, rows, 1) if held == (planes, rows) else (*held, 1) if held[1] == 1 else None
    if len(held) == 2:
        return (1, *held)
    aligned = _matrices(held)
    return aligned if aligned[0] in (1, planes) else None


def _side(size: int, parts: int, block: int) -> int:
    """How many numbers along an axis have one scale."""
    if parts == 1:
        return max(size, 1)
    fitting = [size // parts] if parts and size % parts == 0 else []
    candidates = [block, *fitting, *USUAL_BLOCKS]
    found = next((one for one in candidates if one > 0 and ceil(size / one) == parts), None)
    if found is None:
        raise NotModelled(f"{parts} scales for {size} numbers")
    return found


def _blocks(packed: PackedTensor) -> tuple[int, int]:
    sides = packed.options.integers("weight_block_size") or ()
    return (sides[0], sides[1]) if len(sides) == 2 else (0, 0)


def _small_float(scale: StoredTensor) -> bool:
    """Whether the type of scales is one that only goes with 4-bit floats."""
    return scale.dtype.name.startswith("F8") or scale.dtype.name == "U8"


def _words(packed: PackedTensor, scale: StoredTensor, halves: bool) -> str:
    exponents = scale.dtype.name in ("U8", "F8_E8M0")
    name = ("MXFP4" if exponents else "NVFP4") if halves else packed.matrix.dtype.name
    per = f"{scale.count:,} scales" if scale.count != 1 else "one scale"
    return f"{name} with {per} in {scale.dtype.name}"
