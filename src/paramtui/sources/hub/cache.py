"""Repositories that the Hub's library has downloaded, read where they lie."""

import re
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint, Fetched
from paramtui.record import replace
from paramtui.sources.errors import SourceError
from paramtui.sources.files import list_folder
from paramtui.sources.gguf_files import is_gguf, labelled_gguf
from paramtui.sources.progress import Watch
from paramtui.sources.reference import HubReference, LocalKind, LocalReference
from paramtui.sources.weight_files import is_adapter

_COMMIT = re.compile(r"[0-9a-f]{40}")


def load_cached(reference: HubReference, cache: Path, watch: Watch) -> Checkpoint | None:
    """The snapshot of a repository in the Hub's cache; None when there is none to use."""
    found = find_snapshot(reference, cache)
    if found is None:
        return None
    folder, commit = found
    try:
        checkpoint = _load(reference, folder, watch)
    except SourceError:
        return None
    return replace(
        checkpoint,
        source="cache" if checkpoint.source == "local" else checkpoint.source,
        revision=reference.revision or "main",
        commit=commit,
        fetched=Fetched(from_cache=True),
    )


def _load(reference: HubReference, folder: Path, watch: Watch) -> Checkpoint:
    # Not to find a snapshot: reading one needs every format there is.
    from paramtui.sources.local import FILES_LIMIT, load_folder, load_local

    named = reference.file
    if reference.label:
        labelled = labelled_gguf(list_folder(folder, FILES_LIMIT), reference.label)
        named = labelled.model.files[0]
    if named is not None and (is_gguf(named) or is_adapter(named.rpartition("/")[2])):
        found = load_local(LocalReference(folder / named, LocalKind.WEIGHTS), watch)
        return replace(found, id=reference.id)
    name = named.rpartition("/")[2] if named else None
    return load_folder(reference.id, folder / reference.folder, watch, name)


def find_snapshot(reference: HubReference, cache: Path) -> tuple[Path, str] | None:
    """The folder and commit of a revision: `models--org--name/snapshots/<commit>`."""
    home = cache / f"models--{reference.id.replace('/', '--')}"
    revision = reference.revision or "main"
    try:
        commit = (home / "refs" / revision).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        commit = revision
    folder = home / "snapshots" / commit
    return (folder, commit) if _COMMIT.fullmatch(commit) and folder.is_dir() else None
