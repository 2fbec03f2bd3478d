"""The kinds of layers a model has, as PEFT's `target_modules` can name them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.memory.adapter.lora_defaults import DEFAULT_TARGETS
from paramtui.memory.adapter.lora_targets import (
    ALL_LINEAR,
    ATTENTION,
    MLP,
    Target,
    find_targets,
    layers_of,
)
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.linear import module_name
from paramtui.record import Record

WORDS = (ALL_LINEAR, ATTENTION, MLP)


class LoraKind(Record):
    """The layers that one name stands for."""

    name: str
    """As `target_modules` has it: `q_proj`; longer where that name serves several categories."""
    targets: tuple[Target, ...]

    @property
    def categories(self) -> tuple[Category, ...]:
        """What the layers are for."""
        return tuple(dict.fromkeys(target.group.category for target in self.targets))

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs, each pair once."""
        return tuple(dict.fromkeys((target.inputs, target.outputs) for target in self.targets))

    @property
    def count(self) -> int:
        """How many layers."""
        return sum(target.count for target in self.targets)


@lru_cache(maxsize=4)
def lora_kinds(summary: ParameterSummary) -> tuple[LoraKind, ...]:
    """Every kind, in the model's order; one may hold another where their names overlap."""
    # A tied head is the embedding again; who types its name gets it all the same.
    groups = [group for group in layers_of(summary.groups) if group.kind is Kind.WEIGHT]
    groups = [group for group in groups if group.category is not Category.MTP]
    names = dict.fromkeys(name for group in groups for name in _names(group, groups))
    # A name with the signs of an expression in it cannot be asked for by name.
    return tuple(LoraKind(name, found) for name in names if (found := _named(summary, name)))


def presets(summary: ParameterSummary) -> dict[str, str]:
    """Titles and targets to begin with: what PEFT takes for the family, then our words."""
    family = summary.config.model_type or ""
    default = DEFAULT_TARGETS.get(family, "")
    found = {f"PEFT's default for {family}": default} if default else {}
    found |= {word.replace("-", " "): word for word in WORDS}
    return {title: spec for title, spec in found.items() if covered(summary, spec)}


def covered(summary: ParameterSummary, spec: str) -> frozenset[str]:
    """The parts of the model that `spec` names as a whole; none when it names nothing."""
    return parts(_named(summary, spec))


def touched(summary: ParameterSummary, spec: str) -> frozenset[str]:
    """Those it names at least a layer of."""
    return frozenset(target.group.pattern for target in _named(summary, spec))


def parts(targets: Iterable[Target]) -> frozenset[str]:
    """Patterns of whole groups, names of tensors where only a number tells them apart."""
    return frozenset(part for target in targets for part in _parts(target))


def spell(summary: ParameterSummary, wanted: frozenset[str]) -> str:
    """The targets that name what is `wanted`: a preset if one does, else names; empty for none."""
    for spec in presets(summary).values():
        if covered(summary, spec) == wanted:
            return spec
    return ",".join(names_of(summary, wanted))


def names_of(summary: ParameterSummary, wanted: frozenset[str]) -> tuple[str, ...]:
    """The fewest kinds that name nothing but what is `wanted`."""
    inside = [kind for kind in lora_kinds(summary) if parts(kind.targets) <= wanted]
    chosen, named = set(), set[str]()
    for kind in sorted(inside, key=lambda kind: -len(parts(kind.targets))):
        if not parts(kind.targets) <= named:
            chosen.add(kind.name)
            named |= parts(kind.targets)
    return tuple(kind.name for kind in inside if kind.name in chosen)


def _named(summary: ParameterSummary, spec: str) -> tuple[Target, ...]:
    try:
        return find_targets(summary, spec) if spec.strip() else ()
    except ScenarioError:
        return ()


def _names(group: TensorGroup, groups: Iterable[TensorGroup]) -> Iterator[str]:
    """The shortest name that serves one category alone, else the last part of the name."""
    pieces = module_name(group.pattern).split(".")
    if pieces[-1] == "*":
        yield from (_numbered(module_name(tensor.name)) for tensor in group.tensors)
        return
    modules = [(f".{module_name(other.pattern)}", other.category) for other in groups]
    for start in range(len(pieces) - 1, -1, -1):
        if pieces[start] == "*":
            break
        name = ".".join(pieces[start:])
        if all(kind is group.category for path, kind in modules if path.endswith(f".{name}")):
            yield name
            return
    yield pieces[-1]


def _numbered(module: str) -> str:
    """`mlp.0` of `visual.merger.mlp.0`: a number alone names too much."""
    pieces = module.split(".")
    start = len(pieces) - 1
    while start and pieces[start].isdigit():
        start -= 1
    return ".".join(pieces[start:])


def _parts(target: Target) -> Iterator[str]:
    group = target.group
    if module_name(group.pattern).endswith("*"):
        yield from (tensor.name for tensor in target.tensors)
    elif len(target.tensors) == group.count:
        yield group.pattern
