"""Folders of this machine that are one model together."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.text import clean
from paramtui.record import replace
from paramtui.sources.beside import with_choices
from paramtui.sources.errors import BadData, NotAModel, NotFound
from paramtui.sources.files import list_folder, read_all
from paramtui.sources.parts import (
    INDEX_LIMIT,
    Folders,
    Part,
    list_file,
    opened,
    put_together,
    read_list,
    unread,
)

FOLDERS_LIMIT = 200
"""Folders of a folder that are looked into."""
FILES_LIMIT = 10_000
"""Files of each of them."""


def load_parts(
    name: str, folder: Path, load: Callable[[str, Path], Checkpoint], folders: Folders
) -> Checkpoint | None:
    """The model that the folders of a folder are together; None where they are not one.

    `load` opens one of them; `folders` are their files.
    """
    file = list_file(folders)
    plan = read_list(file, read_all(folder / file, INDEX_LIMIT), folders) if file else None
    if plan is None:
        return None

    def read(part: Part) -> Checkpoint:
        try:
            found = load(name, folder / part.folder)
        except (BadData, NotAModel, NotFound) as error:
            return unread(part, f"{part.folder}/*", error)
        return inside(found, part.folder) if part.folder else found

    whole = put_together(name, plan, [read(part) for part in plan.parts], "local")
    return with_choices(whole, opened(plan, folders), folders, lambda path: str(folder / path))


def list_folders(folder: Path, sizes: Mapping[str, int | None]) -> Folders:
    """The files of a folder, `sizes`, and of the folders in it."""
    try:
        inside = sorted(path for path in islice(folder.iterdir(), FILES_LIMIT) if path.is_dir())
    except OSError:
        inside = []
    return {"": sizes, **{path.name: _files(path) for path in inside[:FOLDERS_LIMIT]}}


def _files(folder: Path) -> Mapping[str, int | None]:
    try:
        return list_folder(folder, FILES_LIMIT)
    except NotAModel:  # it may not be read
        return {}


def inside(found: Checkpoint, folder: str) -> Checkpoint:
    """The same; its files named from the folder above."""
    at = f"{clean(folder)}/"
    return replace(
        found,
        tensors=tuple(tensor._replace(file=at + tensor.file) for tensor in found.tensors),
        shards=tuple(replace(shard, name=at + shard.name) for shard in found.shards),
    )
