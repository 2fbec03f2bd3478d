"""Files that git itself holds, such as config.json: read where the Hub's redirect would lead."""

from urllib.parse import quote

from paramtui.sources.http.failures import StatusError
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.retry import is_final
from paramtui.sources.hub.session import JSON_LIMIT, HubSession

PLACE = "/api/resolve-cache/models"
"""Where the Hub keeps small files by their commit; part of its published OpenAPI."""


def get_small_file(
    session: HubSession,
    info: RepoInfo,
    path: str,
    limit: int = JSON_LIMIT,
    revision: str | None = None,
) -> bytes:
    """The content of a file, in one request where the Hub needs no redirect to say where it is.

    Otherwise, as on mirrors, it is asked for at the `revision`, the commit if none is given.
    """
    if info.commit is not None:
        try:
            url = f"{session.endpoint}{PLACE}/{info.id}/{info.commit}/{quote(path)}"
            return session.get(url, limit)
        except StatusError as error:
            if not is_final(error):
                raise
    at = revision or info.commit or info.revision
    return session.get(session.file_url(info.id, at, path), limit)
