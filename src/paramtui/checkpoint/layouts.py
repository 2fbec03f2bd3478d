"""What tensors take together: computed once for each type and shape, of which there are few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from operator import itemgetter

from paramtui.checkpoint.column_tensors import ColumnTensors
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.repeated import RepeatedTensors
from paramtui.checkpoint.tensor import Shape, TensorInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

Layout: TypeAlias = tuple[Dtype, Shape]


def layouts(tensors: Iterable[TensorInfo]) -> Mapping[Layout, int]:
    """How many tensors there are of each type and shape, in the order they are met."""
    found: Counter[Layout] = Counter()
    if isinstance(tensors, ColumnTensors):
        # By identity: equal ones are mostly one object, and the hash of a type is slow.
        kinds = list(map(id, tensors.layouts))
        known = dict(zip(kinds, tensors.layouts, strict=True))
        for kind, count in Counter(kinds).items():
            dtype, shape, *_ = known[kind]
            found[dtype, shape] += count
        return found
    if not isinstance(tensors, RepeatedTensors):
        return Counter(map(itemgetter(1, 2), tensors))
    for tensor, copies in tensors.once:
        found[tensor.dtype, tensor.shape] += copies.count if copies else 1
    return found


def total_bytes(tensors: Iterable[TensorInfo]) -> int:
    """Bytes of all in their files."""
    if isinstance(tensors, ColumnTensors) and tensors.nbytes is not None:
        return tensors.nbytes
    held = layouts(tensors).items()
    return sum(dtype.nbytes(prod(shape)) * count for (dtype, shape), count in held)


def total_elements(tensors: Iterable[TensorInfo]) -> int:
    """Stored elements of all."""
    return sum(prod(shape) * count for (_, shape), count in layouts(tensors).items())


def each_changed(
    tensors: Sequence[TensorInfo], change: Callable[[TensorInfo], TensorInfo]
) -> Sequence[TensorInfo]:
    """The tensors with the same change in each; what is told once stays so."""
    if isinstance(tensors, RepeatedTensors):
        return RepeatedTensors(one._replace(tensor=change(one.tensor)) for one in tensors.once)
    return tuple(map(change, tensors))
