"""The headers of a repository's shards, by ranged reads."""

from collections.abc import Callable, Sequence

from paramtui.checkpoint.checkpoint import Shard
from paramtui.checkpoint.column_tensors import joined
from paramtui.checkpoint.formats.safetensors import Index, WeightIndexError, parse_index
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import Record, replace
from paramtui.sources.background import each, start, wait
from paramtui.sources.errors import AccessDenied, BadIndex, Cancelled, SourceError
from paramtui.sources.http.wire import THREADS
from paramtui.sources.hub.errors import explain
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.lengths import Lengths, length_of_single
from paramtui.sources.hub.places import Places
from paramtui.sources.hub.session import HubSession
from paramtui.sources.hub.shard import Read, Unread, fetch_header, revision_of
from paramtui.sources.hub.small_file import get_small_file
from paramtui.sources.hub.telling import Telling
from paramtui.sources.reference import HubReference
from paramtui.sources.weight_files import (
    SUFFIX,
    WeightSet,
    compare_files,
    compare_index,
    files_of,
)

Outline = Callable[[], tuple[TensorInfo, ...]]

FEW = 8
"""Files that are read at once: to wait for what some tell of the others would take longer."""


class Headers(Record):
    """What the headers of a set of files say."""

    shards: tuple[Shard, ...]
    tensors: Sequence[TensorInfo]
    warnings: tuple[str, ...] = ()
    error: SourceError | None = None
    """Why the first file that could not be read could not."""
    lasting: bool = True
    """False when another try might read more."""


def read_headers_of(
    session: HubSession,
    info: RepoInfo,
    folder: str,
    chosen: WeightSet,
    outline: Outline = tuple,
    telling: Telling | None = None,
) -> Headers:
    """Read the headers of a set of weights; raises when not one can be read.

    `outline` waits for what the configuration says the files hold.
    """
    reading = _Reading(session, info, folder, chosen, telling or Telling(None))
    index = chosen.index
    found = reading.by_index(index, outline) if index else reading.without_index()
    if found.error is not None and all(shard.problem for shard in found.shards):
        raise found.error
    return found


class _Reading:
    """A set of files being read."""

    def __init__(
        self,
        session: HubSession,
        info: RepoInfo,
        folder: str,
        chosen: WeightSet,
        telling: Telling,
    ) -> None:
        self.session = session
        self.info = info
        self.folder = folder
        self.guessed = tuple(folder + file for file in chosen.files)
        self.telling = telling
        self.lengths = Lengths()
        self.places = Places(session)
        self.found: dict[str, Read] = {}

    def without_index(self) -> Headers:
        """Read the files that are there."""
        all_weights = [name for name in self.info.sizes if name.endswith(SUFFIX)]
        if list(self.guessed) == all_weights and len(all_weights) == 1:
            # The Hub's count of the repository is the count of the file.
            self.lengths.single = length_of_single(
                self.info.sizes[all_weights[0]], self.info.parameters
            )
        self._read(self.guessed)
        return self._headers(self.guessed)

    def by_index(self, name: str, outline: Outline) -> Headers:
        """Read what an index names."""
        try:
            return self._by_index(name, outline)
        finally:
            self.places.stop()

    def _by_index(self, name: str, outline: Outline) -> Headers:
        """Read what an index names.

        Some of its likely files are read while it is on its way, where the configuration is not
        going to tell how long their headers are.
        """
        path = self.folder + name
        later = start(lambda: parse_index(get_small_file(self.session, self.info, path)))
        if len(self.guessed) > FEW:
            at = self.info.id, revision_of(self.info)
            self.places.ask([self.session.file_url(*at, file) for file in self.guessed])
        described = outline() if self._may_be_described() else ()
        if not described:
            self._read(_sample(self.guessed), len(self.guessed))
        try:
            index = wait(later, self.session.watch)
            files = files_of(index, lambda file: self.folder + file in self.info.sizes)
        except Cancelled:
            raise
        except WeightIndexError as error:
            if not self.guessed:
                raise BadIndex(f"{name} cannot be followed: {error}") from None
            return self._by_names(f"the index is not used: {error}", lasting=True)
        except Exception as error:
            told = explain(error, HubReference(self.info.id), self.session.endpoint)
            if not self.guessed or isinstance(told, AccessDenied):
                raise told from None
            return self._by_names(f"the index could not be read: {told}", lasting=False)
        return self._follow(index, tuple(self.folder + file for file in files), described)

    def _may_be_described(self) -> bool:
        """Whether the Hub has counted these files, and a configuration may explain its count."""
        from paramtui.checkpoint.blueprint import has_blueprint

        counted = self.info.parameters is not None and not self.folder
        return counted and has_blueprint(self.info.config.model_type)

    def _follow(
        self, index: Index, files: tuple[str, ...], described: tuple[TensorInfo, ...]
    ) -> Headers:
        """The headers of the files an index names."""
        self.telling.promise(index.weight_map)
        if any(file not in self.found for file in files):
            lengths = Lengths.by_index(index, self.folder)
            if not lengths.foresee(described, self.info.parameters):
                self._read([file for file in _sample(files) if file not in self.found], len(files))
            for read in self.found.values():
                lengths.learn(read.tensors)
            self.lengths = lengths
            rest = [file for file in files if file not in self.found]
            self.places.stop()
            self._read(self.lengths.order(rest), len(files))
        self.telling.end()
        found = self._headers(files)
        complete = not any(shard.problem for shard in found.shards)
        warnings = compare_files(files, self.guessed)
        warnings += compare_index(index, found.tensors, complete)
        return replace(found, warnings=tuple(warnings))

    def _by_names(self, problem: str, *, lasting: bool) -> Headers:
        """The headers of the likely files, where there is no index to follow."""
        rest = [file for file in self.guessed if file not in self.found]
        self.places.stop()
        self._read(rest, len(self.guessed))
        return replace(self._headers(self.guessed), warnings=(problem,), lasting=lasting)

    def _read(self, files: Sequence[str], total: int = 0) -> None:
        """Read headers by many threads; a file that fails gets a problem.

        One thread reads what the others fetch: many at once take turns, and a third longer.
        """
        for file, came in each(self._fetch, files, THREADS, self.session.watch):
            read = came.read() if isinstance(came, Unread) else came
            if isinstance(came, Unread) and not came.foreseen:
                self.lengths.learn(read.tensors)
            self.found[file] = read
            self.telling.add(read.tensors)
            self.session.watch.report("reading headers", len(self.found), total or len(files))

    def _fetch(self, file: str) -> Unread | Read:
        length = self.lengths.of(file, self.info.sizes.get(file))
        return fetch_header(self.session, self.info, file, length, self.places)

    def _headers(self, files: Sequence[str]) -> Headers:
        found = [self.found[file] for file in files]
        return Headers(
            tuple(read.shard for read in found),
            joined(read.tensors for read in found),
            error=next((read.error for read in found if read.error), None),
        )


def _sample(files: tuple[str, ...]) -> tuple[str, ...]:
    """All of a few files; of many, some that differ: the ends hold what layers do not."""
    if len(files) <= FEW:
        return files
    places = (0, 1, len(files) // 2, len(files) - 1)
    return tuple(files[place] for place in places)
