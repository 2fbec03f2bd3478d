"""What goes wrong between us and the Hub -> one sentence and the next step."""

from urllib.parse import urlsplit

from paramtui.checkpoint.text import clean
from paramtui.sources.errors import (
    AccessDenied,
    NetworkError,
    NotAModel,
    NotFound,
    RateLimited,
    RepositoryNotFound,
    RevisionNotFound,
    SourceError,
)
from paramtui.sources.http.addresses import place_of
from paramtui.sources.http.failures import (
    RequestError,
    StatusError,
    TimedOut,
    TooManyRedirects,
    Undecodable,
)
from paramtui.sources.reference import HubReference

NOT_LOGGED_IN = "you are not logged in"
BAD_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105 - what the Hub answers


RETRY = "try again, or use --offline"
DISABLED = "Access to this resource is disabled."
"""What the Hub answers, as in `huggingface_hub.utils.hf_raise_for_status`."""


class InvalidToken(AccessDenied):
    """The Hub does not know the token that was sent."""


class FileNotThere(NotFound):
    """The repository has no such file."""


def explain(error: Exception, reference: HubReference, endpoint: str) -> SourceError:
    """The error to tell the user instead of one of the HTTP client or the Hub's library."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, StatusError):
        return _explain_status(error, reference, endpoint)
    host = urlsplit(endpoint).hostname
    if isinstance(error, TooManyRedirects):
        return NetworkError(f"{host} redirects in a circle")
    if isinstance(error, Undecodable):
        return NetworkError(f"{host} sent data that cannot be decompressed")
    if isinstance(error, TimedOut):
        return NetworkError(f"{host} does not answer in time", RETRY)
    if isinstance(error, (RequestError, OSError)):
        reason = clean(str(error) or type(error).__name__, 120)
        untrusted = "certificate" in reason.lower()
        hint = "name your network's certificates in SSL_CERT_FILE" if untrusted else RETRY
        return NetworkError(f"cannot reach {host}: {reason}", hint)
    return NetworkError(f"{host} does not answer like a Hub ({type(error).__name__})")


def _explain_status(error: StatusError, reference: HubReference, endpoint: str) -> SourceError:
    """The error of an answer, by its status and the headers the Hub says more in."""
    name, status = reference.id, error.status
    page = f"{_without_user(endpoint)}/{name}"
    code = error.headers.get("x-error-code", "")
    said = error.headers.get("x-error-message", "")
    if code == "GatedRepo":
        return _gated(name, page, status, said)
    if code == "RevisionNotFound":
        return RevisionNotFound(
            f"{name} has no revision {reference.revision}",
            f"its branches and tags: {page}/tree/main",
        )
    if code == "EntryNotFound":
        return FileNotThere(f"{name} has no such file")
    if said == DISABLED:
        return AccessDenied(f"{name} is disabled on the Hub", f"see {page}")
    if status == 401 and said == BAD_TOKEN:
        return InvalidToken("the Hub does not accept the saved token", "hf auth login")
    if status in (401, 404) or code == "RepoNotFound":
        hint = "check the name; if it is private, hf auth login" if status == 401 else None
        return RepositoryNotFound(
            f"there is no model {name} on the Hub, or it is private",
            hint or "check the name, and that your account may see it",
        )
    if status in (400, 403) and place_of(error.url) != place_of(endpoint):
        return NetworkError(f"the file server refuses it (status {status})", "try again")
    if status == 403:
        return AccessDenied(f"the Hub does not let you read {name}", f"see {page}")
    if status == 429:
        return RateLimited("the Hub asks to slow down", "try again in a few minutes")
    if status >= 500:
        return NetworkError(f"the Hub has a problem of its own (status {status})", "try again")
    return NotAModel(f"the Hub refuses the request for {name} (status {status})")


def _without_user(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")


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
