"""Tensors that are made when one is looked at: most keys and reports look at none."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from paramtui.checkpoint.tensor import TensorInfo


class LazyTensors(Sequence[TensorInfo]):
    """A sequence that knows how long it is before its items are made; equal to a tuple of them."""

    __slots__ = ("_count", "_found", "_make")

    def __init__(self, count: int, make: Callable[[], Sequence[TensorInfo]]) -> None:
        self._count = count
        self._make = make
        self._found: Sequence[TensorInfo] | None = None

    def rows(self) -> Sequence[TensorInfo]:
        """All of them, made once."""
        if self._found is None:
            self._found = tuple(self._make())
        return self._found

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> TensorInfo: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[TensorInfo]: ...

    def __getitem__(self, place: int | slice) -> TensorInfo | Sequence[TensorInfo]:
        return self.rows()[place]

    def __iter__(self) -> Iterator[TensorInfo]:
        return iter(self.rows())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LazyTensors):
            return self is other or self.rows() == other.rows()
        return self.rows() == other

    def __hash__(self) -> int:
        return hash(self.rows())
