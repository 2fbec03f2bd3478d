"""What the Hub tells everybody of a repository whose files are closed to this user."""

from collections.abc import Mapping

from paramtui.checkpoint.checkpoint import Checkpoint, Shard, Total
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.text import clean
from paramtui.sources.config_file import MODEL_INDEX
from paramtui.sources.described import other_weights
from paramtui.sources.gguf_files import choose_gguf
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.weight_files import choose

Sizes = Mapping[str, int | None]

LEAST_HEADERS = 1_000_000
MOST_HEADERS = 50
"""Headers take no more than so many bytes, or one of so many parts of the files."""


def from_public(info: RepoInfo, folder: str) -> Checkpoint | None:
    """Totals by type and sizes of files, without a tensor; None where not even those are there."""
    files = {name: _weights(sizes) for name, sizes in _folders(info, folder).items()}
    files = {name: sizes for name, sizes in files.items() if sizes}
    known = {name: sum(sizes.values()) for name, sizes in files.items()}
    counts = info.parameters if not folder else None
    totals = _totals(counts or {}, known)
    if not totals:
        return None
    return Checkpoint(
        info.id,
        (),
        info.config,
        "hub",
        shards=tuple(
            Shard(clean(name + file), size)
            for name, sizes in files.items()
            for file, size in sizes.items()
        ),
        totals=totals,
    )


def _totals(counts: Mapping[str, int], sizes: Mapping[str, int]) -> tuple[Total, ...]:
    """By type where the Hub's count explains the files; else the bytes of each folder's files."""
    types = {name: SAFETENSORS_DTYPES.get(name) for name in counts}
    held = sum(kind.nbytes(counts[name]) for name, kind in types.items() if kind)
    whole = sum(sizes.values())
    room = LEAST_HEADERS + whole // MOST_HEADERS
    if counts and None not in types.values() and (not whole or 0 <= whole - held <= room):
        return tuple(
            Total(kind, counts[name], counts[name]) for name, kind in types.items() if kind
        )
    # Where elements and bytes disagree the Hub has unpacked them: it then counts parameters.
    unpacked = sum(counts.values()) if len(sizes) == 1 and counts else None
    return tuple(
        Total(FILES, size, unpacked, name.rstrip("/") if len(sizes) > 1 else "")
        for name, size in sizes.items()
    )


def _folders(info: RepoInfo, folder: str) -> dict[str, Sizes]:
    """The files of the folder that is meant or, of a pipeline, of each component."""
    prefix = f"{folder}/" if folder else ""
    found: dict[str, dict[str, int | None]] = {}
    for path, size in info.sizes.items():
        if path.startswith(prefix):
            inside, _, name = path[len(prefix) :].rpartition("/")
            found.setdefault(f"{prefix}{inside}/" if inside else prefix, {})[name] = size
    if MODEL_INDEX not in found.get(prefix, {}):
        return {prefix: found.get(prefix, {})}
    return {
        name: sizes for name, sizes in found.items() if name.count("/") == prefix.count("/") + 1
    }


def _weights(sizes: Sizes) -> dict[str, int]:
    """One set of weights of a folder, file -> bytes; empty where a size is unknown."""
    chosen, gguf = choose(sizes), choose_gguf(sizes)
    if chosen is not None:
        files = chosen.files
    elif gguf is not None:
        files = gguf.model.files
    else:
        files = other_weights(sizes)
    known = {file: size for file in files if (size := sizes.get(file)) is not None}
    return known if len(known) == len(files) else {}
