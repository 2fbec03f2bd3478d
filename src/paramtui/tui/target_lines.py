"""The menu of LoRA targets as lines; no Textual here."""

from collections.abc import Iterable, Sequence

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.lora_kinds import LoraKind, covered, lora_kinds, parts, touched
from paramtui.named_tuple import NamedTuple
from paramtui.reports import units
from paramtui.reports.lora_config import lora_config
from paramtui.tui.columns import category_title
from paramtui.tui.costs import Costs
from paramtui.tui.line import EMPTY, Item, Line, Span, between, left, right, shorten, wrapped
from paramtui.tui.memory_lines import span_of
from paramtui.tui.told import Told

MARK, CATEGORY, SHAPE, COUNT, TRAINED = 8, 12, 16, 9, 10
NAME = 18
"""Cells a name has at least where the category is shown as well."""
CONFIG = 3
"""Lines the LoraConfig may take."""


class Preset(NamedTuple):
    """Targets with a title of their own."""

    key: str
    title: str
    spec: str


def items(
    summary: ParameterSummary, presets: Iterable[Preset], spec: str, rank: int, cells: int
) -> list[Item]:
    """The presets, then every kind of layer, with what `spec` names ticked."""
    ticked, some = covered(summary, spec), touched(summary, spec)
    rows = [
        Item(_preset(preset, covered(summary, preset.spec) == ticked), preset) for preset in presets
    ]
    kinds = [
        Item(_kind(kind, _mark(kind, ticked, some), rank, cells), kind)
        for kind in lora_kinds(summary)
    ]
    return [*rows, Item(_heading(cells)), *kinds]


def figures(costs: Costs | None, told: Told | None, cells: int) -> list[Line]:
    """What the ticked layers cost, and the LoraConfig that trains them."""
    first: Line = (Span(shorten(told.text, cells), "key"),) if told else EMPTY
    if costs is None or costs.estimate.lora is None:
        nothing: Line = (Span("nothing is trained: tick a kind of layer", "warning"),)
        return [first, nothing, EMPTY, *[EMPTY] * CONFIG]
    lora = costs.estimate.lora
    trained = f"{units.exact(lora.trainable)} trainable · {lora.percent:.2f} %"
    file = f"adapter file {units.size(lora.adapter_file_bytes, costs.size_units)}"
    total = span_of(costs, costs.estimate.total_bytes, costs.estimate.total_upper_bytes)
    config = wrapped(lora_config(costs.summary, costs.scenario), cells, "dim", indent=4)
    if len(config) > CONFIG:
        config = [*config[: CONFIG - 1], (Span("    …  y copies all of it", "dim"),)]
    return [
        first,
        between((Span(trained, "value"),), (Span(file, "value"),), cells),
        between((Span(f"{total} in all", "value"),), (Span(f"rank {lora.rank}", "dim"),), cells),
        *config,
        *[EMPTY] * (CONFIG - len(config)),
    ]


def _preset(preset: Preset, chosen: bool) -> Line:
    spec = "" if preset.spec in ("", preset.title.replace(" ", "-")) else f"  {preset.spec}"
    return (
        Span(f" {preset.key} ", "key"),
        Span(f" ({'x' if chosen else ' '}) "),
        Span(preset.title, "strong" if chosen else ""),
        Span(spec, "dim"),
    )


def _mark(kind: LoraKind, ticked: frozenset[str], some: frozenset[str]) -> str:
    these = parts(kind.targets)
    return "x" if these <= ticked else "-" if these & (ticked | some) else " "


def _kind(kind: LoraKind, mark: str, rank: int, cells: int) -> Line:
    trained = sum(rank * (one.inputs + one.outputs) * one.count for one in kind.targets)
    name, category = _widths(cells)
    return (
        Span(left(f"    [{mark}]", MARK)),
        Span(left(kind.name, name), "strong" if mark == "x" else ""),
        Span(right(_purpose(kind), category), "dim"),
        Span(right(_shape(kind.shapes), SHAPE), "dim"),
        Span(right(f"× {kind.count:,}", COUNT), "" if kind.count > 1 else "dim"),
        Span(right(units.count(trained), TRAINED)),
    )


def _heading(cells: int) -> Line:
    name, category = _widths(cells)
    titles = right("for", category) + right("in → out", SHAPE) + right("layers", COUNT)
    return (
        Span(f"{left('', MARK)}{left('name', name)}{titles}{right('trained', TRAINED)}", "dim"),
    )


def _widths(cells: int) -> tuple[int, int]:
    """Cells of the name and of the category, which gives way to it."""
    room = cells - MARK - SHAPE - COUNT - TRAINED
    category = CATEGORY if room - CATEGORY >= NAME else 0
    return max(room - category, 0), category


def _purpose(kind: LoraKind) -> str:
    return category_title(kind.categories[0]) if len(kind.categories) == 1 else "several"


def _shape(shapes: Sequence[tuple[int, int]]) -> str:
    return "several shapes" if len(shapes) > 1 else " → ".join(map(str, shapes[0]))
