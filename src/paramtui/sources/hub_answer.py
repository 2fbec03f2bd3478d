"""The headers of all shards of an index in one answer of the Hub, believed only when it fits."""

from paramtui.checkpoint.checkpoint import Shard
from paramtui.checkpoint.safetensors import (
    HEADER_LIMIT,
    LENGTH_BYTES,
    Entry,
    HeaderError,
    read_headers,
    strict_entries,
    total_size,
    validate,
)
from paramtui.checkpoint.strict_json import Members, StrictJsonError, parse
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean
from paramtui.sources.hub_headers import Headers
from paramtui.sources.hub_info import RepoInfo
from paramtui.sources.weight_files import compare_total


def from_response(data: bytes, info: RepoInfo, folder: str, files: tuple[str, ...]) -> Headers:
    """The Hub's answer with every header of an index; raises HeaderError unless it fits `info`.

    The answer names no commit and no lengths, so it counts only when it has the same files, each
    as large as its header and data must be, and as many elements of each type.
    """
    headers, claimed = _read_response(data)
    if set(headers) != set(files):
        raise HeaderError("the answer is about other files")
    tensors: list[TensorInfo] = []
    shards: list[Shard] = []
    for file in sorted(headers):
        size = info.sizes.get(folder + file)
        found = validate(headers[file], None, clean(folder + file))
        length = (size or 0) - LENGTH_BYTES - sum(tensor.nbytes for tensor in found)
        if not 2 <= length <= HEADER_LIMIT or length < _least_length(headers[file]):
            raise HeaderError(f"the size of {file} does not fit its header")
        tensors += found
        shards.append(Shard(clean(folder + file), size))
    if info.parameters is not None and info.parameters != _elements(tensors):
        raise HeaderError("the answer counts other parameters than the Hub")
    held = sum(tensor.nbytes for tensor in tensors)
    return Headers(tuple(shards), tuple(tensors), tuple(compare_total(claimed, held, True)))


def _read_response(data: bytes) -> tuple[dict[str, list[Entry]], int | None]:
    """`{"index": {"metadata"}, "headers": {file: header}}` -> entries and the claimed size."""
    try:
        text = data.decode()
        start = text.find('"headers":')
        quick = read_headers(text, start + len('"headers":')) if start >= 0 else None
        if quick is not None:
            head = text[:start].rstrip().rstrip(",")
            return quick, _claimed(parse(head + "}") if len(head) > 1 else None)
        value = parse(text)
    except (UnicodeDecodeError, StrictJsonError) as error:
        raise HeaderError(f"the answer is not JSON ({error})") from None
    members = dict(value) if isinstance(value, Members) else {}
    headers = members.get("headers")
    if not isinstance(headers, Members):
        raise HeaderError("the answer has no headers")
    return {file: strict_entries(header) for file, header in headers}, _claimed(value)


def _claimed(value: object) -> int | None:
    index = dict(value).get("index") if isinstance(value, Members) else None
    metadata = dict(index).get("metadata") if isinstance(index, Members) else None
    return total_size(dict(metadata)) if isinstance(metadata, Members) else None


def _elements(tensors: list[TensorInfo]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for tensor in tensors:
        counts[tensor.dtype.name] = counts.get(tensor.dtype.name, 0) + tensor.elements
    return counts


def _least_length(entries: list[Entry]) -> int:
    """Bytes that a header of these tensors takes at the very least."""
    shortest = len('"":{"dtype":"F4","shape":[],"data_offsets":[0,0]}')
    return sum(shortest + len(name) for _, _, name, _ in entries)
