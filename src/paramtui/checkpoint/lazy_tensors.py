"""Tensors that are made when one is looked at: most keys and reports look at none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import RLock

from paramtui.checkpoint.tensor import TensorInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload


class LazyTensors(Sequence[TensorInfo]):
    """A sequence that knows how long it is before its items are made; equal to a tuple of them."""

    __slots__ = ("__weakref__", "_count", "_found", "_make")

    def __init__(self, count: int, make: Callable[[], Sequence[TensorInfo]] | None = None) -> None:
        self._count = count
        self._make = make
        self._found: Sequence[TensorInfo] | None = None

    def rows(self) -> Sequence[TensorInfo]:
        """All of them, made once: two threads that look at one see the same object."""
        if self._found is None:
            with _MAKING:
                if self._found is None:
                    self._found = tuple(self._listed())
        return self._found

    def _listed(self) -> Sequence[TensorInfo]:
        """What `make` makes; other kinds of sequence make them by themselves."""
        return self._make() if self._make else ()

    def __len__(self) -> int:
        return self._count

    if TYPE_CHECKING:

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

    def __repr__(self) -> str:
        return f"<{self._count:,} tensors>"


_MAKING = RLock()
"""One for all: making some tensors may make those they are picked from."""
