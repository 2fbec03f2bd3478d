"""GGUF models on the Hub, by ranged reads that cannot reach a weight."""

from functools import partial

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.formats.gguf import HEADER_BYTES, follow, parse_gguf
from paramtui.checkpoint.formats.gguf_cursor import GgufError
from paramtui.checkpoint.text import clean
from paramtui.sources.background import each
from paramtui.sources.errors import AccessDenied, Cancelled, NotFound, SourceError
from paramtui.sources.gguf import Part, assemble, unreadable
from paramtui.sources.gguf_files import GgufChoice
from paramtui.sources.http.wire import THREADS
from paramtui.sources.hub.errors import explain
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.session import HubSession
from paramtui.sources.reference import HubReference


def load_gguf(session: HubSession, info: RepoInfo, chosen: GgufChoice) -> Checkpoint:
    """A model among the files of a repository; its parts are read side by side."""
    parts: dict[str, Part] = {}
    files = chosen.model.files
    for file, part in each(partial(_read, session, info), files, THREADS, session.watch):
        parts[file] = part
        session.watch.report("reading headers", len(parts), len(files))
    at = "" if info.revision == "main" else f"@{info.revision}"
    return assemble(
        info.id,
        [parts[file] for file in files],
        chosen,
        lambda file: f"hf://{info.id}{at}/{file}",
        "hub",
    )


def _read(session: HubSession, info: RepoInfo, file: str) -> Part:
    name, size = clean(file), info.sizes.get(file)
    if file not in info.sizes:
        missing = NotFound(f"{info.id} has no {name}")
        return Part(Shard(name, problem="missing"), error=missing)
    revision = info.commit or info.revision
    url = session.file_url(info.id, revision, file)
    try:
        if size is None:
            size = session.get_range(url, 0, HEADER_BYTES)[1]
        ranges = _Ranges(session, url, size)
        return Part(Shard(name, size), follow(parse_gguf(size), ranges.read))
    except GgufError as error:
        return unreadable(Shard(name, size), str(error))
    except Exception as error:
        told = explain(error, HubReference(info.id, revision), session.endpoint)
        if isinstance(told, (Cancelled, AccessDenied)):
            raise told from None
        return Part(Shard(name, size, str(told)), error=told)


class _Ranges:
    """One file, read from where the Hub sends us, as long as that holds for other ranges."""

    def __init__(self, session: HubSession, url: str, size: int) -> None:
        self.session = session
        self.url = url
        self.size = size
        self.address: str | None = None
        self.moves = True
        """Whether the address of one range may serve another; some are signed for one only."""

    def read(self, position: int, length: int) -> bytes:
        """Exactly those bytes."""
        if self.address is not None and self.moves:
            try:
                return self._read(self.address, position, length)
            except (GgufError, SourceError):
                raise
            except Exception:
                self.moves = False
        return self._read(self.url, position, length)

    def _read(self, url: str, position: int, length: int) -> bytes:
        data, whole, self.address = self.session.get_range(url, position, position + length)
        if whole != self.size:
            raise GgufError("the server's file has another size than the Hub says")
        return data
