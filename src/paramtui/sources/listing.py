"""Models one may open, as a list shows them, wherever they lie."""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.summary import summarise
from paramtui.record import Record, replace
from paramtui.sources.catalog import CatalogEntry, entries


class Origin(str, Enum):
    """Where a model was found."""

    RECENT = "recent"
    CACHE = "this machine"
    """In the Hub's cache."""
    BUNDLED = "bundled"
    HUB = "Hub"
    BESIDE = "beside it"
    """Another set of weights in the place of the one that is open."""


class Listed(Record):
    """One model; what is not known is None or empty."""

    reference: str
    """What opens it."""
    origin: Origin
    parameters: int | None = None
    context: int | None = None
    """Tokens."""
    license: str = ""
    modality: str = ""
    """What it reads, e.g. `text` or `text+image`."""
    size: int | None = None
    """Bytes of its files."""


def nearby(recent: Iterable[Listed], cache: Path) -> tuple[Listed, ...]:
    """What opens without asking the Hub: recent ones, the Hub's cache, the catalogue."""
    from paramtui.sources.suggestions import cached_ids

    bundled = {entry.id: _of_entry(entry) for entry in entries()}
    cached = (Listed(name, Origin.CACHE) for name in sorted(cached_ids(cache), key=str.casefold))
    found: dict[str, Listed] = {}
    for listed in (*recent, *cached, *bundled.values()):
        known = bundled.get(listed.reference)
        row = replace(known, origin=listed.origin) if known else listed
        found.setdefault(listed.reference, row)
    return tuple(found.values())


def with_details(model: Listed, checkpoint: Checkpoint) -> Listed:
    """A model with what its own files say of it."""
    sizes = [shard.size for shard in checkpoint.shards]
    return replace(
        model,
        parameters=summarise(checkpoint).total or None,
        context=checkpoint.config.context_length,
        license=checkpoint.license or model.license,
        modality=modality_of(checkpoint),
        size=sum(filter(None, sizes)) if sizes and all(sizes) else model.size,
    )


def modality_of(checkpoint: Checkpoint) -> str:
    """What a model reads: as others of its family do, else by the towers it has."""
    config = checkpoint.config
    if checkpoint.components:
        return "diffusion" if "_class_name" in config.root else "text"
    family = config.model_type
    for entry in entries():
        if entry.model_type == family:
            return entry.modality
    towers = [name for name, tower in (("image", config.vision), ("speech", config.audio)) if tower]
    return "+".join(["text", *towers]) if family else ""


def choices(checkpoint: Checkpoint) -> tuple[Listed, ...]:
    """The other sets of weights that stand where a checkpoint does."""
    return tuple(
        Listed(choice.reference, Origin.BESIDE, size=choice.size)
        for choice in checkpoint.choices
        if not choice.opened
    )


def _of_entry(entry: CatalogEntry) -> Listed:
    return Listed(
        entry.id, Origin.BUNDLED, entry.parameters, entry.context, entry.license, entry.modality
    )
