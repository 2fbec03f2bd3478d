"""Checkpoints on the Hub, or in its cache: everything but the weights."""

from dataclasses import replace
from pathlib import Path

from huggingface_hub import constants

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.sources.errors import AccessDenied, NetworkError, Offline, RepositoryNotFound
from paramtui.sources.hub_cache import load_cached
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HubReference


def load_hub(reference: HubReference, *, offline: bool, refresh: bool, watch: Watch) -> Checkpoint:
    """Open a repository: by the network, or from the Hub's cache when there is none."""
    del refresh  # nothing of ours is kept between runs yet
    cache = Path(constants.HF_HUB_CACHE)
    if offline or constants.is_offline_mode():
        cached = load_cached(reference, cache, watch)
        if cached is not None:
            return cached
        raise Offline(
            f"{reference.id} is not on this machine, and the network is switched off",
            f"hf download {reference.id} keeps a copy; or go without --offline and HF_HUB_OFFLINE",
        )
    # Not before: importing the client takes longer than all else that works without a network.
    from paramtui.sources.hub_tls import tls_context

    tls_context()
    from paramtui.sources.hub_online import load_online

    try:
        return load_online(reference, cache, watch)
    except (AccessDenied, NetworkError, RepositoryNotFound) as error:
        cached = load_cached(reference, cache, watch)
        if cached is None:
            raise
        return replace(cached, notice=f"from the Hub's cache, since {error}")
