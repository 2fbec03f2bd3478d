"""Checkpoints on the Hub, or in its cache: everything but the weights."""

from dataclasses import replace
from pathlib import Path

from huggingface_hub import constants

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.sources.errors import Cancelled, NetworkError, Offline
from paramtui.sources.hub_cache import load_cached
from paramtui.sources.hub_errors import InvalidToken, explain
from paramtui.sources.hub_load import Reading
from paramtui.sources.hub_session import HubSession
from paramtui.sources.hub_wire import install
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HubReference

NO_TOKEN = "the Hub does not accept the saved token: opened without it (hf auth login)"  # noqa: S105


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
    install()
    try:
        return _load_online(reference, cache, watch)
    except NetworkError as error:
        cached = load_cached(reference, cache, watch)
        if cached is None:
            raise
        return replace(cached, notice=f"from the Hub's cache, since {error}")


def _load_online(reference: HubReference, cache: Path, watch: Watch) -> Checkpoint:
    try:
        return _attempt(reference, HubSession(watch), cache)
    except InvalidToken:
        found = _attempt(reference, HubSession(watch, token=False), cache)
        return replace(found, warnings=(NO_TOKEN, *found.warnings))


def _attempt(reference: HubReference, session: HubSession, cache: Path) -> Checkpoint:
    try:
        return Reading(reference, session, cache).run()
    except Cancelled:
        raise
    except Exception as error:
        told = explain(error, reference, session.endpoint)
        raise told from (None if told is error else error)
    finally:
        session.meter.over = True
