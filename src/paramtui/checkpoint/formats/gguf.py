"""GGUF, versions 2 and 3 in either byte order: the metadata and tensors a file describes.

The format: ggml/docs/gguf.md; what is refused: ggml/src/gguf.cpp, `gguf_init_from_reader`. A file
is a header (24 bytes), metadata, tensor infos, padding, and the tensors' data, which no step of
the parser ever asks for.
"""

from collections.abc import Callable, Mapping
from math import prod
from struct import Struct

from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.formats.ggml_types import GGML_TYPES
from paramtui.checkpoint.formats.gguf_cursor import COUNT, Cursor, GgufError, Need, Result, Steps
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.text import clean
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record

MAGIC = b"GGUF"
HEADER_BYTES = 24
VERSIONS = (2, 3)
KEY_LIMIT = 65_535
"""Bytes of a key, as the format has it."""
NAME_LIMIT = 1_000
"""Bytes of a tensor's name; llama.cpp stops at 63, its forks do not."""
TEXT_KEPT = 1_000
"""Bytes of the longest string that is read; chat templates and licences are passed over."""
LIST_KEPT = 10_000
"""Numbers of the longest array that is read: settings layer by layer, but no vocabulary."""
MOST_TENSORS = 500_000
MOST_ENTRIES = 100_000
MOST_NESTED = 4
MOST_AXES = 4
I64_MAX = (1 << 63) - 1
LEAST_ENTRY = COUNT + 1 + 4 + 1
"""Bytes of the shortest metadata entry: length of the key, key, type, value."""
LEAST_TENSOR = COUNT + 1 + 4 + 4 + COUNT
"""Bytes of the shortest tensor info: length of the name, name, axes, type, offset."""


class Array(NamedTuple):
    """An array of the metadata."""

    length: int
    values: tuple[int | float | bool, ...] = ()
    """Its numbers; empty when they were passed over."""


Value = int | float | bool | str | Array


class GgufTensor(NamedTuple):
    """One tensor as the file names it; the shape has the fastest axis last, as torch has it."""

    name: str
    dtype: Dtype
    shape: Shape
    offset: int
    """Bytes from the beginning of the data."""


class GgufFile(Record):
    """What the description of a GGUF file says."""

    version: int
    big_endian: bool
    metadata: Mapping[str, Value]
    """Strings longer than TEXT_KEPT are there as ''."""
    tensors: tuple[GgufTensor, ...]
    described: int
    """Bytes before the padding: header, metadata and tensor infos."""
    data_offset: int
    """Where the tensors' data begin."""


def parse_gguf(size: int) -> Steps[GgufFile]:
    """Read a file of `size` bytes; yields each Need in turn; raises GgufError."""
    cursor = Cursor(size)
    version, tensors, entries = yield from _header(cursor)
    metadata: dict[str, Value] = {}
    for left in range(entries - 1, -1, -1):
        cursor.least = left * LEAST_ENTRY + tensors * LEAST_TENSOR
        key = yield from cursor.text(KEY_LIMIT)
        if key in metadata:
            raise GgufError(f"the key {clean(key, 80)} stands there twice")
        kind = yield from cursor.number("I")
        metadata[key] = yield from _value(cursor, kind)
    alignment = _alignment(metadata)
    found = []
    for left in range(tensors - 1, -1, -1):
        cursor.least = left * LEAST_TENSOR
        found.append((yield from _tensor(cursor)))
    described = cursor.position
    data_offset = -(-described // alignment) * alignment
    _validate(found, size - data_offset, alignment)
    big = cursor.order == ">"
    return GgufFile(version, big, metadata, tuple(found), described, data_offset)


def follow(steps: Steps[Result], read: Callable[[int, int], bytes]) -> Result:
    """Carry steps out with `read(position, length)`."""
    try:
        need: Need = next(steps)
        while True:
            need = steps.send(read(need.position, need.length))
    except StopIteration as end:
        found: Result = end.value
        return found


def _header(cursor: Cursor) -> Steps[tuple[int, int, int]]:
    """Version, number of tensors, number of metadata entries."""
    if cursor.size < HEADER_BYTES:
        raise GgufError("the file is too small to hold a header")
    cursor.least = HEADER_BYTES - len(MAGIC)
    if (yield from cursor.take(len(MAGIC))) != MAGIC:
        raise GgufError("it does not begin with GGUF")
    cursor.least = 2 * COUNT
    version = int.from_bytes((yield from cursor.take(4)), "little")
    if version & 0xFFFF == 0:
        cursor.order = ">"
        version = int.from_bytes(version.to_bytes(4, "little"), "big")
    if version not in VERSIONS:
        raise GgufError(f"it is of version {version:,}; 2 and 3 are known")
    cursor.least = COUNT
    tensors = yield from cursor.number("Q")
    cursor.least = 0
    entries = yield from cursor.number("Q")
    least = entries * LEAST_ENTRY + tensors * LEAST_TENSOR
    fits = least <= cursor.size - HEADER_BYTES
    if not fits or tensors > MOST_TENSORS or entries > MOST_ENTRIES:
        raise GgufError(f"it claims {tensors:,} tensors and {entries:,} entries, too many for it")
    return version, tensors, entries


SCALARS = "BbHhIif?..QqdX"
"""The types of values by number, as `struct` spells them; `.` are strings and arrays."""
STRING, ARRAY = 8, 9


def _code(kind: int) -> str:
    if kind >= len(SCALARS) or SCALARS[kind] in ".X":
        raise GgufError(f"a value of the unknown type {kind:,}")
    return SCALARS[kind]


def _value(cursor: Cursor, kind: int) -> Steps[Value]:
    if kind == ARRAY:
        return (yield from _array(cursor, 1))
    if kind != STRING:
        return (yield from cursor.number(_code(kind)))
    length = yield from cursor.number("Q")
    if length > TEXT_KEPT:
        cursor.skip(length)
        return ""
    return clean((yield from cursor.take(length)).decode("utf-8", "replace"))


def _array(cursor: Cursor, depth: int) -> Steps[Array]:
    kind = yield from cursor.number("I")
    count = yield from cursor.number("Q")
    if kind == STRING:
        yield from cursor.skip_texts(count)
        return Array(count)
    if kind == ARRAY:
        if depth == MOST_NESTED:
            raise GgufError("arrays within arrays, too many levels of them")
        for _ in range(count):
            yield from _array(cursor, depth + 1)
        return Array(count)
    layout = Struct(f"{cursor.order}{min(count, LIST_KEPT)}{_code(kind)}")
    if count > LIST_KEPT:
        cursor.skip(count * Struct(cursor.order + _code(kind)).size)
        return Array(count)
    return Array(count, layout.unpack((yield from cursor.take(layout.size))))


def _alignment(metadata: Mapping[str, Value]) -> int:
    """Bytes; every tensor's data begin at a multiple of it."""
    alignment = metadata.get("general.alignment", 32)
    if isinstance(alignment, bool) or not isinstance(alignment, int):
        raise GgufError("its alignment is not a number")
    if alignment <= 0 or alignment & (alignment - 1):
        raise GgufError(f"its alignment, {alignment:,}, is no power of two")
    return alignment


def _tensor(cursor: Cursor) -> Steps[GgufTensor]:
    name = yield from cursor.text(NAME_LIMIT)
    axes = yield from cursor.number("I")
    if axes > MOST_AXES:
        raise GgufError(f"{clean(name, 80)} has {axes:,} axes")
    layout = Struct(f"{cursor.order}{axes}QIQ")
    *sizes, kind, offset = layout.unpack((yield from cursor.take(layout.size)))
    dtype = GGML_TYPES.get(kind)
    if dtype is None:
        raise GgufError(f"{clean(name, 80)} is of the unknown type {kind:,}")
    if max(sizes, default=0) > I64_MAX or prod(sizes) > I64_MAX:
        raise GgufError(f"the shape of {clean(name, 80)} overflows 64 bits")
    row = sizes[0] if sizes else 1
    if row % dtype.block:
        raise GgufError(f"rows of {clean(name, 80)} that do not fill blocks of {dtype.name}")
    return GgufTensor(name, dtype, tuple(reversed(sizes)), offset)


def _validate(tensors: list[GgufTensor], data: int, alignment: int) -> None:
    """Raise unless names differ and every tensor lies by itself inside the `data` bytes."""
    names: set[str] = set()
    end = 0
    for tensor in sorted(tensors, key=lambda tensor: tensor.offset):
        label = clean(tensor.name, 80)
        if tensor.name in names:
            raise GgufError(f"the tensor {label} stands there twice")
        names.add(tensor.name)
        if tensor.offset % alignment:
            raise GgufError(f"the data of {label} are not aligned")
        if tensor.offset < end:
            raise GgufError(f"the data of {label} overlap with others")
        end = tensor.offset + tensor.dtype.nbytes(prod(tensor.shape))
        if end > data:
            raise GgufError(f"the file ends before the data of {label} do")
