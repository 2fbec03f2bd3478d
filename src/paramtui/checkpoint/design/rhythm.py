"""Lists with one entry a layer, when the number of layers is another."""

from collections.abc import Mapping, Sequence

from paramtui.checkpoint.config import LAYERS
from paramtui.checkpoint.design.change import DesignError
from paramtui.checkpoint.fields import Fields, Json

Listed = str | Sequence[Json]
"""A list, or a pattern with one letter a layer (`M-M*`)."""


def continued(
    before: Mapping[str, Json], after: Mapping[str, Json], named: set[str]
) -> tuple[dict[str, Json], list[str]]:
    """The lists of a section that are to be as long as it now has layers, and a sentence for each.

    `named` are the fields that were set, which stay as they are; raises DesignError for a list
    that is not periodic and has become too short.
    """
    old, new = Fields(before).positive(*LAYERS), Fields(after).positive(*LAYERS)
    lists: dict[str, Json] = {}
    told: list[str] = []
    if old is None or new is None or old == new:
        return lists, told
    for name, value in after.items():
        if name in named:
            continue
        if isinstance(value, (str, list, tuple)) and _one_a_layer(name, value, old):
            lists[name] = _of_length(name, value, new)
            told.append(f"{name} goes on in its rhythm to {new:,} layers")
        elif new > old and _numbers_of_layers(name, value, old):
            told.append(f"{name} names layers by number and stays as it is")
    return lists, told


def _one_a_layer(name: str, value: Listed, layers: int) -> bool:
    return len(value) == layers > 1 and (not isinstance(value, str) or name.endswith("pattern"))


def _of_length(name: str, value: Listed, layers: int) -> Json:
    period = _period(value)
    if layers > len(value) and period is None:
        raise DesignError(
            f"{name} has {len(value):,} entries without a rhythm, for {layers:,} layers",
            f"set it too: --config-set '{name}=[…]'",
        )
    entries = [value[at if at < len(value) else at % (period or 1)] for at in range(layers)]
    return "".join(map(str, entries)) if isinstance(value, str) else entries


def _period(value: Listed) -> int | None:
    """After how many entries a list begins again; None where it never does."""
    return next(
        (size for size in range(1, len(value) // 2 + 1) if value[size:] == value[:-size]), None
    )


def _numbers_of_layers(name: str, value: Json, layers: int) -> bool:
    if not isinstance(value, (list, tuple)) or not value or not ("layer" in name or "idx" in name):
        return False
    return all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= layers for n in value)
