"""Models of the Hub that answer to a few letters."""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from paramtui.checkpoint.text import clean
from paramtui.sources.errors import BadReference, Cancelled, NetworkError
from paramtui.sources.hub.errors import InvalidToken, explain
from paramtui.sources.hub.session import HubSession
from paramtui.sources.listing import Listed, Origin
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HubReference, parse_id

MOST = 30
FIELDS = ("safetensors", "gguf", "pipeline_tag", "tags")
BODY_LIMIT = 4_000_000
MODALITIES = {
    "text-generation": "text",
    "image-text-to-text": "text+image",
    "automatic-speech-recognition": "speech",
    "feature-extraction": "text",
    "sentence-similarity": "text",
    "text-to-image": "diffusion",
}
"""The Hub's pipeline tags in the catalogue's words; others are shown as they are."""


def search(query: str, watch: Watch) -> tuple[Listed, ...]:
    """The most downloaded models whose name has the query; raises SourceError."""
    try:
        return _ask(query, HubSession(watch))
    except InvalidToken:
        return _ask(query, HubSession(watch, token=False))


def _ask(query: str, session: HubSession) -> tuple[Listed, ...]:
    asked = [("search", query), ("sort", "downloads"), ("direction", "-1"), ("limit", str(MOST))]
    asked += [("expand[]", field) for field in FIELDS]
    try:
        body = session.get(f"{session.endpoint}/api/models?{urlencode(asked)}", BODY_LIMIT)
    except Cancelled:
        raise
    except Exception as error:
        told = explain(error, HubReference(query), session.endpoint)
        if isinstance(told, NetworkError | InvalidToken):
            raise told from None
        raise NetworkError("the Hub does not answer the search") from None
    finally:
        session.close()
    return tuple(_models(body))


def _models(body: bytes) -> Iterator[Listed]:
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        raise NetworkError("the Hub does not answer the search with a list")
    for row in rows[:MOST]:
        name = row.get("id") if isinstance(row, dict) else None
        try:
            reference = parse_id(name) if isinstance(name, str) else None
        except BadReference:
            continue
        if reference and reference.revision is None:
            yield _listed(reference.id, row)


def _listed(name: str, row: Mapping[str, object]) -> Listed:
    tags = row.get("tags")
    tags = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    license_ = next((tag for tag in tags if tag.startswith("license:")), "")
    pipeline = row.get("pipeline_tag")
    modality = MODALITIES.get(pipeline, pipeline) if isinstance(pipeline, str) else ""
    return Listed(
        name,
        Origin.HUB,
        _number(row, "safetensors", "total") or _number(row, "gguf", "total"),
        _number(row, "gguf", "context_length"),
        clean(license_.removeprefix("license:"), 40),
        clean(modality, 40),
    )


def _number(row: Mapping[str, object], *path: str) -> int | None:
    value: object = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
