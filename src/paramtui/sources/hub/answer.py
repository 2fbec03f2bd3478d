"""The headers of all shards of an index in one answer of the Hub, believed only when it fits."""

from collections import Counter
from math import prod

from paramtui.checkpoint.checkpoint import Shard
from paramtui.checkpoint.column_tensors import ColumnTensors, joined
from paramtui.checkpoint.formats.arriving_headers import KEY, ArrivingHeaders
from paramtui.checkpoint.formats.columns import Columns, HeaderError, validate
from paramtui.checkpoint.formats.safetensors import (
    HEADER_LIMIT,
    LENGTH_BYTES,
    strict_columns,
    total_size,
)
from paramtui.checkpoint.formats.strict_json import Members, StrictJsonError, parse
from paramtui.checkpoint.layouts import layouts
from paramtui.checkpoint.text import clean
from paramtui.sources.hub.headers import Headers
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.weight_files import compare_files, compare_total


def from_response(
    data: bytes | bytearray,
    info: RepoInfo,
    folder: str,
    files: tuple[str, ...],
    arrived: ArrivingHeaders | None = None,
) -> Headers:
    """The Hub's answer with every header of an index; raises HeaderError unless it fits `info`.

    `arrived` is what was read of it while it came.

    The answer names no commit and no lengths, so it counts only when it has these files, each
    as large as its header and data must be, and as many elements of each type.
    """
    headers, claimed = _read_response(data, arrived or ArrivingHeaders())
    left_out = set(files) - set(headers)
    # Only the Hub's count tells a file that the index does not name from one the answer lacks.
    if not set(headers) <= set(files) or (left_out and info.parameters is None):
        raise HeaderError("the answer is about other files")
    found: list[ColumnTensors] = []
    for file, columns in headers.items():
        length = (info.sizes.get(folder + file) or 0) - LENGTH_BYTES - columns.end
        if not 2 <= length <= HEADER_LIMIT or length < _least_length(columns):
            raise HeaderError(f"the size of {file} does not fit its header")
        found.append(validate(columns, None, clean(folder + file)))
    tensors = joined(found)
    if info.parameters is not None and info.parameters != _elements(tensors):
        raise HeaderError("the answer counts other parameters than the Hub")
    shards = tuple(Shard(clean(folder + file), info.sizes.get(folder + file)) for file in headers)
    held = sum(columns.end for columns in headers.values())
    warnings = compare_files([*headers], files) + compare_total(claimed, held, True)
    return Headers(shards, tensors, tuple(warnings))


def _read_response(
    data: bytes | bytearray, arrived: ArrivingHeaders
) -> tuple[dict[str, Columns], int | None]:
    """`{"index": {"metadata"}, "headers": {file: header}}` -> files in order, the claimed size."""
    try:
        plain = arrived.finish(data)
        if plain is not None:
            head = data[: data.find(KEY.encode())].decode().rstrip().rstrip(",")
            return dict(sorted(plain.items())), _claimed(
                parse(head + "}") if len(head) > 1 else None
            )
        value = parse(data.decode())
    except (UnicodeDecodeError, StrictJsonError) as error:
        raise HeaderError(f"the answer is not JSON ({error})") from None
    members = dict(value) if isinstance(value, Members) else {}
    headers = members.get("headers")
    if not isinstance(headers, Members):
        raise HeaderError("the answer has no headers")
    return {file: strict_columns(header) for file, header in sorted(headers)}, _claimed(value)


def _claimed(value: object) -> int | None:
    index = dict(value).get("index") if isinstance(value, Members) else None
    metadata = dict(index).get("metadata") if isinstance(index, Members) else None
    return total_size(dict(metadata)) if isinstance(metadata, Members) else None


def _elements(tensors: ColumnTensors) -> dict[str, int]:
    """Stored elements by dtype."""
    counts: Counter[str] = Counter()
    for (dtype, shape), count in layouts(tensors).items():
        counts[dtype.name] += prod(shape) * count
    return dict(counts)


def _least_length(columns: Columns) -> int:
    """Bytes that a header of these tensors takes at the very least."""
    shortest = len('"":{"dtype":"F4","shape":[],"data_offsets":[0,0]}')
    return shortest * len(columns.names) + sum(map(len, columns.names))
