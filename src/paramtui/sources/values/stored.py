"""StoredTensor: the data of one tensor in an open file, read a slice at a time."""

from collections.abc import Iterator
from math import prod

import numpy as np

from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.tensor import Shape
from paramtui.record import Record
from paramtui.sources.errors import BadData
from paramtui.sources.files import OpenFile
from paramtui.sources.values.bits import unpacked
from paramtui.sources.values.numbers import NATIVE, Array, numbers

SLICE = 1 << 18
"""Numbers that are in memory at once."""
ALIGNED = 8
"""Numbers that fill whole bytes in every type."""


class StoredTensor(Record):
    """Where it lies, and what it is."""

    file: OpenFile
    begin: int
    """Bytes from the beginning of the file."""
    dtype: Dtype
    shape: Shape

    @property
    def count(self) -> int:
        """Stored numbers."""
        return prod(self.shape)

    @property
    def rows(self) -> int:
        """Rows of each matrix in it."""
        return self.shape[-2] if len(self.shape) > 1 else 1

    @property
    def columns(self) -> int:
        """Numbers of a row."""
        return self.shape[-1] if self.shape else 1

    def codes(self, first: int, count: int) -> Array:
        """Stored patterns as they are, the types NumPy has as those."""
        bits, name = self.dtype.bits, self.dtype.name
        if bits < 8:
            start = first // ALIGNED * ALIGNED
            packed = np.frombuffer(self._bytes(start * bits // 8, first + count - start), np.uint8)
            return unpacked(packed, bits)[first - start :][:count]
        kind = NATIVE.get(name, f"<u{bits // 8}")
        return np.frombuffer(self._bytes(first * bits // 8, count), kind)

    def numbers(self, first: int = 0, count: int | None = None) -> Array:
        """The same as float64; all of them where nothing is said."""
        return numbers(self.dtype, self.codes(first, self.count if count is None else count))

    def row_codes(self, plane: int, start: int, stop: int) -> Array:
        """Patterns of some rows of one matrix."""
        first = (plane * self.rows + start) * self.columns
        return self.codes(first, (stop - start) * self.columns).reshape(-1, self.columns)

    def row_numbers(self, plane: int, start: int, stop: int) -> Array:
        """The same as float64."""
        return numbers(self.dtype, self.row_codes(plane, start, stop))

    def slices(self) -> Iterator[Array]:
        """All patterns, a bounded number at a time."""
        for first in range(0, self.count, SLICE):
            yield self.codes(first, min(SLICE, self.count - first))

    def _bytes(self, position: int, count: int) -> bytes:
        length = self.dtype.nbytes(count)
        data = self.file.read_at(self.begin + position, length)
        if len(data) < length:
            raise BadData("the file ends before the tensor does: it has changed meanwhile")
        return data


def tiles(rows: int, row: int, step: int = 1) -> Iterator[tuple[int, int]]:
    """Runs of rows of `row` numbers, bounded together: multiples of `step` rows, but the last."""
    each = max(SLICE // max(row, 1) // step, 1) * step
    for start in range(0, rows, each):
        yield start, min(start + each, rows)
