"""One load from the Hub over the network."""

from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.record import replace
from paramtui.sources.errors import AccessDenied, Cancelled, RepositoryNotFound
from paramtui.sources.http.dialling import EarlyCalls
from paramtui.sources.hub.account import token_words
from paramtui.sources.hub.errors import NOT_LOGGED_IN, InvalidToken, explain
from paramtui.sources.hub.load import Reading
from paramtui.sources.hub.recall import Memory
from paramtui.sources.hub.session import HubSession
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HubReference


def load_online(
    reference: HubReference, cache: Path, watch: Watch, memory: Memory, early: EarlyCalls
) -> Checkpoint:
    """Ask the Hub; once more without the token when it is not accepted."""
    try:
        return _attempt(reference, HubSession(watch, early=early), cache, memory)
    except InvalidToken:
        pass
    token = token_words()
    try:
        found = _attempt(reference, HubSession(watch, token=False), cache, memory)
    except (AccessDenied, RepositoryNotFound) as error:
        raise error.instead(f", and {NOT_LOGGED_IN}", f"; {token} is not accepted") from None
    told = f"the Hub does not accept {token}: opened without it (hf auth login)"
    return replace(found, warnings=(told, *found.warnings))


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
