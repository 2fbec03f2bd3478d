"""One load from the Hub over the network."""

from dataclasses import replace
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.sources.errors import AccessDenied, Cancelled, RepositoryNotFound
from paramtui.sources.hub_errors import InvalidToken, explain
from paramtui.sources.hub_load import Reading
from paramtui.sources.hub_recall import Memory
from paramtui.sources.hub_session import HubSession
from paramtui.sources.hub_wire import install
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HubReference

NO_TOKEN = "the Hub does not accept the saved token: opened without it (hf auth login)"  # noqa: S105
BAD_TOKEN = "the saved token is not accepted"  # noqa: S105


def load_online(reference: HubReference, cache: Path, watch: Watch, memory: Memory) -> Checkpoint:
    """Ask the Hub; once more without the token when it is not accepted."""
    install()
    try:
        return _attempt(reference, HubSession(watch), cache, memory)
    except InvalidToken:
        pass
    try:
        found = _attempt(reference, HubSession(watch, token=False), cache, memory)
    except (AccessDenied, RepositoryNotFound) as error:
        raise error.also(BAD_TOKEN) from None
    return replace(found, warnings=(NO_TOKEN, *found.warnings))


def _attempt(
    reference: HubReference, session: HubSession, cache: Path, memory: Memory
) -> Checkpoint:
    reading = Reading(reference, session, cache, memory)
    try:
        return reading.run()
    except Cancelled:
        raise
    except Exception as error:
        told = explain(error, reference, session.endpoint)
        if isinstance(told, AccessDenied):
            told.public = reading.public()
        raise told from (None if told is error else error)
    finally:
        session.close()
