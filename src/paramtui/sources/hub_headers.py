"""The headers of a repository's shards, each by two ranged reads."""

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from paramtui.checkpoint.checkpoint import Shard
from paramtui.checkpoint.safetensors import (
    LENGTH_BYTES,
    HeaderError,
    WeightIndexError,
    header_length,
    parse_header,
    parse_index,
)
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
from paramtui.sources.reference import HubReference
from paramtui.sources.weight_files import WeightSet, compare_files, compare_index, files_of


@dataclass(frozen=True)
class Headers:
    """What the headers of a set of files say."""

    shards: tuple[Shard, ...]
    tensors: tuple[TensorInfo, ...]
    warnings: tuple[str, ...] = ()
    error: SourceError | None = None
    """Why the first file that could not be read could not."""
    lasting: bool = True
    """False when another try might read more."""


def read_headers_of(session: HubSession, info: RepoInfo, folder: str, chosen: WeightSet) -> Headers:
    """Read the headers of a set of weights; raises when not one can be read."""
    if chosen.index is None:
        found = by_ranges(session, info, tuple(folder + file for file in chosen.files))
    else:
        found = _by_index(session, info, folder, chosen)
    if found.error is not None and all(shard.problem for shard in found.shards):
        raise found.error
    return found


def by_ranges(session: HubSession, info: RepoInfo, files: tuple[str, ...]) -> Headers:
    """Read the header of each file, by many threads; a file that fails gets a problem."""
    read = partial(_read_shard, session, info)
    found: dict[str, _Read] = {}
    for file, result in each(read, files, THREADS, session.watch):
        found[file] = result
        session.watch.report("reading headers", len(found), len(files))
    return Headers(
        tuple(found[file].shard for file in files),
        tuple(tensor for file in files for tensor in found[file].tensors),
        error=next((found[file].error for file in files if found[file].error), None),
    )


def _by_index(session: HubSession, info: RepoInfo, folder: str, chosen: WeightSet) -> Headers:
    """Read what an index names; its likely files already while it is on its way."""
    url = session.file_url(info.id, _revision(info), f"{folder}{chosen.index}")
    later = start(partial(session.get, url))
    guessed = tuple(folder + file for file in chosen.files)
    found = by_ranges(session, info, guessed)
    try:
        data = wait(later, session.watch)
    except Cancelled:
        raise
    except Exception as error:
        told = explain(error, HubReference(info.id, _revision(info)), session.endpoint)
        if not guessed or isinstance(told, AccessDenied):
            raise told from None
        return replace(found, warnings=(f"the index could not be read: {told}",), lasting=False)
    return _follow(data, session, info, folder, chosen, found)


def _follow(
    data: bytes, session: HubSession, info: RepoInfo, folder: str, chosen: WeightSet, found: Headers
) -> Headers:
    """The headers of the files an index names, when those of its likely files are known."""
    guessed = tuple(folder + file for file in chosen.files)
    try:
        index = parse_index(data)
        files = files_of(index, lambda file: folder + file in info.sizes)
        files = tuple(folder + file for file in files)
    except WeightIndexError as error:
        if not guessed:
            raise BadIndex(f"{chosen.index} is no index of weights: {error}") from None
        return replace(found, warnings=(f"the index is not used: {error}",))
    if set(files) != set(guessed):
        more = by_ranges(session, info, tuple(file for file in files if file not in guessed))
        found = _only(files, found, more)
    complete = not any(shard.problem for shard in found.shards)
    warnings = compare_files(files, guessed) + compare_index(index, found.tensors, complete)
    return replace(found, warnings=tuple(warnings))


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
        told = explain(error, HubReference(info.id, _revision(info)), session.endpoint)
        if isinstance(told, (Cancelled, AccessDenied)):
            raise told from None
        return _Read(Shard(name, size, str(told)), error=told)


def _only(files: tuple[str, ...], *parts: Headers) -> Headers:
    """The files of an index out of all that were read, in its order."""
    shards = {shard.name: shard for part in parts for shard in part.shards}
    names = [clean(file) for file in files]
    wanted = set(names)
    tensors = [tensor for part in parts for tensor in part.tensors if tensor.file in wanted]
    error = next((part.error for part in parts if part.error), None)
    return Headers(tuple(shards[name] for name in names), tuple(tensors), error=error)


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
