"""The tensors of a pack in columns: what kind each is, and what the tensors of a kind share."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import TypeAlias, TypeVar

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.column_tensors import PickedTensors
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.group import Kind, TensorGroup
from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.named_tuple import NamedTuple
from paramtui.sources.pack.fields import DamagedPack, PackError, count, shape, text

Layout = tuple[Dtype, Shape]
Column: TypeAlias = "array[int]"
Item = TypeVar("Item")

WIDTH = 4
"""Bytes of an item of a column."""
PIECE = 8192
"""Items of one step: no other thread runs within one, and one of them answers keys."""


class Kinds(NamedTuple):
    """Tensors in columns: a kind is a group, or a layout where the groups are not known."""

    layouts: list[Layout]
    """The type and shape of each kind."""
    members: Column
    """The kind of each tensor, in the order of the files."""
    layers: Column
    """The layer of each tensor, group by group; empty where there are no groups."""
    groups: list[list[object]] | None
    """What else the tensors of each kind share."""


def pieces(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The same items, a step's at a time."""
    return (items[start : start + PIECE] for start in range(0, len(items), PIECE))


def pack_kinds(tensors: Sequence[TensorInfo], groups: Sequence[TensorGroup]) -> Kinds:
    """Tensors -> columns, by their groups unless these hold what is not among them."""
    members = _members(tensors, groups)
    if members is None:
        return _by_layout(tensors)
    layers = array("i")
    for group in groups:
        for piece in pieces(group.layers):
            layers.extend(piece)
    return Kinds([(g.dtype, g.shape) for g in groups], members, layers, [*map(_row, groups)])


def _members(tensors: Sequence[TensorInfo], groups: Sequence[TensorGroup]) -> Column | None:
    """The group of each tensor; None unless every group holds its own in the order of the files.

    In that order, a tensor is always the next one of its group.
    """
    held = [group.count for group in groups]
    if not all(held) or sum(held) != len(tensors):
        return None
    if (places := _places(tensors, groups)) is not None:
        return places
    rest = [iter(group.tensors) for group in groups]
    following = {id(next(of)): number for number, of in enumerate(rest)}
    members = array("I")
    try:
        for tensor in tensors:
            number = following.pop(id(tensor))
            members.append(number)
            following[id(next(rest[number], None))] = number
    except KeyError:
        return None
    return members


def _places(tensors: Sequence[TensorInfo], groups: Sequence[TensorGroup]) -> Column | None:
    """The same where the groups were counted of these very tensors, and know their places."""
    members = array("I", [len(groups)]) * len(tensors)
    for number, group in enumerate(groups):
        picked = group.tensors
        if not isinstance(picked, PickedTensors) or picked.source is not tensors:
            return None
        for place in picked.places:
            members[place] = number
    return members if len(groups) not in members else None


def _by_layout(tensors: Sequence[TensorInfo]) -> Kinds:
    # By identity: equal ones are mostly one object, and the hash of a type is slow.
    numbers: dict[tuple[int, int], int] = {}
    layouts: list[Layout] = []
    members = array("I")
    for layout in map(itemgetter(1, 2), tensors):
        dtype, axes = layout
        number = numbers.setdefault((id(dtype), id(axes)), len(layouts))
        if number == len(layouts):
            layouts.append(layout)
        members.append(number)
    return Kinds(layouts, members, array("i"), None)


def _row(group: TensorGroup) -> list[object]:
    return [
        group.pattern, group.logical_shape, group.category.value, group.kind.value,
        group.operator.value, group.matrices, group.in_features, group.out_features, group.experts,
        group.count,
    ]  # fmt: skip


def unpack_groups(kinds: Kinds, tensors: Sequence[TensorInfo]) -> tuple[TensorGroup, ...] | None:
    """Columns -> groups, whose tensors are picked when they are looked at."""
    rows, layouts = kinds.groups, kinds.layouts
    if rows is None:
        return None
    if not len(tensors) == len(kinds.members) == len(kinds.layers):
        raise PackError("groups of other tensors")
    held = [count(row[-1]) for row in rows]
    ends = [0, *accumulate(held)]
    if ends[-1] != len(tensors) or 0 in held:
        raise PackError("groups with other members")
    members = _Members(tensors, kinds.members, held)
    return tuple(
        _group(row, layout, members.of(number), kinds.layers[start:end])
        for number, (row, layout, (start, end)) in enumerate(
            zip(rows, layouts, pairwise(ends), strict=True)
        )
    )


class _Members:
    """The tensors of each group, sorted out once for all of them."""

    def __init__(self, tensors: Sequence[TensorInfo], members: Column, held: Sequence[int]) -> None:
        self._tensors = tensors
        self._members = members
        self._held = held
        self._found: dict[int, list[TensorInfo]] = {}

    def of(self, number: int) -> LazyTensors:
        """Those of one group."""
        return LazyTensors(self._held[number], lambda: self._sorted()[number])

    def _sorted(self) -> Mapping[int, Sequence[TensorInfo]]:
        if not self._found:
            found: dict[int, list[TensorInfo]] = {}
            for number, tensor in zip(self._members, self._tensors, strict=True):
                found.setdefault(number, []).append(tensor)
            if {number: len(rows) for number, rows in found.items()} != dict(enumerate(self._held)):
                raise DamagedPack("groups with other members")
            self._found = found
        return self._found


def _group(
    row: Sequence[object], layout: Layout, tensors: LazyTensors, layers: Column
) -> TensorGroup:
    pattern, logical, category, kind, operator, matrices, inputs, outputs, experts, _ = row
    dtype, stored = layout
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
