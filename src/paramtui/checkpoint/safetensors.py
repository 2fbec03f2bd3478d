"""safetensors header and index bytes -> tensors, accepted exactly when the library accepts them.

The format: eight bytes of little-endian length, a JSON header of that length, then the tensor
data without holes (safetensors 0.8, `safetensors/src/tensor.rs`, `Metadata::validate`).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from typing import NamedTuple

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.strict_json import U64_MAX, Members, StrictJsonError, parse, parse_at
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.checkpoint.text import clean

LENGTH_BYTES = 8
HEADER_LIMIT = 100_000_000
"""The longest header the library reads, in bytes."""


class HeaderError(ValueError):
    """A header the safetensors library would refuse; the message says why in a few words."""


class WeightIndexError(ValueError):
    """An index that does not say which file holds which tensor."""


@dataclass(frozen=True)
class Index:
    """A model.safetensors.index.json."""

    weight_map: Mapping[str, str]
    """Tensor name -> file name, both as written."""
    total_size: int | None = None
    """What the writer says the tensors take, in bytes; often wrong."""
    metadata: Mapping[str, object] = field(default_factory=dict)


class Layout(NamedTuple):
    """Type, shape and bytes, shared by all tensors that have the same."""

    dtype: Dtype
    shape: Shape
    nbytes: int


Entry = tuple[int, int, str, Layout]
"""One tensor of a header: where its data begin and end, its name and its layout."""


def header_length(first8: bytes) -> int:
    """The length of the JSON header, in bytes, from the first eight bytes of a file."""
    if len(first8) < LENGTH_BYTES:
        raise HeaderError("the file is too small to hold a header")
    length = int.from_bytes(first8[:LENGTH_BYTES], "little")
    if length > HEADER_LIMIT:
        raise HeaderError(f"it claims a header of {length:,} bytes, more than the format allows")
    return length


def parse_header(data: bytes, file_size: int | None, file: str) -> tuple[TensorInfo, ...]:
    """The JSON header of `file` -> its tensors in the order of their data.

    `file_size` is the whole file's, in bytes; without it the end of the data goes unchecked.
    """
    data_bytes = None if file_size is None else file_size - LENGTH_BYTES - len(data)
    if data_bytes is not None and data_bytes < 0:
        raise HeaderError("the header is longer than the file")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise HeaderError("the header is not valid UTF-8") from None
    return validate(read_entries(text), data_bytes, file)


def validate(entries: list[Entry], data_bytes: int | None, file: str) -> tuple[TensorInfo, ...]:
    """Entries -> tensors, when their data follow each other without holes up to `data_bytes`."""
    entries.sort(key=lambda entry: entry[:2])
    position = 0
    for begin, end, name, layout in entries:
        if begin != position or end < begin:
            raise HeaderError(f"the data of {clean(name, 80)} leave a hole or overlap")
        if end - begin != layout.nbytes:
            raise HeaderError(f"the shape, type and offsets of {clean(name, 80)} disagree")
        position = end
    if data_bytes is not None and position != data_bytes:
        raise HeaderError(f"it describes {position:,} bytes of data but holds {data_bytes:,}")
    return tuple(
        TensorInfo(clean(name), layout.dtype, layout.shape, file) for _, _, name, layout in entries
    )


def read_entries(text: str) -> list[Entry]:
    """A header's text -> its tensors as written; quick on what every known writer writes."""
    quick = _quick(text, 0)
    if quick and not text[quick[1] :].strip(" \t\n\r"):
        return quick[0]
    try:
        return strict_entries(parse(text))
    except StrictJsonError as error:
        raise HeaderError(f"its header is not a JSON object of tensors ({error})") from None


def read_headers(text: str, start: int) -> dict[str, list[Entry]] | None:
    """`{file: header, …}` at `start` -> the tensors of each file, when all is written plainly."""
    found: dict[str, list[Entry]] = {}
    position = start
    while match := _FILE.match(text, position):
        quick = _quick(text, match.end())
        if quick is None or match[1] in found:
            return None
        found[match[1]], position = quick
    return found if text[position : position + 1] == "}" else None


def strict_entries(header: object) -> list[Entry]:
    """A header parsed by `strict_json` -> its tensors, by the rules of serde's derived readers."""
    if not isinstance(header, Members):
        raise HeaderError("its header is not a JSON object")
    metadata = [value for name, value in header if name == "__metadata__"]
    if len(metadata) > 1 or not all(_is_metadata(value) for value in metadata):
        raise HeaderError("its __metadata__ is not one object of strings")
    # Of two tensors of one name the last one counts, but both must be tensors.
    entries = {name: _entry(name, tensor) for name, tensor in header if name != "__metadata__"}
    return list(entries.values())


def parse_index(data: bytes) -> Index:
    """The bytes of an index file -> which file holds which tensor."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise WeightIndexError("it is not JSON") from None
    weight_map = value.get("weight_map") if isinstance(value, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        raise WeightIndexError("it has no weight_map")
    if not all(isinstance(file, str) and file for file in weight_map.values()):
        raise WeightIndexError("its weight_map does not name files")
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return Index(weight_map, total_size(metadata), metadata)


def total_size(metadata: Mapping[str, object]) -> int | None:
    """`total_size` of an index's metadata, in bytes; some writers make it a float."""
    size = metadata.get("total_size")
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    return size if isinstance(size, int) and not isinstance(size, bool) else None


# The quick reader: one regular expression a tensor. What it takes, the strict reader takes too;
# escapes, duplicates and unusual spacing are left to that.

_METADATA = re.compile('"__metadata__": ?')
_FILE = re.compile(r'[{,] ?"([^"\\\x00-\x1f]*)": ?')
_NAME = r'"([^"\\\x00-\x1f]*)": ?'
_INTEGER = "(0|[1-9][0-9]{0,18})"
_DTYPE = '"dtype": ?"([A-Z0-9_]+)"'
_SHAPE = r'"shape": ?\[([0-9, ]*)\]'
_OFFSETS = rf'"data_offsets": ?\[{_INTEGER}, ?{_INTEGER}\]'
_NEXT = r'(?:, ?(?=")|(?=\}))'
_FOLLOWING = re.compile(_NEXT)
_LIBRARY_ORDER = re.compile(rf"{_NAME}\{{{_DTYPE}, ?{_SHAPE}, ?{_OFFSETS}\}}{_NEXT}")
_SORTED_ORDER = re.compile(rf"{_NAME}\{{{_OFFSETS}, ?{_DTYPE}, ?{_SHAPE}\}}{_NEXT}")
_DIMENSION = re.compile(" ?(0|[1-9][0-9]{0,18})")


def _quick(text: str, start: int) -> tuple[list[Entry], int] | None:
    """The tensors of the header at `start` and where it ends; None when it is not a plain one."""
    if text[start : start + 1] != "{":
        return None
    try:
        first = _after_metadata(text, start + 1)
        position = first
        if first > start + 1:
            following = _FOLLOWING.match(text, first)
            if following is None:
                return None
            position = following.end()
        entries, position = _quick_entries(text, position)
        end = _after_metadata(text, position)
    except HeaderError:
        return None
    names = {entry[2] for entry in entries}
    if text[end : end + 1] != "}" or len(names) != len(entries) or "__metadata__" in names:
        return None
    if first > start + 1 and end > position:
        return None
    return entries, end + 1


def _quick_entries(text: str, position: int) -> tuple[list[Entry], int]:
    """The tensors that follow each other from `position`, and where the last one ends."""
    ordered = _LIBRARY_ORDER.match(text, position) is not None
    pattern = _LIBRARY_ORDER if ordered else _SORTED_ORDER
    entries: list[Entry] = []
    for match in pattern.finditer(text, position):
        if match.start() != position:
            break
        if ordered:
            name, dtype, shape, begin, end = match.groups()
        else:
            name, begin, end, dtype, shape = match.groups()
        entries.append((int(begin), int(end), name, _layout_as_written(dtype, shape)))
        position = match.end()
    return entries, position


def _after_metadata(text: str, position: int) -> int:
    """Where a `__metadata__` member at `position` ends; `position` when there is none."""
    member = _METADATA.match(text, position)
    if member is None:
        return position
    try:
        value, end = parse_at(text, member.end())
    except StrictJsonError as error:
        raise HeaderError(str(error)) from None
    if not _is_metadata(value):
        raise HeaderError("its __metadata__ is not an object of strings")
    return end


@lru_cache(maxsize=1 << 14)
def _layout_as_written(dtype: str, shape: str) -> Layout:
    dimensions = shape.split(",") if shape else []
    if not all(_DIMENSION.fullmatch(dimension) for dimension in dimensions):
        raise HeaderError("a shape that is not whole numbers")
    return _layout(dtype, tuple(int(dimension) for dimension in dimensions))


@lru_cache(maxsize=1 << 14)
def _layout(name: str, shape: Shape) -> Layout:
    dtype = SAFETENSORS_DTYPES.get(name)
    if dtype is None:
        raise HeaderError(f"the type {clean(name, 40)} is unknown")
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


def _is_metadata(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, Members) and all(isinstance(text, str) for _, text in value)


def _entry(name: str, tensor: object) -> Entry:
    label = clean(name, 80)
    if isinstance(tensor, Members):
        fields = [member for member in tensor if member[0] in ("dtype", "shape", "data_offsets")]
        values = dict(fields)
        if len(fields) != 3 or len(values) != 3:
            raise HeaderError(f"{label} lacks or repeats dtype, shape or data_offsets")
        dtype, shape, offsets = values["dtype"], values["shape"], values["data_offsets"]
    elif isinstance(tensor, list) and len(tensor) == 3:
        dtype, shape, offsets = tensor
    else:
        raise HeaderError(f"{label} is not a tensor")
    if isinstance(dtype, Members) and len(dtype) == 1 and dtype[0][1] is None:
        dtype = dtype[0][0]  # serde's other spelling of a unit variant: {"F32": null}
    if not isinstance(dtype, str):
        raise HeaderError(f"the type of {label} is not a name")
    ends = _integers(offsets, label)
    if len(ends) != 2:
        raise HeaderError(f"{label} does not have two offsets")
    return ends[0], ends[1], name, _layout(dtype, _integers(shape, label))


def _integers(value: object, label: str) -> tuple[int, ...]:
    if isinstance(value, Members) or not isinstance(value, list):
        raise HeaderError(f"{label} has a shape or offsets that are not a list")
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int) or item < 0:
            raise HeaderError(f"{label} has a shape or offsets that are not whole numbers")
    return tuple(value)
