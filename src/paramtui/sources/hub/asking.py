"""What a folder of a repository usually has, asked for before anything is known of it.

Nothing but what sends requests is imported here: all else is while they are under way.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

from paramtui.sources.background import Future, start
from paramtui.sources.config_file import CONFIG, CONFIG_LIMIT
from paramtui.sources.errors import SourceError
from paramtui.sources.hub.arriving import Arriving
from paramtui.sources.hub.errors import FileNotThere
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.session import HubSession
from paramtui.sources.hub.small_file import get_small_file
from paramtui.sources.reference import HubReference

MAIN = "main"
USUAL_INDEX = "model.safetensors.index.json"
HEADERS_LIMIT = 90_000_000
"""Bytes of an answer with all headers, inflated: half a million tensors take 65 million."""


class Asking:
    """A folder's configuration, and the one answer with all its headers."""

    def __init__(self, reference: HubReference, session: HubSession, cache: Path) -> None:
        self.reference = reference
        self.session = session
        self.cache = cache
        self.revision = reference.revision or MAIN
        self.prefix = f"{reference.folder}/" if reference.folder else ""
        self.config: Future[bytes] = Future()
        self._usual: Arriving | None = None

    def begin(self, description: "Future[RepoInfo]", *, guess: bool = True) -> None:
        """Ask for what a folder usually has, while the repository is being described."""
        if self.revision == MAIN and guess:
            self._usual = self._start(USUAL_INDEX)
        self.config = start(partial(self._get_config, description))

    def headers(self, index: str) -> Arriving:
        """The headers of all shards of an index in one answer (default branch only)."""
        usual = self._usual if index == USUAL_INDEX else None
        return usual or self._start(index)

    def _start(self, index: str) -> Arriving:
        path = quote(self.prefix + index)
        name = self.reference.id
        url = f"{self.session.endpoint}/api/models/{name}/safetensors-metadata/{path}"
        return Arriving(partial(self.session.watch_get, url, HEADERS_LIMIT))

    def _get_config(self, description: "Future[RepoInfo]") -> bytes:
        """config.json, from the Hub's cache when it has it at the commit that is wanted."""
        info, path = description.result(), self.prefix + CONFIG
        if path not in info.sizes:
            raise FileNotThere(f"{info.id} has no {path}")
        return self._cached(info, path) or get_small_file(
            self.session, info, path, CONFIG_LIMIT, self.revision
        )

    def _cached(self, info: RepoInfo, path: str) -> bytes | None:
        from paramtui.sources.files import read_all
        from paramtui.sources.hub.cache import find_snapshot

        found = find_snapshot(self.reference, self.cache)
        if found is None or found[1] != info.commit:
            return None
        with suppress(SourceError):
            return read_all(found[0] / path, CONFIG_LIMIT)
        return None
