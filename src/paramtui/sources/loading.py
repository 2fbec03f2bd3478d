"""The one way in: what the user typed -> a Checkpoint."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.design.change import ConfigChange, DesignError
from paramtui.sources.errors import (
    AccessDenied,
    BadConfig,
    NetworkError,
    Offline,
    RepositoryNotFound,
    SourceError,
)
from paramtui.sources.progress import Progress, Watch
from paramtui.sources.reference import (
    HUB,
    HubReference,
    LocalReference,
    Reference,
    check_endpoint,
    folder_of,
    parse_reference,
)
from paramtui.sources.suggestions import with_suggestions


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
) -> Checkpoint:
    """Open what `text` names: a local path or a repository on the Hub; raises SourceError.

    With `changes` it is the model its config then describes. `progress` is called from this thread
    and from readers; `cancelled` stops the load when set. `offer` is given, at once, what a
    repository was when it was last opened.
    """
    if changes:
        offer = None  # a design is made of what the repository is, not of what it was
    watch = Watch(progress or Watch.progress, cancelled or Event(), offer)
    endpoint = os.environ.get("HF_ENDPOINT") or HUB
    reference = parse_reference(text, revision, endpoint)

    def open_(meant: Reference, watch: Watch) -> Checkpoint:
        if isinstance(meant, LocalReference):
            from paramtui.sources.local import load_local

            return load_local(meant, watch)
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
        quiet = replace(watch, offer=None)
        return with_base(found, folder_of(reference), lambda meant: open_(meant, quiet))


def _designed(found: Checkpoint, changes: Sequence[ConfigChange]) -> Checkpoint:
    from paramtui.checkpoint.design.design import designed

    try:
        return designed(found, changes)
    except DesignError as problem:
        raise BadConfig(str(problem), problem.hint) from None


def _load_remote(
    reference: HubReference, *, offline: bool, refresh: bool, watch: Watch
) -> Checkpoint:
    from paramtui.sources.hub.hub import load_hub

    try:
        return load_hub(reference, offline=offline, refresh=refresh, watch=watch)
    except (AccessDenied, NetworkError, RepositoryNotFound) as problem:
        found = _bundled(reference, problem) or _public(problem)
        if found is not None:
            return found
        if isinstance(problem, (Offline, RepositoryNotFound)):
            raise with_suggestions(problem, reference.id) from None
        raise


def _bundled(reference: HubReference, problem: SourceError) -> Checkpoint | None:
    """The bundled description of a repository that cannot be read, saying why it is shown."""
    from paramtui.sources.catalog import load_bundled

    found = load_bundled(reference.id)
    if found is None or reference.revision not in (None, "main"):
        return None
    return replace(found, notice=_sentence("bundled description", problem))


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
