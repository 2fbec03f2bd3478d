"""The tensors of one header in columns: few large lists cost less than many small objects."""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from operator import itemgetter, sub

from paramtui.checkpoint.column_tensors import ColumnTensors
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.formats.strict_json import U64_MAX
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.text import clean, clean_names
from paramtui.named_tuple import NamedTuple


class HeaderError(ValueError):
    """A header the safetensors library would refuse; the message says why in a few words."""


class Layout(NamedTuple):
    """Type, shape and bytes, shared by all tensors that have the same."""

    dtype: Dtype
    shape: Shape
    nbytes: int


class Columns(NamedTuple):
    """One header's tensors as written: the first of each list is the first tensor."""

    names: Sequence[str]
    layouts: Sequence[Layout]
    end: int
    """Where the data of all end, in bytes from the end of the header."""
    offsets: tuple[Sequence[int], Sequence[int]] | None
    """Where the data of each begin, and where they end.

    None where names are clean and the data follow each other, as whoever read them has seen.
    """


def validate(columns: Columns, data_bytes: int | None, file: str) -> ColumnTensors:
    """Columns -> tensors in the order of their data, their names clean.

    Their data must follow each other without holes, up to `data_bytes` where that is known.
    """
    if columns.offsets is not None:
        columns = _checked(columns, *columns.offsets)
    if data_bytes is not None and columns.end != data_bytes:
        raise HeaderError(f"it describes {columns.end:,} bytes of data but holds {data_bytes:,}")
    names = columns.names
    return ColumnTensors(names, columns.layouts, [(file, len(names))], columns.end)


@lru_cache(maxsize=1 << 14)
def layout_of(name: str, shape: Shape) -> Layout:
    """The layout of a type's name and a shape; raises HeaderError as the library does."""
    dtype = SAFETENSORS_DTYPES.get(name)
    if dtype is None:
        raise unknown_dtype(name)
    # The library multiplies left to right in 64 bits: a zero only saves what comes after it.
    elements = 1
    for dimension in shape:
        elements *= dimension
        if max(dimension, elements) > U64_MAX:
            raise HeaderError("a shape overflows 64 bits")
    if elements * dtype.bits > U64_MAX:
        raise HeaderError("a shape overflows 64 bits")
    if elements * dtype.bits % 8:
        raise HeaderError(f"{name} elements that do not fill whole bytes")
    return Layout(dtype, shape, dtype.nbytes(prod(shape)))


def unknown_dtype(name: str) -> HeaderError:
    """The error for a type the library does not have."""
    return HeaderError(f"the type {clean(name, 40)} is unknown")


def _checked(columns: Columns, begins: Sequence[int], ends: Sequence[int]) -> Columns:
    """The same in the order of their data, with clean names."""
    sizes = [layout.nbytes for layout in columns.layouts]
    follow = [0, *ends][: len(begins)] == [*begins]
    if not follow or list(map(sub, ends, begins)) != sizes:
        columns = _in_order(columns, begins, ends)
    return columns._replace(names=clean_names(columns.names), offsets=None)


def _in_order(columns: Columns, begins: Sequence[int], ends: Sequence[int]) -> Columns:
    """The same tensors in the order of their data."""
    position = 0
    rows = sorted(zip(columns.names, columns.layouts, begins, ends, strict=True), key=_PLACE)
    for name, layout, begin, end in rows:
        if begin != position or end < begin:
            raise HeaderError(f"the data of {clean(name, 80)} leave a hole or overlap")
        if end - begin != layout.nbytes:
            raise HeaderError(f"the shape, type and offsets of {clean(name, 80)} disagree")
        position = end
    names, layouts, _, _ = zip(*rows, strict=True)
    return columns._replace(names=names, layouts=layouts)


_PLACE = itemgetter(2, 3)
"""Where the data of a row begin and end."""
