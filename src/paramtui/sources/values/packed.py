"""PackedTensor: a packed matrix in its files, with the tensors that say what its numbers mean."""

from collections.abc import Callable, Iterator, Mapping
from math import prod

from paramtui.checkpoint.config import Fields
from paramtui.checkpoint.counting.packing import FORMATS, Format
from paramtui.checkpoint.counting.unpacking import Packed
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.record import Record
from paramtui.sources.values.numbers import Array
from paramtui.sources.values.stored import StoredTensor

PART_LIMIT = 1 << 26
"""Numbers of the largest part that is held whole: scales are a small share of their matrix."""


class NotModelled(Exception):  # noqa: N818 - a reason, not a fault
    """How these numbers are packed is not known here; the message says what is not."""


class PackedTensor(Record):
    """One matrix, or the experts of one tensor, and what stands beside it."""

    matrix: StoredTensor
    parts: Mapping[str, StoredTensor]
    """By the suffixes of `checkpoint.counting.packing`."""
    module: str
    options: Fields
    """The `quantization_config`."""
    logical: Shape
    """The shape of what is packed."""

    @property
    def planes(self) -> int:
        """Matrices in it."""
        return prod(self.matrix.shape[:-2])

    def part(self, *suffixes: str) -> StoredTensor | None:
        """The first of these that is there."""
        return next((self.parts[name] for name in suffixes if name in self.parts), None)

    def whole(self, suffix: str) -> Array:
        """All numbers of a part in its shape."""
        part = self.parts.get(suffix)
        if part is None:
            raise NotModelled(f"it has no {suffix.lstrip('.')}")
        if part.count > PART_LIMIT:
            raise NotModelled(f"its {suffix.lstrip('.')} are too many to be held at once")
        return part.numbers().reshape(part.shape)

    def schemes(self) -> list[tuple[int, int]]:
        """Bits and group size that the configuration gives it, the likeliest first."""
        return self._packed().schemes()

    def _packed(self) -> Packed:
        return _described(self.module, self.matrix, self.parts, self.options)


class Dequantised(Record):
    """What a packed tensor stands for."""

    words: str
    """How it is packed."""
    count: int
    chunks: Callable[[], Iterator[Array]]
    """All its numbers in float64, a bounded number at a time, in any order."""


def find_format(
    tensor: TensorInfo, tensors: Mapping[str, TensorInfo]
) -> tuple[Format, dict[str, TensorInfo]] | None:
    """The row of the packed formats that a tensor is the matrix of, with its parts by suffix."""
    if len(tensor.shape) < 2:
        return None
    for row in FORMATS:
        if not row.holds(tensor.name, tensor.dtype.name):
            continue
        stem = tensor.name[: len(tensor.name) - len(row.matrix)]
        signs = row.signs.split()
        names = {suffix: stem + suffix for suffix in signs + row.parts.split()}
        found = {suffix: tensors[name] for suffix, name in names.items() if name in tensors}
        if not signs or any(sign in found for sign in signs):
            return row, found
    return None


def packed_tensor(
    row: Format, name: str, matrix: StoredTensor, parts: Mapping[str, StoredTensor], options: Fields
) -> PackedTensor:
    """A matrix with its opened parts."""
    module = name[: len(name) - len(row.matrix)]
    logical = row.logical(_described(module, matrix, parts, options))
    return PackedTensor(matrix, parts, module, options, logical)


def _described(
    module: str, matrix: StoredTensor, parts: Mapping[str, StoredTensor], options: Fields
) -> Packed:
    shapes = {name: (part.dtype, part.shape) for name, part in parts.items()}
    return Packed(module, matrix.dtype, matrix.shape, shapes, options)
