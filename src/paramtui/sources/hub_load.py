"""One repository: its description, then what it holds."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from paramtui.checkpoint.checkpoint import Checkpoint, Fetched
from paramtui.sources.background import start, wait
from paramtui.sources.errors import RevisionNotFound
from paramtui.sources.hub_folder import FolderReading
from paramtui.sources.hub_info import RepoInfo, parse_info
from paramtui.sources.hub_public import from_public
from paramtui.sources.hub_session import HubSession
from paramtui.sources.reference import HubReference


class Reading:
    """One repository being read; any method may raise errors of ours, the client's or the Hub's."""

    def __init__(self, reference: HubReference, session: HubSession, cache: Path) -> None:
        self.reference = reference
        self.session = session
        self.cache = cache
        self.info: RepoInfo | None = None
        """The description, once it is there."""
        self.warnings: list[str] = []

    def run(self) -> Checkpoint:
        """Ask for everything at once, then make a checkpoint of the answers."""
        watch = self.session.watch
        watch.report(f"asking for {self.reference.id}")
        description = start(self._describe)
        folder = FolderReading(self.reference, self.session, self.cache)
        folder.begin(description)
        info = self.info = wait(description, watch)
        if info.id.lower() != self.reference.id.lower():
            self.warnings.append(f"{self.reference.id} is now called {info.id}")
        try:
            return self._finish(info, folder.read(info))
        except RevisionNotFound:
            if info.commit is None:
                raise
        # A description that is wrong, or a branch that was rewritten since it was made.
        self.warnings.append(f"the Hub does not have the commit it names: {info.revision} was read")
        info = replace(info, commit=None)
        return self._finish(info, folder.read(info))

    def public(self) -> Checkpoint | None:
        """What everybody may know of the repository; None before it is described."""
        found = from_public(self.info, self.reference.folder) if self.info else None
        return self._finish(self.info, found) if self.info and found else None

    def _finish(self, info: RepoInfo, found: Checkpoint) -> Checkpoint:
        meter = self.session.meter
        return replace(
            found,
            revision=info.revision,
            commit=info.commit,
            license=info.license or found.license,
            warnings=(*self.warnings, *found.warnings),
            fetched=Fetched(
                requests=meter.requests,
                bytes=meter.bytes,
                weight_bytes=meter.weight_bytes,
                seconds=meter.seconds,
                retries=meter.retries,
            ),
        )

    def _describe(self) -> RepoInfo:
        revision = self.reference.revision
        at = f"/revision/{quote(revision, safe='')}" if revision else ""
        url = f"{self.session.endpoint}/api/models/{self.reference.id}{at}?blobs=true"
        return parse_info(self.session.get(url), self.reference.id, revision or "main")
