"""What goes wrong between us and the Hub -> one sentence and the next step."""

import httpx2
from huggingface_hub import errors

from paramtui.checkpoint.text import clean
from paramtui.sources.errors import (
    AccessDenied,
    NetworkError,
    NotAModel,
    NotFound,
    Offline,
    RateLimited,
    RepositoryNotFound,
    RevisionNotFound,
    SourceError,
)
from paramtui.sources.reference import HubReference

NOT_LOGGED_IN = "you are not logged in"
BAD_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105 - what the Hub answers


RETRY = "try again, or use --offline"
STATUS_ERRORS = (httpx2.HTTPStatusError, errors.HfHubHTTPError)
"""Answers with an error status; the Hub's library has classes of its own for them."""


class InvalidToken(AccessDenied):
    """The Hub does not know the token that was sent."""


class FileNotThere(NotFound):
    """The repository has no such file."""


def explain(error: Exception, reference: HubReference, endpoint: str) -> SourceError:
    """The error to tell the user instead of one of the HTTP client or the Hub's library."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, errors.OfflineModeIsEnabled):
        return Offline("the network is switched off by HF_HUB_OFFLINE")
    if isinstance(error, STATUS_ERRORS):
        return _explain_status(error, reference, endpoint)
    host = httpx2.URL(endpoint).host
    if isinstance(error, httpx2.TooManyRedirects):
        return NetworkError(f"{host} redirects in a circle")
    if isinstance(error, httpx2.DecodingError):
        return NetworkError(f"{host} sent data that cannot be decompressed")
    if isinstance(error, httpx2.TimeoutException):
        return NetworkError(f"{host} does not answer in time", RETRY)
    if isinstance(error, (httpx2.TransportError, OSError)):
        reason = clean(str(error) or type(error).__name__, 120)
        untrusted = "certificate" in reason.lower()
        hint = "name your network's certificates in SSL_CERT_FILE" if untrusted else RETRY
        return NetworkError(f"cannot reach {host}: {reason}", hint)
    return NetworkError(f"{host} does not answer like a Hub ({type(error).__name__})")


def _explain_status(
    error: httpx2.HTTPStatusError | errors.HfHubHTTPError, reference: HubReference, endpoint: str
) -> SourceError:
    name, status = reference.id, error.response.status_code
    home = httpx2.URL(endpoint).copy_with(username=None, password=None)
    page = f"{str(home).rstrip('/')}/{name}"
    said = error.response.headers.get("X-Error-Message", "")
    if isinstance(error, errors.GatedRepoError):
        return _gated(name, page, status, said)
    if isinstance(error, errors.RevisionNotFoundError):
        return RevisionNotFound(
            f"{name} has no revision {reference.revision}",
            f"its branches and tags: {page}/tree/main",
        )
    if isinstance(error, errors.EntryNotFoundError):
        return FileNotThere(f"{name} has no such file")
    if isinstance(error, errors.DisabledRepoError):
        return AccessDenied(f"{name} is disabled on the Hub", f"see {page}")
    if status == 401 and said == BAD_TOKEN:
        return InvalidToken("the Hub does not accept the saved token", "hf auth login")
    if status in (401, 404) or isinstance(error, errors.RepositoryNotFoundError):
        hint = "check the name; if it is private, hf auth login" if status == 401 else None
        return RepositoryNotFound(
            f"there is no model {name} on the Hub, or it is private",
            hint or "check the name, and that your account may see it",
        )
    if status in (400, 403) and error.response.url.netloc != httpx2.URL(endpoint).netloc:
        return NetworkError(f"the file server refuses it (status {status})", "try again")
    if status == 403:
        return AccessDenied(f"the Hub does not let you read {name}", f"see {page}")
    if status == 429:
        return RateLimited("the Hub asks to slow down", "try again in a few minutes")
    if status >= 500:
        return NetworkError(f"the Hub has a problem of its own (status {status})", "try again")
    return NotAModel(f"the Hub refuses the request for {name} (status {status})")


def _gated(name: str, page: str, status: int, said: str) -> AccessDenied:
    if "fine-grained" in said:
        return AccessDenied(
            f"{name} is gated, and the token is not for gated repositories",
            "let the token read gated repositories, in the Hub's settings of it",
        )
    if status == 401:
        return AccessDenied(
            f"{name} is gated, and {NOT_LOGGED_IN}",
            f"accept its licence at {page}, then hf auth login",
        )
    return AccessDenied(f"{name} is gated, and your account has no access", f"ask for it at {page}")
