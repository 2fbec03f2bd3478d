"""The models opened last, in a small file of this user's own."""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.text import clean
from paramtui.sources.errors import SourceError
from paramtui.sources.files import read_all
from paramtui.sources.listing import Listed, Origin, modality_of

VERSION = 1
MOST = 30
"""Models that are remembered."""
SIZE_LIMIT = 100_000
"""Bytes of the file; ours are far below."""
TEXT_LIMIT = 400


def recent(path: Path) -> list[Listed]:
    """What is remembered, the last one first; a file that is damaged is set aside."""
    return _kept(path) or []


def remember(path: Path, reference: str, checkpoint: Checkpoint, parameters: int) -> None:
    """Put a model first; failing that, forget it: nobody waits for this file."""
    kept = _kept(path)
    if kept is None or checkpoint.design:  # what was typed does not open a design again
        return
    reference = reference.strip()
    path_typed = Path(reference).expanduser()
    # A repository without safetensors is described by its config as well.
    if checkpoint.source == "local" or (checkpoint.source == "config" and path_typed.exists()):
        reference = str(path_typed.absolute())
    model = Listed(
        reference,
        Origin.RECENT,
        parameters,
        checkpoint.config.context_length,
        checkpoint.license or "",
        modality_of(checkpoint),
    )
    others = [row for row in kept if row.reference != reference]
    with suppress(OSError):
        _write(path, [model, *others][:MOST])


def _kept(path: Path) -> list[Listed] | None:
    """What the file holds; None where a later version of this program wrote it."""
    try:
        text = read_all(path, SIZE_LIMIT)
    except SourceError:
        return []
    try:
        document = json.loads(text)
        if document["version"] > VERSION:
            return None
        return [_model(row) for row in document["models"][:MOST]]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        with suppress(OSError):
            path.replace(path.with_suffix(".damaged"))
        return []


def _model(row: Mapping[str, object]) -> Listed:
    reference = row["reference"]
    if not isinstance(reference, str) or not reference:
        raise TypeError
    return Listed(
        clean(reference, TEXT_LIMIT),
        Origin.RECENT,
        _count(row.get("parameters")),
        _count(row.get("context")),
        clean(str(row.get("license") or ""), TEXT_LIMIT),
        clean(str(row.get("modality") or ""), TEXT_LIMIT),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _write(path: Path, models: Iterable[Listed]) -> None:
    """Replace the file at once: a reader sees the old one or the new one, never a part."""
    rows = [
        {
            "reference": model.reference,
            "parameters": model.parameters,
            "context": model.context,
            "license": model.license,
            "modality": model.modality,
        }
        for model in models
    ]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp: for this user's eyes alone.
    descriptor, name = mkstemp(prefix=".recent-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"version": VERSION, "models": rows}, file, indent=1)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
