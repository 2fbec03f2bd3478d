"""The groups of a checkpoint in a pack: which group each tensor is in, and what each group is."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple, TypeAlias

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.group import Kind, TensorGroup
from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.sources.pack.fields import PackError, count, shape, text

Layout = tuple[Dtype, Shape]
Column: TypeAlias = "array[int]"


class Grouped(NamedTuple):
    """Groups in columns."""

    rows: list[list[object]]
    """One for each group, what all of its tensors share."""
    members: Column
    """The group of each tensor, in the order of the files."""
    layers: Column
    """The layer of each tensor, group by group."""


def pack_groups(
    tensors: Sequence[TensorInfo], groups: Sequence[TensorGroup], layouts: Mapping[Layout, int]
) -> Grouped | None:
    """Groups -> columns; None where a group holds what is not among the tensors."""
    members = array("I", bytes(4 * len(tensors)))
    places = {id(tensor): place for place, tensor in enumerate(tensors)}
    rows: list[list[object]] = []
    for number, group in enumerate(groups):
        found = [places.get(id(tensor), -1) for tensor in group.tensors]
        if not found or found[0] < 0 or any(a >= b for a, b in pairwise(found)):
            return None
        for place in found:
            members[place] = number
        rows.append(
            [
                group.pattern, layouts[group.dtype, group.shape], group.logical_shape,
                group.category.value, group.kind.value, group.operator.value, group.matrices,
                group.in_features, group.out_features, group.experts,
            ]
        )  # fmt: skip
    if sum(group.count for group in groups) != len(tensors):
        return None
    return Grouped(rows, members, array("i", chain.from_iterable(group.layers for group in groups)))


def unpack_groups(
    packed: Grouped, layouts: Sequence[Layout], tensors: Sequence[TensorInfo]
) -> tuple[TensorGroup, ...]:
    """Columns -> groups, whose tensors are picked when they are looked at."""
    if not len(tensors) == len(packed.members) == len(packed.layers):
        raise PackError("groups of other tensors")
    held = Counter(packed.members)
    ends = [0, *accumulate(held[number] for number in range(len(packed.rows)))]
    if ends[-1] != len(tensors) or len(held) != len(packed.rows):
        raise PackError("groups with other members")
    members = _Members(tensors, packed.members)
    return tuple(
        _group(row, layouts, members.of(number, end - start), packed.layers[start:end])
        for number, (row, (start, end)) in enumerate(zip(packed.rows, pairwise(ends), strict=True))
    )


class _Members:
    """The tensors of each group, sorted out once for all of them."""

    def __init__(self, tensors: Sequence[TensorInfo], members: Column) -> None:
        self._tensors = tensors
        self._members = members
        self._found: dict[int, list[TensorInfo]] = {}

    def of(self, number: int, held: int) -> LazyTensors:
        """Those of one group."""
        return LazyTensors(held, lambda: self._sorted()[number])

    def _sorted(self) -> Mapping[int, Sequence[TensorInfo]]:
        if not self._found:
            found: dict[int, list[TensorInfo]] = {}
            for number, tensor in zip(self._members, self._tensors, strict=True):
                found.setdefault(number, []).append(tensor)
            self._found = found
        return self._found


def _group(
    row: Sequence[object], layouts: Sequence[Layout], tensors: LazyTensors, layers: Column
) -> TensorGroup:
    pattern, layout, logical, category, kind, operator, matrices, inputs, outputs, experts = row
    dtype, stored = layouts[count(layout)]
    return TensorGroup(
        pattern=text(pattern),
        dtype=dtype,
        shape=stored,
        logical_shape=shape(logical),
        category=Category(category),
        kind=Kind(kind),
        operator=Operator(operator),
        matrices=count(matrices),
        in_features=count(inputs),
        out_features=count(outputs),
        tensors=tensors,
        layers=tuple(layers),
        experts=count(experts),
    )
