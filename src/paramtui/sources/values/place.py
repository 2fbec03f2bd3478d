"""Where the files of an opened checkpoint lie on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import replace
from paramtui.sources.adapter import base_reference
from paramtui.sources.errors import FileMissing, NotFound
from paramtui.sources.files import size_of
from paramtui.sources.reference import (
    HUB,
    HubReference,
    Reference,
    folder_of,
    parse_reference,
)
from paramtui.sources.weight_files import is_adapter


class NotHere(NotFound):
    """The numbers are not on this machine."""


def path_of(checkpoint: Checkpoint, reference: str, tensor: TensorInfo) -> Path:
    """The file that holds a tensor; raises NotHere, with how to get it.

    `reference` is what was typed to open the checkpoint.
    """
    meant = parse_reference(reference, None, os.environ.get("HF_ENDPOINT") or HUB)
    if not tensor.file:
        raise NotHere(
            f"{checkpoint.id} is a description without files: there are no values to read",
            _download(checkpoint, meant),
        )
    for folder in _folders(checkpoint, meant, tensor.file):
        path = folder / tensor.file
        if size_of(path) is not None:
            return path
    if isinstance(meant, HubReference):
        raise NotHere(
            f"values need a local copy of {checkpoint.id}: only headers are fetched from the Hub",
            _download(checkpoint, meant),
        )
    raise FileMissing(f"{tensor.file} is not there any more")


def _folders(checkpoint: Checkpoint, meant: Reference, file: str) -> Iterator[Path]:
    """Where a file of the checkpoint may lie."""
    adapter = checkpoint.adapter
    if adapter and not is_adapter(file.rpartition("/")[2]):
        base = base_reference(adapter, folder_of(meant))
        if base is not None:
            yield from _of(base, None)
        return
    yield from _of(meant, checkpoint.commit)


def _of(meant: Reference, commit: str | None) -> Iterator[Path]:
    local = folder_of(meant)
    if local is not None:
        yield local
    elif isinstance(meant, HubReference):
        yield from _snapshots(meant, commit)


def _snapshots(meant: HubReference, commit: str | None) -> Iterator[Path]:
    from huggingface_hub import constants

    from paramtui.sources.hub.cache import find_snapshot

    exact = replace(meant, revision=commit) if commit else meant
    found = find_snapshot(exact, Path(constants.HF_HUB_CACHE))
    if found is None:
        return
    # Files are named from the folder that was looked into, or from the repository's own.
    named = (meant.file or "").rpartition("/")[0]
    for inside in dict.fromkeys((meant.folder, named, "")):
        yield found[0] / inside


def _download(checkpoint: Checkpoint, meant: Reference) -> str | None:
    """The command that brings the files."""
    if not isinstance(meant, HubReference):
        return None
    named = meant.revision or checkpoint.revision
    revision = f" --revision {named}" if named not in (None, "main") else ""
    files = f" {meant.file}" if meant.file else ""
    return f"hf download {meant.id}{files}{revision} fetches it; then open it again"
