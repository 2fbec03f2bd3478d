"""safetensors header and index bytes -> tensors, accepted exactly when the library accepts them.

The format: eight bytes of little-endian length, a JSON header of that length, then the tensor
data without holes (safetensors 0.8, `safetensors/src/tensor.rs`, `Metadata::validate`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from paramtui.checkpoint.column_tensors import ColumnTensors
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.formats.columns import Columns, layout_of, unknown_dtype, validate
from paramtui.checkpoint.formats.columns import HeaderError as HeaderError
from paramtui.checkpoint.formats.extent import TOO_MANY, holds_too_much
from paramtui.checkpoint.formats.plain_header import is_metadata, read_plain
from paramtui.checkpoint.formats.plain_index import WrittenMap, read_plain_index
from paramtui.checkpoint.formats.strict_json import Members, StrictJsonError, parse
from paramtui.checkpoint.pattern import Patterns
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.text import clean
from paramtui.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LENGTH_BYTES = 8
HEADER_LIMIT = 100_000_000
"""The longest header the library reads, in bytes."""


class WeightIndexError(ValueError):
    """An index that does not say which file holds which tensor."""


class Index(Record):
    """A model.safetensors.index.json."""

    weight_map: Mapping[str, str]
    """Tensor name -> file name, both as written."""
    total_size: int | None = None
    """What the writer says the tensors take, in bytes; often wrong."""
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def files(self) -> frozenset[str]:
        """The files it names, as written."""
        found = self.weight_map
        return found.files if isinstance(found, WrittenMap) else frozenset(found.values())

    def by_file(self) -> Iterator[tuple[str, Sequence[str]]]:
        """A file and names that follow each other in it, for all names in their order."""
        if isinstance(self.weight_map, WrittenMap):
            yield from self.weight_map.by_file()
        else:
            for file, rows in groupby(self.weight_map.items(), itemgetter(1)):
                yield file, [name for name, _ in rows]

    def patterns(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        """A file and how many of some names in it have each pattern, for all names."""
        if isinstance(self.weight_map, WrittenMap):
            yield from self.weight_map.patterns()
        else:
            patterns = Patterns()
            for file, names in self.by_file():
                yield file, Counter(patterns.of(names)[0])

    def says(self, held: Mapping[str, Sequence[str]]) -> bool:
        """Whether it is seen at once that these are its files, each with the names in it."""
        return isinstance(self.weight_map, WrittenMap) and self.weight_map.says(held)


LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
"""How the text begins that stands in a clone for a file that was not fetched (git-lfs, spec.md)."""


def header_length(first8: bytes) -> int:
    """The length of the JSON header, in bytes, from the first eight bytes of a file."""
    if len(first8) < LENGTH_BYTES:
        raise HeaderError("the file is too small to hold a header")
    if first8[:LENGTH_BYTES] == LFS_POINTER[:LENGTH_BYTES]:
        raise HeaderError("it is a pointer of Git LFS, and `git lfs pull` fetches the file")
    length = int.from_bytes(first8[:LENGTH_BYTES], "little")
    if length > HEADER_LIMIT:
        raise HeaderError(f"it claims a header of {length:,} bytes, more than the format allows")
    return length


def parse_header(data: bytes, file_size: int | None, file: str) -> ColumnTensors:
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
    return validate(read_columns(text), data_bytes, file)


def read_columns(text: str) -> Columns:
    """A header's text -> its tensors as written; quick on what every known writer writes."""
    plain = read_plain(text, 0)
    if plain and not text[plain[1] :].strip(" \t\n\r"):
        return plain[0]
    try:
        return strict_columns(parse(text))
    except StrictJsonError as error:
        raise HeaderError(f"its header is not a JSON object of tensors ({error})") from None


def strict_columns(header: object) -> Columns:
    """A header parsed by `strict_json` -> its tensors, by the rules of serde's derived readers."""
    if not isinstance(header, Members):
        raise HeaderError("its header is not a JSON object")
    metadata = [value for name, value in header if name == "__metadata__"]
    if len(metadata) > 1 or not all(is_metadata(value) for value in metadata):
        raise HeaderError("its __metadata__ is not one object of strings")
    # Of two tensors of one name the last one counts: both must be tensors, one need be possible.
    rows = {name: _read_row(name, tensor) for name, tensor in header if name != "__metadata__"}
    dtypes, shapes, begins, ends = zip(*rows.values(), strict=True) if rows else ((), (), (), ())
    layouts = tuple(map(layout_of, dtypes, shapes))
    return Columns(tuple(rows), layouts, max(ends, default=0), (begins, ends))


def parse_index(data: bytes) -> Index:
    """The bytes of an index file -> which file holds which tensor."""
    members = read_plain_index(data) or _read_index(data)
    metadata = members.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return Index(members["weight_map"], total_size(metadata), metadata)


def _read_index(data: bytes) -> dict[str, Any]:
    """The members of an index, among them a weight_map that names files."""
    if holds_too_much(data):
        raise WeightIndexError(TOO_MANY)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise WeightIndexError("it is not JSON") from None
    weight_map = value.get("weight_map") if isinstance(value, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        raise WeightIndexError("it has no weight_map")
    files = weight_map.values()
    if set(map(type, files)) != {str} or "" in files:
        raise WeightIndexError("its weight_map does not name files")
    members: dict[str, Any] = value
    return members


def total_size(metadata: Mapping[str, object]) -> int | None:
    """`total_size` of an index's metadata, in bytes; some writers make it a float."""
    size = metadata.get("total_size")
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    return size if isinstance(size, int) and not isinstance(size, bool) else None


def _read_row(name: str, tensor: object) -> tuple[str, Shape, int, int]:
    """Type, shape, begin and end of one tensor."""
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
    if dtype not in SAFETENSORS_DTYPES:
        raise unknown_dtype(dtype)
    ends = _integers(offsets, label)
    if len(ends) != 2:
        raise HeaderError(f"{label} does not have two offsets")
    return dtype, _integers(shape, label), ends[0], ends[1]


def _integers(value: object, label: str) -> tuple[int, ...]:
    if isinstance(value, Members) or not isinstance(value, list):
        raise HeaderError(f"{label} has a shape or offsets that are not a list")
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int) or item < 0:
            raise HeaderError(f"{label} has a shape or offsets that are not whole numbers")
    return tuple(value)
