"""Tensors in columns, as headers hold them: counted as they are, listed when one is looked at."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, compress, repeat
from operator import itemgetter

from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.tensor import TensorInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

Layouts: TypeAlias = "Sequence[tuple[Any, ...]]"
"""A type and a shape each, and what else follows from these."""
Runs = Sequence[tuple[str, int]]
"""A file, and how many tensors of it follow each other."""


def rows_of(names: Sequence[str], layouts: Layouts, runs: Runs) -> tuple[TensorInfo, ...]:
    """Columns -> tensors; raises ValueError for columns of different lengths."""
    files = chain.from_iterable(repeat(file, held) for file, held in runs)
    rows = zip(names, map(itemgetter(0), layouts), map(itemgetter(1), layouts), files, strict=True)
    # What TensorInfo._make does, without a Python frame for each of 500,000.
    return tuple(map(tuple.__new__, repeat(TensorInfo), rows))


class ColumnTensors(LazyTensors):
    """A sequence of tensors whose names, types and shapes are known without making one."""

    __slots__ = ("_distinct", "layouts", "names", "nbytes", "runs")

    def __init__(
        self, names: Sequence[str], layouts: Layouts, runs: Runs, nbytes: int | None = None
    ) -> None:
        self.names = names
        self.layouts = layouts
        self.runs = runs
        self.nbytes = nbytes
        """Bytes of all, where that is known."""
        self._distinct: bool | None = None
        super().__init__(len(names))

    @property
    def distinct(self) -> bool:
        """Whether no name is there twice; looked at once."""
        if self._distinct is None:
            self._distinct = len(set(self.names)) == len(self.names)
        return self._distinct

    def by_file(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Each file and the names in it."""
        start = 0
        for file, held in self.runs:
            yield file, self.names[start : start + held]
            start += held

    def _listed(self) -> Sequence[TensorInfo]:
        return rows_of(self.names, self.layouts, self.runs)

    def at(self, place: int) -> TensorInfo:
        """One of them, without making the others."""
        if self._found is not None:
            return self._found[place]
        place = range(len(self))[place]
        dtype, shape, *_ = self.layouts[place]
        ends = list(accumulate(held for _, held in self.runs))
        return TensorInfo(self.names[place], dtype, shape, self.runs[bisect(ends, place)][0])


NONE = ColumnTensors((), (), (), 0)


def joined(parts: Iterable[ColumnTensors]) -> ColumnTensors:
    """The tensors of several files, one file after the other."""
    names: list[str] = []
    layouts: list[tuple[Any, ...]] = []
    runs: list[tuple[str, int]] = []
    nbytes: int | None = 0
    for part in parts:
        names += part.names
        layouts += part.layouts
        runs += part.runs
        nbytes = None if nbytes is None or part.nbytes is None else nbytes + part.nbytes
    return ColumnTensors(names, layouts, runs, nbytes)


def names_of(tensors: Iterable[TensorInfo]) -> Sequence[str]:
    """The names of some tensors, as they are where these are in columns."""
    return tensors.names if isinstance(tensors, ColumnTensors) else list(map(_NAME, tensors))


def layouts_of(tensors: Iterable[TensorInfo]) -> Layouts:
    """Type and shape of each of some tensors, and what else their columns hold."""
    return tensors.layouts if isinstance(tensors, ColumnTensors) else list(map(_LAYOUT, tensors))


def are_distinct(tensors: Iterable[TensorInfo]) -> bool:
    """Whether no name is there twice."""
    if isinstance(tensors, ColumnTensors):
        return tensors.distinct
    names = names_of(tensors)
    return len(set(names)) == len(names)


_NAME, _LAYOUT = itemgetter(0), itemgetter(1, 2)
"""Fields of a TensorInfo."""


class PickedTensors(LazyTensors):
    """Some of the tensors of a sequence, by their places in it."""

    __slots__ = ("places", "source")

    def __init__(self, source: ColumnTensors, places: Sequence[int]) -> None:
        self.source = source
        self.places = places
        super().__init__(len(places))

    def _listed(self) -> Sequence[TensorInfo]:
        return tuple(map(self.source.rows().__getitem__, self.places))

    @property
    def first(self) -> TensorInfo:
        """The first of them, without making the others."""
        return self.source.at(self.places[0])


def first_of(tensors: Sequence[TensorInfo]) -> TensorInfo:
    """The first of some tensors; of those that are not made yet, no other is made for it."""
    return tensors.first if isinstance(tensors, PickedTensors) else tensors[0]


def chosen_of(tensors: Sequence[TensorInfo], chosen: Iterable[int]) -> Sequence[TensorInfo]:
    """Those that are chosen of some tensors."""
    if isinstance(tensors, PickedTensors):
        return PickedTensors(tensors.source, list(compress(tensors.places, chosen)))
    return list(compress(tensors, chosen))
