"""The one way in: what the user typed -> a Checkpoint."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.sources.errors import AccessDenied, NetworkError, RepositoryNotFound, SourceError
from paramtui.sources.progress import Progress, Watch
from paramtui.sources.reference import (
    HUB,
    HubReference,
    LocalReference,
    check_endpoint,
    parse_reference,
)


def load(
    text: str,
    *,
    revision: str | None = None,
    offline: bool = False,
    refresh: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Event | None = None,
) -> Checkpoint:
    """Open what `text` names: a local path or a repository on the Hub; raises SourceError.

    `progress` is called from this thread and from readers; `cancelled` stops the load when set.
    """
    watch = (
        Watch(progress, cancelled or Event()) if progress else Watch(cancelled=cancelled or Event())
    )
    endpoint = os.environ.get("HF_ENDPOINT") or HUB
    reference = parse_reference(text, revision, endpoint)
    with _without_collector():
        if isinstance(reference, LocalReference):
            from paramtui.sources.local import load_local

            return load_local(reference, watch)
        check_endpoint(endpoint)  # before the Hub's library stumbles over it
        return _load_remote(reference, offline=offline, refresh=refresh, watch=watch)


def _load_remote(
    reference: HubReference, *, offline: bool, refresh: bool, watch: Watch
) -> Checkpoint:
    from paramtui.sources.hub import load_hub

    try:
        return load_hub(reference, offline=offline, refresh=refresh, watch=watch)
    except (AccessDenied, NetworkError, RepositoryNotFound) as problem:
        bundled = _bundled(reference, problem)
        if bundled is None:
            raise
        return bundled


def _bundled(reference: HubReference, problem: SourceError) -> Checkpoint | None:
    """The bundled description of a repository that cannot be read, saying why it is shown."""
    from paramtui.sources.catalog import load_bundled

    found = load_bundled(reference.id)
    if found is None or reference.revision not in (None, "main"):
        return None
    notice = f"bundled description: {problem}"
    return replace(found, notice=f"{notice}; {problem.hint}" if problem.hint else notice)


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
