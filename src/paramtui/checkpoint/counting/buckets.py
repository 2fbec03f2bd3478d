"""Tensors -> buckets: those alike in pattern, type and shape, by their places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter

from paramtui.checkpoint.column_tensors import (
    ColumnTensors,
    PickedTensors,
    are_distinct,
    layouts_of,
    names_of,
)
from paramtui.checkpoint.counting.apart import Bucket
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.pattern import patterns_and_layers
from paramtui.checkpoint.repeated import told_once
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def buckets_of(tensors: Iterable[TensorInfo]) -> list[Bucket]:
    """The buckets of some tensors, in the order in which each is met first."""
    once = told_once(tensors)
    rows = _rows(each.first for each in once) if once else _rows(tensors)
    patterns, layers = patterns_and_layers(rows.names)
    found = _alike(rows, patterns, _repeated(rows))
    return [
        Bucket(
            pattern,
            dtype,
            shape,
            rows.picked(places),
            list(map(layers.__getitem__, places)),
            repeated=repeated,
            once=list(map(once.__getitem__, places)) if once else None,
        )
        for (pattern, dtype, shape, repeated), places in found.items()
    ]


class _Rows(NamedTuple):
    """Tensors as they are counted."""

    names: Sequence[str]
    layouts: Sequence[tuple[Any, ...]]
    """Type and shape of each."""
    kinds: Iterable[object]
    """The same for tensors that share both, told by identity: the hash of a type is slow."""
    distinct: bool
    """Whether no name is there twice."""
    picked: Callable[[Sequence[int]], Sequence[TensorInfo]]
    """Those at some places."""


def _rows(tensors: Iterable[TensorInfo]) -> _Rows:
    if isinstance(tensors, ColumnTensors):
        layouts = tensors.layouts
        picked = partial(PickedTensors, tensors)
        return _Rows(tensors.names, layouts, map(id, layouts), tensors.distinct, picked)
    rows = tuple(tensors)
    kinds = zip(map(id, map(_DTYPE, rows)), map(id, map(_SHAPE, rows)), strict=True)
    return _Rows(
        names_of(rows),
        layouts_of(rows),
        kinds,
        are_distinct(rows),
        lambda places: list(map(rows.__getitem__, places)),
    )


_DTYPE, _SHAPE = itemgetter(1), itemgetter(2)
"""The fields of a TensorInfo."""
Alike = tuple[str, Dtype, Shape, bool]
"""A pattern, a type, a shape, and whether the names were met before."""


def _alike(
    rows: _Rows, patterns: Sequence[str], repeated: Iterable[bool]
) -> Mapping[Alike, Sequence[int]]:
    """The places of the tensors that are alike, the first of them first."""
    same: dict[tuple[str, object, bool], list[int]] = defaultdict(list)
    for place, kind in enumerate(zip(patterns, rows.kinds, repeated, strict=True)):
        same[kind].append(place)
    found: dict[Alike, list[int]] = {}
    for (pattern, _, again), places in same.items():
        dtype, shape, *_ = rows.layouts[places[0]]
        before = found.setdefault((pattern, dtype, shape, again), places)
        if before is not places:
            before += places
            before.sort()
    return found


def _repeated(rows: _Rows) -> Iterable[bool]:
    """Of each name, whether it was met before."""
    if rows.distinct:
        return repeat(False, len(rows.names))
    met: set[str] = set()
    found = []
    for name in rows.names:
        found.append(name in met)
        met.add(name)
    return found
