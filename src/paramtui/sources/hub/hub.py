"""Checkpoints on the Hub, or in its cache: everything but the weights."""

from pathlib import Path

from huggingface_hub import constants

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.record import replace
from paramtui.sources.cache import Cache, cache_folder
from paramtui.sources.errors import AccessDenied, NetworkError, Offline, RepositoryNotFound
from paramtui.sources.hub.account import account
from paramtui.sources.hub.recall import Memory
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HUB, HubReference


def load_hub(reference: HubReference, *, offline: bool, refresh: bool, watch: Watch) -> Checkpoint:
    """Open a repository: by the network, or from the Hub's cache when there is none."""
    cache = Path(constants.HF_HUB_CACHE)
    endpoint = constants.ENDPOINT or HUB
    # Who shows what is offered shows a tree.
    tree = watch.offer is not None
    own = Cache(cache_folder())
    memory = Memory(reference, endpoint, own, account, trusted=not refresh, tree=tree)
    if offline or constants.is_offline_mode():
        if memory.recalled is not None:
            return _told(memory.recalled.checkpoint, "offline: as it was when it was last opened")
        cached = _cached(reference, cache, watch)
        if cached is not None:
            return _told(cached, "offline: from the Hub's cache")
        raise Offline(
            f"{reference.id} is not on this machine, and the network is switched off",
            f"hf download {reference.id} keeps a copy; or go without --offline and HF_HUB_OFFLINE",
        )
    # Not before: importing what goes online takes longer than all else that works without.
    from paramtui.sources.http.dialling import EarlyCalls

    # What was opened before is only described anew; of anything else all is asked for at once.
    early = EarlyCalls(endpoint, 1 if memory.row else 2)
    try:
        if watch.offer is not None and memory.recalled is not None:
            watch.offer(memory.recalled.checkpoint)
            watch = replace(watch, preview=None)  # nobody looks at less
        from paramtui.sources.hub.online import load_online

        found = load_online(reference, cache, watch, memory, early)
        return replace(found, warnings=(*memory.warnings, *found.warnings))
    except (AccessDenied, NetworkError, RepositoryNotFound) as error:
        if isinstance(error, NetworkError) and memory.recalled is not None:
            told = f"as it was when it was last opened, since {error}"
            return _told(memory.recalled.checkpoint, told)
        cached = _cached(reference, cache, watch)
        if cached is None:
            raise
        return _told(cached, f"from the Hub's cache, since {error}")
    finally:
        early.close()


def _cached(reference: HubReference, cache: Path, watch: Watch) -> Checkpoint | None:
    from paramtui.sources.hub.cache import load_cached

    return load_cached(reference, cache, watch)


def _told(found: Checkpoint, whence: str) -> Checkpoint:
    """The same, with where it comes from before all else that is said of it."""
    return replace(found, notice=f"{whence}; {found.notice}" if found.notice else whence)
