"""Who asks: the headers of a request, with the user's token where there is one."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants

from paramtui import __version__

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE")


def request_headers(*, anonymous: bool = False) -> dict[str, str]:
    """`user-agent` and, unless `anonymous`, the `authorization` the Hub's library would send."""
    python = ".".join(map(str, sys.version_info[:3]))
    agent = f"paramtui/{__version__}; hf_hub/{huggingface_hub.__version__}; python/{python}"
    origin = constants.HF_HUB_USER_AGENT_ORIGIN
    headers = {"user-agent": f"{agent}; origin/{origin}" if origin else agent}
    token = None if anonymous else _token()
    return {**headers, "authorization": f"Bearer {token}"} if token else headers


def account() -> str:
    """A name for the user that tells nothing of the token; empty for nobody."""
    with suppress(Exception):  # of the many ways to a token each fails in its own way
        token = _token()
        from hashlib import sha256  # loads OpenSSL

        return sha256(f"paramtui {token}".encode()).hexdigest()[:40] if token else ""
    return ""


def _token() -> str | None:
    if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN or not _is_known():
        return None
    return _plain_token() or _library_token()


def _library_token() -> str | None:
    import logging

    from huggingface_hub import get_token

    for name in ("huggingface_hub", "httpx2", "httpcore2"):  # a renewal would be told on a screen
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    return get_token()


def _plain_token() -> str | None:
    """A token that was set or saved and needs no more than reading; None where it may.

    The library's own search imports YAML, file locks and the login, which takes as long as a
    request. What is exchanged (HF_OIDC_RESOURCE), renewed (after a login by browser) or kept
    elsewhere (Colab) is left to it.
    """
    if os.environ.get("HF_OIDC_RESOURCE") or "google.colab" in sys.modules:
        return None
    token = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    if token is None or not _cleaned(token):
        saved = Path(constants.HF_TOKEN_PATH)
        logins = Path(getattr(constants, "HF_STORED_TOKENS_PATH", saved.with_name("stored_tokens")))
        try:
            if logins.exists() and "refresh_token" in logins.read_text():
                return None
            token = saved.read_text()
        except (OSError, ValueError):
            return None
    return _cleaned(token) or None


def _cleaned(token: str) -> str:
    return token.replace("\r", "").replace("\n", "").strip()


def token_words() -> str:
    """Where the token comes from, in words."""
    named = (name for name in TOKEN_VARIABLES if os.environ.get(name))
    return next((f"the token of {name}" for name in named), "the saved token")


def _is_known() -> bool:
    """Whether a token can be anywhere: the library's own search takes longer than a request."""
    return (
        any(os.environ.get(name) for name in TOKEN_VARIABLES)
        or Path(constants.HF_TOKEN_PATH).exists()
        or "google.colab" in sys.modules
    )
