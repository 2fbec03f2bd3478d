"""What `--json` says of the opened files themselves: an adapter, and what else could be opened."""

from __future__ import annotations

from collections.abc import Iterable

from paramtui.checkpoint.checkpoint import Choice
from paramtui.checkpoint.config import Json
from paramtui.checkpoint.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.checkpoint.formats.adapter import Adapter


def adapter_document(adapter: Adapter) -> dict[str, Json]:
    """A PEFT adapter, counted from its own tensors."""
    return {
        "type": clean(adapter.kind),
        "base_model": clean(adapter.base) if adapter.base else None,
        "rank": adapter.rank,
        "ranks": list(adapter.ranks),
        "alpha": adapter.alpha,
        "targets": [clean(name) for name in adapter.targets.split(",") if name],
        "dora": adapter.use_dora,
        "rslora": adapter.use_rslora,
        "bias": clean(adapter.bias),
        "modules_to_save": [clean(name) for name in adapter.modules_to_save],
        "layers": len(adapter.layers),
        "layers_in_base": len(adapter.modules),
        "trainable": adapter.trainable,
        "file_bytes": adapter.file_bytes,
    }


def choices_document(choices: Iterable[Choice]) -> list[Json]:
    """The sets of weights that stand in one place, with their sizes."""
    return [
        {
            "name": choice.name,
            "reference": choice.reference,
            "bytes": choice.size,
            "opened": choice.opened,
        }
        for choice in choices
    ]
