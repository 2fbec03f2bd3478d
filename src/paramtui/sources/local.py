"""Checkpoints on this machine: a folder, a file, an index or a bare config.json."""

from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.column_tensors import NONE, ColumnTensors, joined
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.formats.safetensors import (
    LENGTH_BYTES,
    HeaderError,
    WeightIndexError,
    header_length,
    parse_header,
    parse_index,
)
from paramtui.checkpoint.text import clean
from paramtui.record import replace
from paramtui.sources.adapter import WEIGHTS, adapter_checkpoint
from paramtui.sources.beside import with_choices
from paramtui.sources.config_file import (
    ADAPTER_CONFIG,
    CONFIG,
    CONFIG_LIMIT,
    MODEL_INDEX,
    from_config,
    parse_config,
)
from paramtui.sources.described import describe
from paramtui.sources.errors import (
    BadConfig,
    BadHeader,
    BadIndex,
    FileMissing,
    NoSafetensors,
    NotAModel,
)
from paramtui.sources.files import list_folder, opened, read_all, size_of
from paramtui.sources.gguf import holds_gguf, load_gguf_folder
from paramtui.sources.gguf_files import GgufChoice, choose_gguf, is_gguf, named_gguf
from paramtui.sources.index_alone import without_files
from paramtui.sources.local_config import INDEX_LIMIT
from paramtui.sources.local_parts import inside, list_folders, load_parts
from paramtui.sources.parts import only_folder
from paramtui.sources.progress import Watch
from paramtui.sources.reference import LocalKind, LocalReference
from paramtui.sources.several import settled, together
from paramtui.sources.weight_files import (
    SUFFIX,
    WeightSet,
    choose,
    compare_files,
    compare_index,
    files_of,
    formats,
    is_adapter,
)

FILES_LIMIT = 200_000
"""Files of a folder that are looked at."""
MISSING = "missing"


def load_local(reference: LocalReference, watch: Watch) -> Checkpoint:
    """Read what a local path holds, headers only; raises SourceError.

    Of JSON files it is given those that `load_config` leaves.
    """
    path = reference.path
    name = clean(str(path))
    if is_adapter(path.name) or path.name == ADAPTER_CONFIG:
        return _load_adapter(name, path.parent)
    if reference.kind is LocalKind.CONFIG:
        return _load_json(name, path, watch)
    if reference.kind is LocalKind.INDEX:
        return _load_index(name, path, watch)
    if reference.kind is LocalKind.WEIGHTS and _is_gguf(path):
        model = named_gguf(list_folder(path.parent, FILES_LIMIT), path.name).model
        return load_gguf_folder(name, path.parent, GgufChoice(model, (model,)), watch)
    if reference.kind is LocalKind.WEIGHTS:
        found = _load_set(name, path.parent, WeightSet((path.name,)), watch)
        return _one_of_many(found, path)
    return load_folder(name, path, watch)


def _load_json(name: str, path: Path, watch: Watch) -> Checkpoint:
    """What a JSON file leads to that is no model by itself: a pipeline, files, an adapter."""
    if path.name == MODEL_INDEX:
        try:
            return load_folder(name, path.parent, watch)
        except NotAModel:
            raise NotAModel(f"{name} lists components, and none of their folders is here") from None
    data = read_all(path, INDEX_LIMIT)
    if parse_config(data, path.name).root.section("weight_map"):
        return _load_index(name, path, watch)
    return adapter_checkpoint(name, data, (), Shard(WEIGHTS, problem=MISSING), "local")


def _load_index(name: str, path: Path, watch: Watch) -> Checkpoint:
    """The files an index names or, where not one is here, what the config beside it describes."""
    guess = choose(list_folder(path.parent, FILES_LIMIT), path.name)
    if guess is None or guess.index != path.name:
        guess = WeightSet((), path.name)
    try:
        return _load_set(name, path.parent, guess, watch)
    except BadIndex as error:
        config, _ = _config_beside(path.parent)
        try:
            index = parse_index(read_all(path, INDEX_LIMIT))
            return without_files(name, config, index, path.name)
        except (WeightIndexError, BadConfig):
            raise error from None


def _one_of_many(found: Checkpoint, path: Path) -> Checkpoint:
    """The same, saying so where the file is one shard of several."""
    whole = choose(list_folder(path.parent, FILES_LIMIT), path.name)
    if whole is None or len(whole.files) < 2:
        return found
    told = f"one of {len(whole.files):,} files of a model: open {clean(str(path.parent))} for all"
    return replace(found, notice=told)


def load_folder(name: str, folder: Path, watch: Watch, named: str | None = None) -> Checkpoint:
    """The model of a folder: one set of weights with the config.json beside it, or several.

    `named` is one of its files: the set it belongs to is then the one that is meant.
    """
    sizes = list_folder(folder, FILES_LIMIT)
    if named in sizes and (chosen := choose(sizes, named)) and chosen != choose(sizes):
        return _load_set(name, folder, chosen, watch)
    folders = list_folders(folder, sizes)
    whole = load_parts(name, folder, lambda at, part: _load_one(at, part, watch), folders)
    if whole is not None:
        return whole
    if only := only_folder(folders):
        found = inside(_load_one(name, folder / only, watch), only)
        config = found.config if found.config.root else _config_beside(folder)[0]
        return replace(found, config=config, notice=f"the weights are in {clean(only)}/")
    found, chosen = _load_one(name, folder, watch), choose(folders[""])
    if chosen is None:
        return found
    return with_choices(found, {"": chosen}, folders, lambda path: str(folder / path))


def _load_one(name: str, folder: Path, watch: Watch) -> Checkpoint:
    """The same, whatever the folders in it are."""
    sizes = list_folder(folder, FILES_LIMIT)
    chosen = choose(sizes)
    if chosen is not None and chosen.index is not None and not chosen.files:
        return _load_index(name, folder / chosen.index, watch)
    if chosen is not None:
        found = _load_set(name, folder, together(sizes, chosen), watch)
        return settled(found, sizes, chosen, f"{folder}/")
    if any(is_adapter(file) for file in sizes):
        return _load_adapter(name, folder)
    if gguf := choose_gguf(sizes):
        return load_gguf_folder(name, folder, gguf, watch)
    others = ", ".join(formats(sizes))
    if ADAPTER_CONFIG in sizes and CONFIG not in sizes and not others:
        return _load_adapter(name, folder)
    if CONFIG in sizes:
        config = parse_config(read_all(folder / CONFIG, CONFIG_LIMIT))
        return describe(name, config, sizes) if others else from_config(name, config)
    if others:
        raise NoSafetensors(f"{name} has no safetensors files", f"it has {others}")
    raise NotAModel(f"{name} holds no model", "a model has *.safetensors files or a config.json")


def _load_adapter(name: str, folder: Path) -> Checkpoint:
    """The adapter of a folder, without its base model."""
    sizes = list_folder(folder, FILES_LIMIT)
    config = read_all(folder / ADAPTER_CONFIG, CONFIG_LIMIT) if ADAPTER_CONFIG in sizes else None
    if WEIGHTS in sizes:
        tensors, shard = _read_shard(folder, WEIGHTS, inside=False)
        if shard.problem:
            raise BadHeader(shard.name, shard.problem)
        return adapter_checkpoint(name, config, tuple(tensors), shard, "local")
    other = next((file for file in sizes if is_adapter(file)), None)
    shard = Shard(clean(other), sizes[other]) if other else Shard(WEIGHTS, problem=MISSING)
    return adapter_checkpoint(name, config, (), shard, "local")


def _is_gguf(path: Path) -> bool:
    """By its name or, as Ollama's have none, by its first bytes."""
    return is_gguf(path.name) or (not path.name.endswith(SUFFIX) and holds_gguf(path))


def read_header(path: Path, file: str) -> ColumnTensors:
    """The tensors of one file, called `file` in them; reads no further than its header."""
    with opened(path) as weights:
        length = header_length(weights.read(LENGTH_BYTES))
        if LENGTH_BYTES + length > weights.size:
            raise HeaderError("the header is longer than the file")
        return parse_header(weights.read(length), weights.size, file)


def _load_set(name: str, folder: Path, chosen: WeightSet, watch: Watch) -> Checkpoint:
    config, warnings = _config_beside(folder)
    files, index = chosen.files, None
    if chosen.index is not None:
        try:
            index = parse_index(read_all(folder / chosen.index, INDEX_LIMIT))
            files = files_of(index, lambda file: size_of(folder / file) is not None)
        except WeightIndexError as error:
            if not files:
                raise BadIndex(f"{chosen.index} cannot be followed: {error}") from None
            index = None
            warnings.append(f"the index is not used: {error}")
    read: list[ColumnTensors] = []
    shards: list[Shard] = []
    for number, file in enumerate(files, 1):
        watch.report("reading headers", number, len(files))
        found, shard = _read_shard(folder, file, inside=index is not None)
        read.append(found)
        shards.append(shard)
    if all(shard.problem for shard in shards):
        raise BadHeader(shards[0].name, shards[0].problem or "")
    tensors = joined(read)
    if index is not None:
        complete = not any(shard.problem for shard in shards)
        warnings += compare_files(files, chosen.files)
        warnings += compare_index(index, tensors, complete)
    return Checkpoint(name, tensors, config, shards=tuple(shards), warnings=tuple(warnings))


def _read_shard(folder: Path, file: str, inside: bool) -> tuple[ColumnTensors, Shard]:
    """The tensors of one shard; none when its problem says why."""
    name, path = clean(file), folder / file
    try:
        if inside and not _stays_inside(folder, path):
            return NONE, Shard(name, problem="a link to outside its folder")
        return read_header(path, name), Shard(name, size_of(path))
    except FileMissing:
        return NONE, Shard(name, problem=MISSING)
    except (HeaderError, NotAModel) as error:
        return NONE, Shard(name, size_of(path), str(error))


def _stays_inside(folder: Path, path: Path) -> bool:
    """Whether a file named by an index is in its folder, or is a blob of the Hub's cache."""
    try:
        real, home = path.resolve(), folder.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return False
    if home in real.parents:
        return True
    # The cache keeps snapshots/<commit>/<file> as links to blobs/<hash> of the same repository.
    blobs = [parent.parent / "blobs" for parent in home.parents if parent.name == "snapshots"]
    return bool(blobs) and real.parent == blobs[0]


def _config_beside(folder: Path) -> tuple[ModelConfig, list[str]]:
    """The config.json of a folder; an unusable one only costs a warning."""
    try:
        return parse_config(read_all(folder / CONFIG, CONFIG_LIMIT)), []
    except FileMissing:
        return ModelConfig(), []
    except (BadConfig, NotAModel) as error:
        return ModelConfig(), [f"{error}; the tensors are shown without it"]
