"""GGUF models: the descriptions of their files, wherever they lie, made a Checkpoint."""

from collections.abc import Callable, Mapping
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint, Shard, Source
from paramtui.checkpoint.formats.gguf import GgufFile, follow, parse_gguf
from paramtui.checkpoint.formats.gguf_config import gguf_config
from paramtui.checkpoint.formats.gguf_cursor import GgufError
from paramtui.checkpoint.formats.gguf_names import translate
from paramtui.checkpoint.text import clean
from paramtui.record import Record
from paramtui.sources.errors import BadHeader, FileMissing, NotAModel, SourceError
from paramtui.sources.files import opened, size_of
from paramtui.sources.gguf_files import GgufChoice
from paramtui.sources.progress import Watch

NOTICE_LIMIT = 2000
"""Characters."""


class Part(Record):
    """What came of one file of a model."""

    shard: Shard
    described: GgufFile | None = None
    error: SourceError | None = None
    """Why it could not be read."""


def load_gguf_folder(name: str, folder: Path, chosen: GgufChoice, watch: Watch) -> Checkpoint:
    """A model among the files of a folder of this machine."""
    parts = []
    for file in chosen.model.files:
        watch.report(f"reading {clean(file)}")
        parts.append(_read_local(folder / file, clean(file)))
    return assemble(name, parts, chosen, lambda file: str(folder / file), "local")


def holds_gguf(path: Path) -> bool:
    """Whether a file begins as GGUF does, whatever its name."""
    try:
        with opened(path) as file:
            return file.read(4) == b"GGUF"
    except SourceError:
        return False


def assemble(
    name: str,
    parts: list[Part],
    chosen: GgufChoice,
    reference: Callable[[str], str],
    source: Source,
) -> Checkpoint:
    """One checkpoint of a model's parts; raises the first error when not one could be read."""
    described = {part.shard.name: part.described for part in parts if part.described}
    if not described:
        raise next(part.error for part in parts if part.error)
    metadata = {key: value for file in described.values() for key, value in file.metadata.items()}
    metadata |= next(iter(described.values())).metadata
    if metadata.get("general.type") == "imatrix":
        raise NotAModel(f"{name} is an importance matrix, not a model")
    tensors = translate({name: file.tensors for name, file in described.items()})
    config = gguf_config(metadata, tensors)
    return Checkpoint(
        id=name,
        tensors=tensors,
        config=config,
        source=source,
        license=config.root.text("license"),
        shards=tuple(part.shard for part in parts),
        notice=_notice(chosen, reference),
        warnings=tuple(_missing(metadata, len(tensors), parts)),
        choices=chosen.choices(reference),
    )


def unreadable(shard: Shard, reason: str) -> Part:
    """A file that is there but is no GGUF file."""
    error = BadHeader(shard.name, reason, form="GGUF")
    return Part(Shard(shard.name, shard.size, clean(reason)), error=error)


def _read_local(path: Path, name: str) -> Part:
    size = size_of(path)
    try:
        with opened(path) as file:
            return Part(Shard(name, file.size), follow(parse_gguf(file.size), file.read_at))
    except GgufError as error:
        return unreadable(Shard(name, size), str(error))
    except FileMissing as error:
        return Part(Shard(name, problem="missing"), error=error)
    except NotAModel as error:
        return Part(Shard(name, size, str(error)), error=error)


def _missing(metadata: Mapping[str, object], held: int, parts: list[Part]) -> list[str]:
    """A warning when a split model has fewer tensors, or more, than it says."""
    claimed = metadata.get("split.tensors.count")
    if not isinstance(claimed, int) or claimed == held or any(part.error for part in parts):
        return []
    return [f"the files claim {claimed:,} tensors and hold {held:,}"]


def _notice(chosen: GgufChoice, reference: Callable[[str], str]) -> str | None:
    """What else stands there, with sizes, and how to open it."""
    others = [model for model in chosen.models if model is not chosen.model]
    companions = [file for file in chosen.companions if file not in chosen.model.files]
    files = [*(model.files[0] for model in others), *companions]
    if not files:
        return None
    listed = [_sized(model.name, model.size) for model in others]
    listed += [file.rpartition("/")[2] for file in companions]
    what = f"{chosen.model.name} is open; " if others else ""
    how = f"open one by name, as {reference(files[0])}"
    return clean(f"{what}also here: {', '.join(listed)}; {how}", NOTICE_LIMIT)


def _sized(name: str, size: int | None) -> str:
    return name if size is None else f"{name} {size / 1e9:.2f} GB"
