"""Folders that are one model together: diffusers pipelines, sentence-transformers with layers."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from paramtui.checkpoint.checkpoint import Checkpoint, Component, Shard, Source
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.text import clean, clean_json
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace
from paramtui.sources.config_file import CONFIG, MODEL_INDEX
from paramtui.sources.errors import SourceError
from paramtui.sources.reference import is_safe_name
from paramtui.sources.weight_files import WeightSet, choose, formats

MODULES = "modules.json"
INDEX_LIMIT = 1_000_000
"""Bytes of such a list; the longest published take a few thousand."""
PARTS_LIMIT = 64

Folders = Mapping[str, Mapping[str, int | None]]
"""Files of folders by their names, with their bytes; `""` is where the list stands."""


class Part(NamedTuple):
    """One of the folders."""

    folder: str
    """From where the list stands; empty for that place itself."""
    name: str
    """What the names of its tensors begin with; empty for the one that the others extend."""


class Plan(NamedTuple):
    """A list of folders, read."""

    parts: tuple[Part, ...]
    """Those with weights."""
    config: ModelConfig | None
    """Of a pipeline: the list itself. None where the first part's stands for all."""


def list_file(folders: Folders) -> str | None:
    """The file that lists the folders which are one model; None where there is none."""
    here = folders.get("", {})
    if MODEL_INDEX in here:
        return MODEL_INDEX
    beside = any(_holds_weights(sizes) for folder, sizes in folders.items() if folder)
    return MODULES if MODULES in here and beside else None


def read_list(file: str, data: bytes, folders: Folders) -> Plan | None:
    """What the list says, as far as it is there; None where it lists no weights to put together."""
    try:
        value = clean_json(json.loads(data))
    except (ValueError, RecursionError):
        return None
    if file == MODEL_INDEX:
        parts = [Part(name, name) for name in _components(value)]
        config = ModelConfig.from_json(value if isinstance(value, dict) else None)
    else:
        paths = _module_paths(value)
        parts = [Part(path, path if number else "") for number, path in enumerate(paths)]
        config = None
    unique = tuple(dict.fromkeys(parts))
    held = tuple(part for part in unique if _holds_weights(folders.get(part.folder, {})))
    if file == MODEL_INDEX and not held:
        # A pipeline that is still in design, or was downloaded without its weights.
        held = tuple(part for part in unique if CONFIG in folders.get(part.folder, {}))
    held = held[:PARTS_LIMIT]
    # A model with nothing but its own weights is a plain one.
    return None if not any(part.name for part in held) else Plan(held, config)


def put_together(name: str, plan: Plan, found: Sequence[Checkpoint], source: Source) -> Checkpoint:
    """One checkpoint of the parts of a plan, its tensors named below their part."""
    pairs = list(zip(plan.parts, found, strict=True))
    return Checkpoint(
        id=name,
        tensors=tuple(
            tensor._replace(name=f"{part.name}.{tensor.name}") if part.name else tensor
            for part, each in pairs
            for tensor in each.tensors
        ),
        config=plan.config or found[0].config,
        source=source,
        shards=tuple(shard for each in found for shard in _shards(each)),
        warnings=tuple(
            f"{part.name}: {words}" if part.name else words
            for part, each in pairs
            for words in (*filter(None, [None if each.partial else each.notice]), *each.warnings)
        ),
        components=tuple(Component(part.name, each.config) for part, each in pairs),
    )


def only_folder(folders: Folders) -> str | None:
    """The one folder that has the weights, where those around it have none."""
    held = [folder for folder, sizes in folders.items() if choose(sizes) is not None]
    here = folders.get("", {})
    return held[0] if len(held) == 1 and held[0] and not formats(here) else None


def _shards(found: Checkpoint) -> Iterable[Shard]:
    """The files of a part; where only their sizes are known, none of them was read."""
    problem = found.notice if found.partial else None
    return (replace(shard, problem=problem or shard.problem) for shard in found.shards)


def opened(plan: Plan, folders: Folders) -> dict[str, WeightSet]:
    """The weights that are open in each folder of a plan."""
    chosen = {part.folder: choose(folders.get(part.folder, {})) for part in plan.parts}
    return {folder: files for folder, files in chosen.items() if files is not None}


def unread(part: Part, file: str, problem: SourceError) -> Checkpoint:
    """A part whose weights cannot be read, so that what is shown is not all of it."""
    return Checkpoint(part.name, (), shards=(Shard(clean(file), problem=str(problem)),))


def by_folder(sizes: Mapping[str, int | None], prefix: str) -> Folders:
    """The files below a place by their folders: paths -> bytes becomes folder -> file -> bytes."""
    found: dict[str, dict[str, int | None]] = {}
    for path, size in sizes.items():
        if path.startswith(prefix):
            folder, _, name = path[len(prefix) :].rpartition("/")
            found.setdefault(folder, {})[name] = size
    return found


def _holds_weights(sizes: Mapping[str, int | None]) -> bool:
    return choose(sizes) is not None or bool(formats(sizes))


def _components(value: object) -> Iterable[str]:
    """`{"unet": ["diffusers", "UNet2DConditionModel"], …}` -> the folders; null is left out."""
    for name, kind in value.items() if isinstance(value, dict) else ():
        named = isinstance(kind, list) and len(kind) > 1 and all(isinstance(k, str) for k in kind)
        if named and is_safe_name(name) and not re.search(r"^_|[/.]", name):
            yield name


def _module_paths(value: object) -> Iterable[str]:
    """`[{"path": "", "type": …}, {"path": "2_Dense", …}]` -> the folders, in order."""
    for item in value if isinstance(value, list) else ():
        path = item.get("path") if isinstance(item, dict) else None
        if path == "" or (isinstance(path, str) and is_safe_name(path) and "." not in path):
            yield path
