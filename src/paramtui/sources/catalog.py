"""The bundled catalogue: models that open without network, from their published configs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.record import Record, field, replace
from paramtui.sources.parts import Part, Plan, put_together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOTICE = "bundled description: built from the model's published config, not from its files"


class CatalogEntry(Record):
    """One bundled model, as a list shows it."""

    id: str
    model_type: str
    parameters: int
    """Logical parameters."""
    context: int | None
    """Tokens."""
    license: str
    modality: str
    """What it reads, e.g. `text` or `text+image`."""
    gated: bool
    config: ModelConfig = field(compare=False)
    components: Mapping[str, ModelConfig] = field(default_factory=dict, compare=False)
    """Of a pipeline, the configuration of each of its folders."""


def bundled_ids() -> tuple[str, ...]:
    """The Hub ids of all bundled models, in alphabetical order."""
    return tuple(entry.id for entry in entries())


@lru_cache(maxsize=1)
def entries() -> tuple[CatalogEntry, ...]:
    """All bundled models, in alphabetical order; builds no tensors."""
    path = files(__package__) / "bundled" / "models.json"
    text = path.read_text(encoding="utf-8")
    return tuple(_entry(row) for row in json.loads(text))


def find_entry(model: str) -> CatalogEntry | None:
    """The entry with this Hub id, whatever its case; a name alone if only one model has it."""
    wanted = model.casefold()
    if "/" in wanted:
        return next((entry for entry in entries() if entry.id.casefold() == wanted), None)
    # The Hub's first models had no owner, and still answer to their name alone, as gpt2 does.
    named = [entry for entry in entries() if entry.id.casefold().rpartition("/")[2] == wanted]
    return named[0] if len(named) == 1 else None


def load_bundled(model: str) -> Checkpoint | None:
    """The bundled description of a Hub id; None when there is none."""
    entry = find_entry(model)
    if entry is None:
        return None
    return replace(_described(entry), source="bundled", license=entry.license, notice=NOTICE)


def _described(entry: CatalogEntry) -> Checkpoint:
    # Not before: a list of models needs the blueprint of none.
    from paramtui.checkpoint.blueprint import blueprint

    if not entry.components:
        return Checkpoint(entry.id, blueprint(entry.config), entry.config)
    parts = tuple(Part(name, name) for name in entry.components)
    found = [
        Checkpoint(name, blueprint(config), config) for name, config in entry.components.items()
    ]
    return put_together(entry.id, Plan(parts, entry.config), found, "bundled")


def _entry(row: Mapping[str, Any]) -> CatalogEntry:
    config = ModelConfig.from_json(row["config"])
    return CatalogEntry(
        id=str(row["id"]),
        model_type=config.model_type or "",
        parameters=int(str(row["parameters"])),
        context=config.context_length,
        license=str(row["license"]),
        modality=str(row.get("modality", "text")),
        gated=bool(row.get("gated", False)),
        config=config,
        components={
            name: ModelConfig.from_json(part) for name, part in row.get("components", {}).items()
        },
    )
