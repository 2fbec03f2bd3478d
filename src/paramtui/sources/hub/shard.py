"""The header of one file on the Hub, by ranged reads that do not reach a weight."""

from paramtui.checkpoint.checkpoint import Shard
from paramtui.checkpoint.column_tensors import NONE, ColumnTensors
from paramtui.checkpoint.formats.safetensors import (
    LENGTH_BYTES,
    HeaderError,
    header_length,
    parse_header,
)
from paramtui.checkpoint.text import clean
from paramtui.named_tuple import NamedTuple
from paramtui.sources.errors import AccessDenied, BadHeader, Cancelled, NotFound, SourceError
from paramtui.sources.hub.errors import explain
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.places import Places
from paramtui.sources.hub.session import HubSession
from paramtui.sources.reference import HubReference


class Read(NamedTuple):
    """What came of one file."""

    shard: Shard
    tensors: ColumnTensors = NONE
    error: SourceError | None = None


class Unread(NamedTuple):
    """The header of a file as it came."""

    name: str
    size: int | None
    """Bytes of the file, as the Hub says."""
    whole: int
    """Bytes of the file, as the server says."""
    header: bytes
    foreseen: bool
    """Whether its length was known: others then learn nothing from it."""

    def read(self) -> Read:
        """What it says."""
        try:
            tensors = parse_header(self.header, self.whole, self.name)
        except HeaderError as error:
            return _bad(self.name, self.size, error)
        return Read(Shard(self.name, self.whole), tensors)


def fetch_header(
    session: HubSession, info: RepoInfo, file: str, length: int | None, places: Places
) -> Unread | Read:
    """The header of a file, in one request where its `length` is known, or why there is none."""
    name, size = clean(file), info.sizes.get(file)
    if file not in info.sizes:
        return Read(Shard(name, problem="missing"), error=NotFound(f"{info.id} has no {name}"))
    url = session.file_url(info.id, revision_of(info), file)
    try:
        whole, header = _fetch(session, url, size, length or 0, places)
    except HeaderError as error:
        return _bad(name, size, error)
    except Exception as error:
        told = explain(error, HubReference(info.id, revision_of(info)), session.endpoint)
        if isinstance(told, (Cancelled, AccessDenied)):
            raise told from None
        return Read(Shard(name, size, str(told)), error=told)
    return Unread(name, size, whole, header, length is not None)


def _bad(name: str, size: int | None, error: HeaderError) -> Read:
    return Read(Shard(name, size, str(error)), error=BadHeader(name, str(error)))


def revision_of(info: RepoInfo) -> str:
    """What files are asked for at: the commit, so that all are of one."""
    return info.commit or info.revision


def _fetch(
    session: HubSession, url: str, size: int | None, expected: int, places: Places
) -> tuple[int, bytes]:
    """The size of a file and its header: the length, then exactly that many bytes.

    Both at once where they are as expected.
    """
    if size is not None and size < LENGTH_BYTES:
        raise HeaderError("the file is too small to hold a header")
    place = places.of(url)
    first, whole, address = session.get_range(url, 0, LENGTH_BYTES + expected, place)
    if place is not None and address != place:
        places.give_up()
    length = header_length(first)
    session.meter.add(weight_bytes=max(expected - length, 0))
    if size is not None and whole != size:
        raise HeaderError("the server's file has another size than the Hub says")
    if LENGTH_BYTES + length > whole:
        raise HeaderError("the header is longer than the file")
    data = first[LENGTH_BYTES : LENGTH_BYTES + length]
    if len(data) < length:
        data += _rest(session, url, address, len(first), LENGTH_BYTES + length)
    return whole, data


def _rest(session: HubSession, url: str, address: str, start: int, stop: int) -> bytes:
    try:
        return session.get_range(address, start, stop)[0]
    except SourceError:
        raise
    except Exception:
        # A signed address may have expired: ask the Hub for a new one.
        return session.get_range(url, start, stop)[0]
