"""The headers of a repository's shards: all in one answer, or each by two ranged reads."""

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from paramtui.checkpoint.checkpoint import Shard
from paramtui.checkpoint.safetensors import (
    HEADER_LIMIT,
    LENGTH_BYTES,
    Entry,
    HeaderError,
    WeightIndexError,
    header_length,
    parse_header,
    parse_index,
    read_headers,
    strict_entries,
    total_size,
    validate,
)
from paramtui.checkpoint.strict_json import Members, StrictJsonError, parse
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean
from paramtui.sources.background import each, start, wait
from paramtui.sources.errors import (
    AccessDenied,
    BadHeader,
    BadIndex,
    Cancelled,
    NotFound,
    SourceError,
)
from paramtui.sources.hub_errors import explain
from paramtui.sources.hub_info import RepoInfo
from paramtui.sources.hub_session import HubSession
from paramtui.sources.hub_wire import THREADS
from paramtui.sources.reference import HubReference, is_safe_name
from paramtui.sources.weight_files import (
    SHARD_LIMIT,
    WeightSet,
    compare_index,
    compare_total,
    shard_names,
)


@dataclass(frozen=True)
class Headers:
    """What the headers of a set of files say."""

    shards: tuple[Shard, ...]
    tensors: tuple[TensorInfo, ...]
    warnings: tuple[str, ...] = ()


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


def by_index(session: HubSession, info: RepoInfo, folder: str, chosen: WeightSet) -> Headers:
    """Read the headers of the files an index names, while the index itself is on its way."""
    assert chosen.index is not None  # noqa: S101 - what the caller chose by
    url = session.file_url(info.id, _revision(info), folder + chosen.index)
    later = start(partial(session.get, url))
    guessed = tuple(folder + file for file in chosen.files)
    found = by_ranges(session, info, guessed) if guessed else Headers((), ())
    try:
        index = parse_index(wait(later, session.watch))
        files = tuple(folder + file for file in shard_names(index))
        if not files or len(files) > SHARD_LIMIT:
            raise WeightIndexError(f"it names {len(files):,} files that could be read")
    except WeightIndexError as error:
        if not found.tensors:
            raise BadIndex(f"{chosen.index} is no index of weights: {error}") from None
        return replace(found, warnings=(f"the index is not used: {error}",))
    if set(files) != set(guessed):
        more = by_ranges(session, info, tuple(file for file in files if file not in guessed))
        found = _only(files, found, more)
    complete = not any(shard.problem for shard in found.shards)
    unsafe = sorted({file for file in index.weight_map.values() if not is_safe_name(file)})
    warnings = [f"the index names {clean(unsafe[0], 80)}, which is no file of a repository"] * bool(
        unsafe
    )
    warnings += compare_index(index, found.tensors, complete and not unsafe)
    return replace(found, warnings=tuple(warnings))


def by_ranges(session: HubSession, info: RepoInfo, files: tuple[str, ...]) -> Headers:
    """Read the header of each file, by many threads; a file that fails gets a problem."""
    read = partial(_read_shard, session, info)
    found: dict[str, _Read] = {}
    for file, result in each(read, files, THREADS, session.watch):
        found[file] = result
        session.watch.report("reading headers", len(found), len(files))
    failures = [found[file].error for file in files if found[file].error is not None]
    if failures and len(failures) == len(files):
        raise failures[0] or Cancelled
    return Headers(
        tuple(found[file].shard for file in files),
        tuple(tensor for file in files for tensor in found[file].tensors),
    )


class _Read(NamedTuple):
    """What came of one file."""

    shard: Shard
    tensors: tuple[TensorInfo, ...] = ()
    error: SourceError | None = None


def _read_shard(session: HubSession, info: RepoInfo, file: str) -> _Read:
    name, size = clean(file), info.sizes.get(file)
    if file not in info.sizes:
        return _Read(Shard(name, problem="missing"), error=NotFound(f"{info.id} has no {name}"))
    url = session.file_url(info.id, _revision(info), file)
    try:
        return _read_header(session, url, size, name)
    except HeaderError as error:
        return _Read(Shard(name, size, str(error)), error=BadHeader(name, str(error)))
    except Exception as error:
        told = explain(error, HubReference(info.id), session.endpoint)
        if isinstance(told, (Cancelled, AccessDenied)):
            raise told from None
        return _Read(Shard(name, size, str(told)), error=told)


def _only(files: tuple[str, ...], *parts: Headers) -> Headers:
    """The files of an index out of all that were read, in its order."""
    shards = {shard.name: shard for part in parts for shard in part.shards}
    names = [clean(file) for file in files]
    wanted = set(names)
    tensors = [tensor for part in parts for tensor in part.tensors if tensor.file in wanted]
    return Headers(tuple(shards[name] for name in names), tuple(tensors))


def _revision(info: RepoInfo) -> str:
    return info.commit or info.revision


def _read_header(session: HubSession, url: str, size: int | None, name: str) -> _Read:
    """Two reads that cannot contain a weight: the length, then exactly that many bytes."""
    if size is not None and size < LENGTH_BYTES:
        raise HeaderError("the file is too small to hold a header")
    first, whole, address = session.get_range(url, 0, LENGTH_BYTES)
    length = header_length(first)
    if size is not None and whole != size:
        raise HeaderError("the server's file has another size than the Hub says")
    if LENGTH_BYTES + length > whole:
        raise HeaderError("the header is longer than the file")
    data = b""
    if length:
        end = LENGTH_BYTES + length
        try:
            data, _, _ = session.get_range(address, LENGTH_BYTES, end)
        except SourceError:
            raise
        except Exception:
            # A signed address may have expired: ask the Hub for a new one.
            data, _, _ = session.get_range(url, LENGTH_BYTES, end)
    return _Read(Shard(name, whole), parse_header(data, whole, name))


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
