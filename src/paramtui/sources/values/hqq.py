"""HQQ: (number − zero) × scale, numbers packed along the first axis (hqq/core/bitpack.py)."""

from collections.abc import Iterator

from paramtui.sources.values.numbers import Array
from paramtui.sources.values.packed import Dequantised, NotModelled, PackedTensor
from paramtui.sources.values.stored import StoredTensor, tiles


def hqq(packed: PackedTensor) -> Dequantised:
    """1, 2, 4 or 8 bits in bytes: the first part of the rows stands in the highest bits."""
    matrix = packed.matrix
    scale, zero = packed.part(".scale", ".meta.scale"), packed.part(".zero", ".meta.zero")
    if scale is None or zero is None or scale.shape != zero.shape or len(scale.shape) != 2:
        raise NotModelled("its scales and zero points are quantised themselves, or not beside it")
    if matrix.dtype.name != "U8" or len(matrix.shape) != 2:
        raise NotModelled("its numbers are not packed into bytes")
    if not {"F64", "F32", "F16", "BF16"}.issuperset((scale.dtype.name, zero.dtype.name)):
        raise NotModelled("its scales are quantised themselves")
    in_rows = scale.shape[1] == 1
    times = scale.shape[0] // matrix.rows if in_rows else _times(packed)
    if times not in (1, 2, 4, 8) or scale.count != (
        matrix.rows * times if in_rows else matrix.columns
    ):
        raise NotModelled("its groups do not go together with its numbers")
    bits = 8 // times

    def chunks() -> Iterator[Array]:
        for start, stop in tiles(matrix.rows, matrix.columns):
            codes = matrix.row_codes(0, start, stop)
            for place in range(times):
                numbers = codes >> (8 - bits * (place + 1)) & ((1 << bits) - 1)
                first = place * matrix.rows + start
                scales, zeros = (
                    _some(part, first, stop - start, in_rows) for part in (scale, zero)
                )
                yield (numbers - zeros) * scales

    size = matrix.columns if in_rows else matrix.rows * times
    return Dequantised(f"HQQ, {bits} bits in groups of {size}", matrix.count * times, chunks)


def _times(packed: PackedTensor) -> int:
    """Numbers in a byte, where groups stand in columns and only the configuration tells."""
    bits = next((bits for bits, _ in packed.schemes()), 0)
    return 8 // bits if bits in (1, 2, 4, 8) else 0


def _some(part: StoredTensor, first: int, count: int, in_rows: bool) -> Array:
    return part.numbers(first, count)[:, None] if in_rows else part.numbers()[None, :]
