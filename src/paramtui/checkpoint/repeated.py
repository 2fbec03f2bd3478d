"""Tensors told once for all copies of their module, such as the experts of a layer.

A mixture of experts has tens of thousands of tensors of which a few hundred are distinct: what is
described this way is counted without a list of all, which is made when somebody looks at one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record

NUMBER = "*"
"""What a name has in place of the number of a copy."""


class Copies(Record, eq=False):
    """Modules that differ in their numbers alone, from 0; all tensors of one share this object."""

    count: int


class Repeated(NamedTuple):
    """A tensor of each copy, or a tensor that stands alone."""

    tensor: TensorInfo
    """Its name has one `*` for the number where there are copies."""
    copies: Copies | None = None

    @property
    def times(self) -> int:
        """How many tensors there are."""
        return self.copies.count if self.copies else 1

    @property
    def first(self) -> TensorInfo:
        """That of the first copy."""
        tensor = self.tensor
        return tensor._replace(name=tensor.name.replace(NUMBER, "0", 1)) if self.copies else tensor


class RepeatedTensors(LazyTensors):
    """Tensors that are in no file, copy by copy: a sequence that knows what of it is repeated."""

    __slots__ = ("once",)

    def __init__(self, once: Iterable[Repeated]) -> None:
        self.once = tuple(once)
        """Each distinct tensor, those of one module behind each other."""
        super().__init__(sum(each.times for each in self.once))

    def _listed(self) -> Sequence[TensorInfo]:
        return tuple(listed(self.once))


def told_once(tensors: Iterable[TensorInfo]) -> Sequence[Repeated] | None:
    """Each distinct tensor, if these are told so and all copies of one are in the same layer."""
    if not isinstance(tensors, RepeatedTensors):
        return None
    numbered = (each.tensor.name.partition(NUMBER)[0] for each in tensors.once if each.copies)
    return tensors.once if all(map(_LAYER.search, numbered)) else None


_LAYER = re.compile(r"(^|\.)[0-9]{1,9}\.")
"""The first number of a name, where it stands before the number of a copy."""


def listed(once: Iterable[Repeated]) -> Iterator[TensorInfo]:
    """Every tensor: all of a module's first copy, then all of its second."""
    for copies, held in groupby(once, key=attrgetter("copies")):
        tensors = [each.tensor for each in held]
        if copies is None:
            yield from tensors
            continue
        parts = [(tensor.name.partition(NUMBER), tensor) for tensor in tensors]
        for number in range(copies.count):
            for (before, _, after), tensor in parts:
                yield TensorInfo(f"{before}{number}{after}", *tensor[1:])
