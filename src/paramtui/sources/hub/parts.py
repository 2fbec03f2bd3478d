"""Repositories on the Hub whose folders are one model together: every folder read side by side."""

from collections.abc import Callable

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.record import replace
from paramtui.sources.background import Future, each
from paramtui.sources.beside import with_choices
from paramtui.sources.errors import (
    AccessDenied,
    BadData,
    Cancelled,
    NotAModel,
    RevisionNotFound,
)
from paramtui.sources.http.wire import THREADS
from paramtui.sources.hub.asking import Asking
from paramtui.sources.hub.errors import explain
from paramtui.sources.hub.folder import FolderReading
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.session import HubSession
from paramtui.sources.hub.small_file import get_small_file
from paramtui.sources.parts import (
    INDEX_LIMIT,
    Part,
    Plan,
    by_folder,
    list_file,
    opened,
    put_together,
    read_list,
    unread,
)
from paramtui.sources.reference import HubReference

Asker = Callable[[HubReference], Asking]
"""What asks for the files of a folder."""


def find_plan(session: HubSession, info: RepoInfo, reference: HubReference) -> Plan | None:
    """The parts of the place that is meant; None where it holds one model or a file was named."""
    prefix = f"{reference.folder}/" if reference.folder else ""
    folders = by_folder(info.sizes, prefix)
    file = list_file(folders) if reference.file is None else None
    if file is None:
        return None
    try:
        data = get_small_file(session, info, prefix + file, INDEX_LIMIT)
    except Exception as error:
        told = explain(error, reference, session.endpoint)
        if isinstance(told, (AccessDenied, Cancelled, RevisionNotFound)):
            raise told from None
        return None
    return read_list(file, data, folders)


def read_parts(
    session: HubSession, info: RepoInfo, reference: HubReference, plan: Plan, asker: Asker
) -> tuple[Checkpoint, bool]:
    """The model that the parts are together, and whether what was read of all of them lasts."""
    known: Future[RepoInfo] = Future()
    known.set_result(info)
    prefix = f"{reference.folder}/" if reference.folder else ""

    def read(part: Part) -> tuple[Checkpoint, bool]:
        folder = (prefix + part.folder).strip("/")
        asking = asker(replace(reference, folder=folder))
        asking.begin(known, guess=False)
        reading = FolderReading(asking, part=True)
        try:
            return reading.read(info), reading.lasting
        except (BadData, NotAModel) as error:
            return unread(part, f"{folder}/*", error), False

    found = dict(each(read, plan.parts, THREADS, session.watch))
    whole = put_together(info.id, plan, [found[part][0] for part in plan.parts], "hub")
    at = f"@{reference.revision}" if reference.revision else ""
    where = f"hf://{info.id}{at}/{prefix}"

    def named(path: str) -> str:
        return (where + path).rstrip("/")

    folders = by_folder(info.sizes, prefix)
    whole = with_choices(whole, opened(plan, folders), folders, named)
    return whole, all(lasting for _, lasting in found.values())
