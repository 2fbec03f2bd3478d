"""Other weights that stand beside those that are open: not counted, and how to open them."""

import re
from collections.abc import Callable, Iterator, Mapping

from paramtui.checkpoint.checkpoint import Checkpoint, Choice
from paramtui.checkpoint.text import clean
from paramtui.record import replace
from paramtui.sources.gguf_files import choose_gguf
from paramtui.sources.parts import Folders
from paramtui.sources.weight_files import WeightSet, choose, copies, formats, rivals

NAMED = 4
"""Sets that a notice names."""
CHOICES_LIMIT = 100
_NO_MODEL = r"optimizer|training_|scheduler|random_state|rng_state|(^|/)checkpoint-\d"
_NUMBERS = r"[-_.]?\d+[-_.]of[-_.]\d+"

Sizes = Mapping[str, int | None]
Opened = Mapping[str, WeightSet]
"""The folders that are open, and which of their weights."""


def with_choices(
    found: Checkpoint, opened: Opened, folders: Folders, reference: Callable[[str], str]
) -> Checkpoint:
    """The same, with what else could be opened; `reference` says what to type for a path."""
    # An index may name files in folders of their own.
    inside = {shard.name.rpartition("/")[0] for shard in found.shards}
    folders = {
        folder: sizes
        for folder, sizes in folders.items()
        if not folder or folder in opened or not any(at.endswith(folder) for at in inside)
    }
    others = [
        Choice(clean(name), reference(path), size)
        for name, path, size in _others(opened, folders)
        if not re.search(_NO_MODEL, name)
    ][:CHOICES_LIMIT]
    closed = [f"{clean(folder, 80)}/ ({forms})" for folder, forms in _closed(opened, folders)]
    if not others and not closed:
        return found
    told = _sentence([choice.name for choice in others] + closed)
    if others:
        told += f"; open one by its path, {others[0].reference}"
        others.append(_here(found, opened, folders, reference))
    notice = f"{found.notice}; {told}" if found.notice else told
    return replace(found, choices=tuple(sorted(others, key=_by_size)), notice=notice)


def _by_size(choice: Choice) -> tuple[int, bool, str]:
    return choice.size or 0, not choice.opened, choice.name


Other = tuple[str, str, int | None]
"""A name, a path and bytes."""


def _others(opened: Opened, folders: Folders) -> Iterator[Other]:
    """Sets of weights that are not open and could be."""
    for folder, sizes in sorted(folders.items()):
        at = f"{folder}/" if folder else ""
        chosen = opened.get(folder) or choose(sizes)
        if chosen is None:
            continue
        if folder and folder not in opened:
            yield at, folder, _size(chosen, sizes)
            continue
        alone = () if folder in opened else (chosen, *rivals(sizes, chosen))
        for files in (*alone, *copies(sizes, chosen)):
            yield at + _label(files), at + files.files[0], _size(files, sizes)
        gguf = choose_gguf(sizes)
        for model in gguf.models if gguf else ():
            yield at + model.name, at + model.files[0], model.size


def _closed(opened: Opened, folders: Folders) -> Iterator[tuple[str, str]]:
    """Folders with weights in formats that are not read, and the formats."""
    for folder, sizes in sorted(folders.items()):
        readable = choose(sizes) is not None or choose_gguf(sizes) is not None
        if folder in ("", *opened) or readable or re.search(_NO_MODEL, folder):
            continue
        if forms := formats(sizes):
            yield folder, ", ".join(forms)


def _here(
    found: Checkpoint, opened: Opened, folders: Folders, reference: Callable[[str], str]
) -> Choice:
    """What is open, among the others."""
    sizes = [_size(files, folders.get(folder, {})) for folder, files in opened.items()]
    known = [size for size in sizes if size is not None]
    whole = sum(known) if len(known) == len(sizes) else None
    only = next(iter(opened.values())) if len(opened) == 1 else None
    name = clean(_label(only)) if only else found.config.architecture or "all components"
    return Choice(name, reference(""), whole, opened=True)


def _sentence(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"not counted: {', '.join(names[:NAMED])}{more}"


def _label(files: WeightSet) -> str:
    """What tells a set apart: the name of its file, or what its shards have in common."""
    name = files.files[0] if files.files else ""
    return name if len(files.files) == 1 else re.sub(_NUMBERS, "", name)


def _size(files: WeightSet, sizes: Sizes) -> int | None:
    known = [size for file in files.files if (size := sizes.get(file)) is not None]
    return sum(known) if known and len(known) == len(files.files) else None
