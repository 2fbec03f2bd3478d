"""One repository: its description, then what it holds."""

from functools import partial
from pathlib import Path
from urllib.parse import quote

from paramtui.checkpoint.checkpoint import Checkpoint, Fetched
from paramtui.record import replace
from paramtui.sources.background import finish_before_exit, start, wait
from paramtui.sources.errors import RevisionNotFound
from paramtui.sources.hub.asking import Asking
from paramtui.sources.hub.info import RepoInfo, parse_info
from paramtui.sources.hub.reach import check_network
from paramtui.sources.hub.recall import Memory, Recalled
from paramtui.sources.hub.session import HubSession
from paramtui.sources.reference import HubReference

SENDING = 0.3
"""Seconds that the first request has to go out before something else is done."""


class Reading:
    """One repository being read; any method may raise errors of ours, the client's or the Hub's."""

    def __init__(
        self, reference: HubReference, session: HubSession, cache: Path, memory: Memory
    ) -> None:
        self.reference = reference
        self.session = session
        self.cache = cache
        self.memory = memory
        self.info: RepoInfo | None = None
        """The description, once it is there."""
        self.warnings: list[str] = []

    def run(self) -> Checkpoint:
        """Ask for everything at once, then make a checkpoint of the answers."""
        watch = self.session.watch
        description = start(self._describe)
        asking = Asking(self.reference, self.session, self.cache)
        if self.memory.row is None:
            asking.begin(description)
        # Importing and unpacking take a round trip's time: first what then waits for the network.
        self.session.meter.under_way.wait(SENDING)
        watch.report(f"asking for {self.reference.id}")
        recalled = self.memory.recalled
        if recalled is None:
            if self.memory.row is not None:
                asking.begin(description)
            _make_ready()
        check_network(description, self.session.endpoint, watch)
        info = self.info = wait(description, watch)
        if info.id.lower() != self.reference.id.lower():
            self.warnings.append(f"{self.reference.id} is now called {info.id}")
        if recalled is not None:
            if self.memory.key(info) == recalled.key:
                return self._confirmed(info, recalled)
            asking.begin(description)
        self._preview(info)
        try:
            found, lasting = self._read(info, asking)
            if lasting and found.adapter is None:
                from paramtui.checkpoint.counted import counted

                found = counted(found, tree=self.memory.tree)
                finish_before_exit(partial(self.memory.keep, info, found))
            return self._finish(info, found)
        except RevisionNotFound:
            if info.commit is None:
                raise
        # A description that is wrong, or a branch that was rewritten since it was made.
        self.warnings.append(f"the Hub does not have the commit it names: {info.revision} was read")
        info = replace(info, commit=None)
        return self._finish(info, self._read(info, asking)[0])

    def _read(self, info: RepoInfo, asking: Asking) -> tuple[Checkpoint, bool]:
        """What the place that is meant holds, and whether another try would read the same."""
        from paramtui.sources.hub.folder import FolderReading
        from paramtui.sources.hub.parts import find_plan, read_parts

        plan = find_plan(self.session, info, self.reference)
        if plan is None:
            folder = FolderReading(asking)
            return folder.read(info), folder.lasting
        asker = partial(Asking, session=self.session, cache=self.cache)
        return read_parts(self.session, info, self.reference, plan, asker)

    def _preview(self, info: RepoInfo) -> None:
        """Show the totals of the description, where they are of what was asked for."""
        preview, meant = self.session.watch.preview, self.reference
        if preview is None or meant.file or meant.label:
            return
        from paramtui.checkpoint.preview import Preview
        from paramtui.sources.hub.public import from_public
        from paramtui.sources.weight_files import is_adapter

        adapter = any(is_adapter(path.rpartition("/")[2]) for path in info.sizes)
        found = None if adapter else from_public(info, meant.folder)
        if found is not None:
            preview(Preview(self._finish(info, found)))

    def public(self) -> Checkpoint | None:
        """What everybody may know of the repository; None before it is described."""
        from paramtui.sources.hub.public import from_public

        found = from_public(self.info, self.reference.folder) if self.info else None
        return self._finish(self.info, found) if self.info and found else None

    def _confirmed(self, info: RepoInfo, recalled: Recalled) -> Checkpoint:
        """What is remembered, when the files are still the same."""
        if info.commit != recalled.checkpoint.commit:
            self.memory.point(info, recalled.key)
        same = replace(recalled.checkpoint, source="hub")
        if not recalled.whole:
            finish_before_exit(partial(self.memory.keep, info, same))
        found = self._finish(info, same)
        return replace(found, fetched=replace(found.fetched, from_cache=True))

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


def _make_ready() -> None:
    """Import what reads and counts the answers, while they are on their way."""
    import paramtui.checkpoint.counted
    import paramtui.checkpoint.counting.duplicates
    import paramtui.checkpoint.counting.grouping
    import paramtui.sources.hub.folder
    import paramtui.sources.hub.parts  # noqa: F401
