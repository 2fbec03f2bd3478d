"""The one way in: what the user typed -> a Checkpoint."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.record import replace
from paramtui.sources.errors import (
    AccessDenied,
    BadConfig,
    NetworkError,
    Offline,
    RepositoryNotFound,
    RevisionNotFound,
    SourceError,
)
from paramtui.sources.progress import Progress, Watch
from paramtui.sources.reference import (
    HUB,
    HubReference,
    LocalKind,
    LocalReference,
    Reference,
    check_endpoint,
    folder_of,
    parse_reference,
    with_longer_revision,
)

TYPE_CHECKING = False
if TYPE_CHECKING:  # reports show no preview
    from paramtui.checkpoint.design.change import ConfigChange
    from paramtui.checkpoint.preview import Preview


def load(
    text: str,
    *,
    revision: str | None = None,
    offline: bool = False,
    refresh: bool = False,
    changes: Sequence[ConfigChange] = (),
    progress: Callable[[Progress], None] | None = None,
    cancelled: Event | None = None,
    offer: Callable[[Checkpoint], None] | None = None,
    preview: Callable[[Preview], None] | None = None,
) -> Checkpoint:
    """Open what `text` names: a local path or a repository on the Hub; raises SourceError.

    With `changes` it is the model its config then describes. `progress` is called from this thread
    and from readers; `cancelled` stops the load when set. `offer` is given, at once, what a
    repository was when it was last opened, and `preview` what is known of it by now.
    """
    if changes:
        # A design is made of what the repository is, and shown when it is made.
        offer = preview = None
    watch = Watch(progress or Watch.progress, cancelled or Event(), offer, preview)
    endpoint = os.environ.get("HF_ENDPOINT") or HUB
    reference = parse_reference(text, revision, endpoint)

    def open_(meant: Reference, watch: Watch) -> Checkpoint:
        if isinstance(meant, LocalReference):
            return _load_local(meant, watch)
        check_endpoint(endpoint)  # before the Hub's library stumbles over it
        return _load_remote(meant, offline=offline, refresh=refresh, watch=watch)

    with _without_collector():
        found = open_(reference, watch)
        if changes:
            return _designed(found, changes)
        if found.adapter is None:
            return found
        from paramtui.sources.adapter import with_base

        # Its base model alone is not what was asked for, and is not offered as that.
        quiet = replace(watch, offer=None, preview=None)
        return with_base(found, folder_of(reference), lambda meant: open_(meant, quiet))


def _designed(found: Checkpoint, changes: Sequence[ConfigChange]) -> Checkpoint:
    from paramtui.checkpoint.design.change import DesignError
    from paramtui.checkpoint.design.design import designed

    try:
        return designed(found, changes)
    except DesignError as problem:
        raise BadConfig(str(problem), problem.hint) from None


def _load_local(meant: LocalReference, watch: Watch) -> Checkpoint:
    if meant.kind is LocalKind.CONFIG:
        # Alone first: all that a folder may hold takes as long to import as to describe a model.
        from paramtui.sources.local_config import load_config

        if (found := load_config(meant)) is not None:
            return found
    from paramtui.sources.local import load_local

    return load_local(meant, watch)


def _load_remote(
    reference: HubReference, *, offline: bool, refresh: bool, watch: Watch
) -> Checkpoint:
    try:
        return _load_hub(reference, offline=offline, refresh=refresh, watch=watch)
    except (AccessDenied, NetworkError, RepositoryNotFound) as problem:
        gone = isinstance(problem, (Offline, RepositoryNotFound))
        full = _with_owner(reference) if gone else None
        if full is not None:
            return _load_remote(full, offline=offline, refresh=refresh, watch=watch)
        found = _bundled(reference, problem) or _public(problem)
        if found is not None:
            return found
        if gone:
            from paramtui.sources.suggestions import with_suggestions

            raise with_suggestions(problem, reference.id) from None
        raise


def _load_hub(reference: HubReference, *, offline: bool, refresh: bool, watch: Watch) -> Checkpoint:
    """Open a repository; where its revision is not there, at one with more of the address in it."""
    from paramtui.sources.hub.hub import load_hub

    try:
        return load_hub(reference, offline=offline, refresh=refresh, watch=watch)
    except RevisionNotFound as problem:
        meant: HubReference | None = reference
        for _ in range(SLASHES):
            meant = with_longer_revision(meant) if meant else None
            if meant is not None:
                with suppress(RevisionNotFound):
                    return load_hub(meant, offline=offline, refresh=refresh, watch=watch)
        raise problem from None


def _with_owner(reference: HubReference) -> HubReference | None:
    """The repository that a name without its owner means; None where it may be several, or none."""
    from paramtui.sources.catalog import find_entry

    entry = find_entry(reference.id) if "/" not in reference.id else None
    return replace(reference, id=entry.id) if entry else None


SLASHES = 3
"""In the name of a branch that an address does not tell from its folders."""


def _bundled(reference: HubReference, problem: SourceError) -> Checkpoint | None:
    """The bundled description of a repository that cannot be read, saying why it is shown."""
    from paramtui.sources.catalog import load_bundled

    found = load_bundled(reference.id)
    if found is None or reference.revision not in (None, "main"):
        return None
    found = replace(found, notice=_sentence("bundled description", problem))
    public = problem.public if isinstance(problem, AccessDenied) else None
    if public is None:
        return found
    return replace(found, fetched=public.fetched, warnings=tuple(_differs(found, public)))


def _differs(found: Checkpoint, public: Checkpoint) -> Iterator[str]:
    """A sentence where the Hub counts other elements in the files than the description has."""
    from paramtui.checkpoint.counting.totals import FILES
    from paramtui.checkpoint.layouts import total_elements

    counted = sum(total.elements for total in public.totals if total.dtype is not FILES)
    described = total_elements(found.tensors)
    if counted and counted != described:
        yield f"the Hub counts {counted:,} elements in its files, the description {described:,}"


def _public(problem: SourceError) -> Checkpoint | None:
    """What the Hub tells everybody of a repository whose files are closed, marked as that."""
    found = problem.public if isinstance(problem, AccessDenied) else None
    return replace(found, notice=_sentence(PARTIAL, problem)) if found else None


PARTIAL = "partial, from what is public"


def _sentence(what: str, problem: SourceError) -> str:
    return f"{what}: {problem}; {problem.hint}" if problem.hint else f"{what}: {problem}"


@contextmanager
def _without_collector() -> Iterator[None]:
    """Switch the cyclic collector off: a load makes many objects and no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
