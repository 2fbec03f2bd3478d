"""The Hub's description of a repository -> the facts we use, whatever a server puts there."""

import json
import re
from collections.abc import Mapping

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.formats.extent import TOO_MANY, holds_too_much
from paramtui.checkpoint.text import clean, clean_json
from paramtui.record import Record, field
from paramtui.sources.errors import BadReference, NetworkError
from paramtui.sources.reference import is_safe_name, parse_id

FILES_LIMIT = 200_000
_COMMIT = r"[0-9a-f]{40}"


class RepoInfo(Record):
    """A repository at one commit."""

    id: str
    commit: str | None
    revision: str
    """What was asked for, e.g. `main`."""
    sizes: Mapping[str, int | None]
    """Files and their bytes."""
    license: str | None
    gated: bool
    parameters: Mapping[str, int] | None
    """Stored elements by dtype, as the Hub counts them; None when it does not."""
    config: ModelConfig = field(default_factory=ModelConfig)
    """What it repeats of config.json: family, architecture, quantisation."""
    private: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Files and the hash of their content, where the Hub gives one."""


def parse_info(data: bytes, asked: str, revision: str) -> RepoInfo:
    """The body of `/api/models/…?blobs=true`; `asked` is the id of the request."""
    if holds_too_much(data):
        raise NetworkError(f"the Hub's description of {asked} cannot be read: {TOO_MANY}")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise NetworkError(
            "the Hub does not answer in JSON", "does this network need a login?"
        ) from None
    if not isinstance(value, dict):
        raise NetworkError("the Hub does not answer with a description of a model")
    commit = value.get("sha")
    return RepoInfo(
        id=_id(value.get("id")) or asked,
        commit=commit if isinstance(commit, str) and re.fullmatch(_COMMIT, commit) else None,
        revision=revision,
        sizes=_sizes(value.get("siblings")),
        license=_license(value),
        gated=bool(value.get("gated")),
        parameters=_parameters(value.get("safetensors")),
        config=_config(value.get("config")),
        private=bool(value.get("private")),
        hashes=_hashes(value.get("siblings")),
    )


def _id(value: object) -> str | None:
    """The id a server gives, which becomes part of addresses, so only when it is one."""
    try:
        found = parse_id(value) if isinstance(value, str) else None
    except BadReference:
        return None
    return value if found is not None and found.id == value and isinstance(value, str) else None


def _sizes(siblings: object) -> dict[str, int | None]:
    sizes: dict[str, int | None] = {}
    for sibling in siblings[:FILES_LIMIT] if isinstance(siblings, list) else ():
        name = sibling.get("rfilename") if isinstance(sibling, dict) else None
        if isinstance(name, str) and is_safe_name(name):
            sizes[name] = _count(sibling.get("size"))
    return sizes


def _hashes(siblings: object) -> dict[str, str]:
    """The SHA-256 of a file that is stored apart, git's own hash of another."""
    hashes: dict[str, str] = {}
    for sibling in siblings[:FILES_LIMIT] if isinstance(siblings, list) else ():
        if not isinstance(sibling, dict):
            continue
        name, apart = sibling.get("rfilename"), sibling.get("lfs")
        found = apart.get("sha256") if isinstance(apart, dict) else sibling.get("blobId")
        if isinstance(name, str) and isinstance(found, str) and found:
            hashes[name] = found
    return hashes


def _parameters(safetensors: object) -> dict[str, int] | None:
    counts = safetensors.get("parameters") if isinstance(safetensors, dict) else None
    if not isinstance(counts, dict) or not counts:
        return None
    found = {name: _count(count) for name, count in counts.items()}
    return {name: count for name, count in found.items() if count is not None}


def _config(value: object) -> ModelConfig:
    """The public part of a configuration; of a pipeline, what it says of that."""
    inner = value.get("diffusers", value) if isinstance(value, dict) else None
    try:
        cleaned = clean_json(inner)
    except RecursionError:
        return ModelConfig()
    return ModelConfig.from_json(cleaned if isinstance(cleaned, dict) else None)


def _license(value: Mapping[str, object]) -> str | None:
    card = value.get("cardData")
    license_ = card.get("license") if isinstance(card, dict) else None
    if isinstance(license_, list):
        license_ = ", ".join(item for item in license_ if isinstance(item, str))
    return _text(license_)


def _text(value: object) -> str | None:
    return clean(value, 200) if isinstance(value, str) and value else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
