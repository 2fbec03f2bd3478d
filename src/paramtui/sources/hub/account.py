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
    from huggingface_hub import get_token

    return get_token()


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
