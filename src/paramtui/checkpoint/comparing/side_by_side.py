"""Two checkpoints as one tree: each module with what the two have of it, layers alike folded."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from paramtui.checkpoint.comparing.alignment import Names, aligned_names
from paramtui.checkpoint.comparing.compare import Change, changes, paired
from paramtui.checkpoint.group import PARAMETERS, Kind, TensorGroup
from paramtui.checkpoint.module import Module, Place, stacks
from paramtui.checkpoint.pattern import NUMBER
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.tree.fold import Subtree, fold
from paramtui.record import Record, replace


class Half(Record):
    """What one of the two has of a row, in one copy."""

    parameters: int
    nbytes: int
    """Scales and buffers included."""
    dtype: str = ""
    shape: Shape | None = None
    """Logical shape, of a row that is or holds a single tensor."""


class Pair(Module):
    """One row of the tree that two checkpoints make together."""

    here: Half | None = None
    there: Half | None = None
    changes: tuple[Change, ...] = ()
    """Of a tensor, or of a branch that only one of them has."""
    differences: int = 0
    """Places at or below it where they differ."""

    @property
    def pairs(self) -> tuple["Pair", ...]:
        """Its children."""
        return tuple(child for child in self.children if isinstance(child, Pair))

    def places(self) -> Iterator["Pair"]:
        """Where the two differ, top-down: tensors, and branches that only one of them has."""
        if self.changes:
            yield self
        elif self.differences:
            for child in self.pairs:
                yield from child.places()


def side_by_side(here: ParameterSummary, there: ParameterSummary) -> Pair:
    """The tree of both, aligned by name as `compare` has it; scales go with their matrix."""
    ours, theirs = aligned_names(here.groups, there.groups)
    ours, theirs = _with_scales(here.groups, ours), _with_scales(there.groups, theirs)
    sides: dict[int, tuple[TensorGroup | None, TensorGroup | None]] = {}
    groups = []
    for (one, other), names in paired(ours, theirs).items():
        mine = here.groups[one] if one >= 0 else None
        yours = there.groups[other] if other >= 0 else None
        if (known := mine or yours) is not None:
            group = _named(known, names)
            groups.append(group)
            sides[id(group)] = mine, yours
    return _pair(Place("", None, None), fold(groups), sides)


Sides = Mapping[int, tuple[TensorGroup | None, TensorGroup | None]]
"""By the identity of the group that stands in the tree: that of each of the two."""


def _named(group: TensorGroup, names: Sequence[str]) -> TensorGroup:
    """A group of tensors with other names."""
    first = group.tensors[0]
    tensors = tuple(first._replace(name=name) for name in names)
    return replace(group, pattern=NUMBER.sub("*", names[0]), tensors=tensors, layers=())


def _with_scales(groups: Sequence[TensorGroup], names: Names) -> Names:
    """The names with those of scales, which begin as their matrices' do."""
    modules = {_module(own): _module(common) for common, (_, own) in names.items()}
    found = dict(names)
    for place, group in enumerate(groups):
        if group.kind is Kind.SCALE:
            old = group.pattern.rpartition(".")[0]
            new = modules.get(old, old)
            same = _alike_at_the_end(old, new)
            start, start_there = old[: len(old) - same], new[: len(new) - same]
            for tensor in group.tensors:
                name = f"{start_there}{tensor.name[len(start) :]}"
                found.setdefault(name, (place, tensor.name))
    return found


def _module(name: str) -> str:
    return NUMBER.sub("*", name).rpartition(".")[0]


def _alike_at_the_end(one: str, other: str) -> int:
    for place, (mine, yours) in enumerate(zip(reversed(one), reversed(other), strict=False)):
        if mine != yours:
            return place
    return min(len(one), len(other))


def _pair(place: Place, subtree: Subtree, sides: Sides) -> Pair:
    single = _single(subtree)
    children = () if subtree.group else _rows(place, subtree, sides)
    group = single.group if single else None
    mine, yours = sides[id(group)] if group else (None, None)
    here, there = (
        _half(own, [getattr(child, side) for child in children], [c.repeat for c in children])
        for own, side in ((mine, "here"), (yours, "there"))
    )
    found: tuple[Change, ...] = ()
    if (here is None) is not (there is None):
        found = (Change.ONLY_HERE if here else Change.ONLY_THERE,)
    elif group is not None:
        found = changes(mine, yours)
    if group is not None and group.kind is Kind.SCALE:
        found = ()
    kept = () if list(subtree.children) == ["weight"] else children
    return Pair(
        name=place.name,
        path=place.path or "",
        category=None,
        parameters=max(half.parameters if half else 0 for half in (here, there)),
        nbytes=max(half.nbytes if half else 0 for half in (here, there)),
        dtypes=(),
        repeat=place.repeat,
        children=kept,
        here=here,
        there=there,
        changes=found,
        differences=1 if found else sum(child.differences for child in kept),
    )


def _rows(place: Place, subtree: Subtree, sides: Sides) -> tuple[Pair, ...]:
    return tuple(_pair(place.below(names), child, sides) for names, child in stacks(subtree))


def _single(subtree: Subtree) -> Subtree | None:
    """The one tensor that a row is or holds, scales aside."""
    if subtree.group:
        return subtree
    others = [
        child
        for child in subtree.children.values()
        if child.group is None or child.group.kind is not Kind.SCALE
    ]
    return others[0] if len(others) == 1 and others[0].group else None


def _half(
    own: TensorGroup | None, below: Sequence[Half | None], copies: Sequence[int]
) -> Half | None:
    """One of the two: the sum of what it has below, with the shape of its single tensor."""
    halves = [(half, times) for half, times in zip(below, copies, strict=True) if half]
    dtype, shape = (own.dtype.name, own.logical_shape) if own else ("", None)
    if halves:
        parameters = sum(half.parameters * times for half, times in halves)
        return Half(parameters, sum(half.nbytes * times for half, times in halves), dtype, shape)
    if own is None:
        return None
    parameters = prod(own.logical_shape) if own.kind in PARAMETERS else 0
    return Half(parameters, own.dtype.nbytes(prod(own.shape)), dtype, shape)
