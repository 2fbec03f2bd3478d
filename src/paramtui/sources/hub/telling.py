"""Telling what has arrived, at a pace that costs the load little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from paramtui.checkpoint.tensor import TensorInfo

TYPE_CHECKING = False
if TYPE_CHECKING:  # reports show no preview
    from paramtui.checkpoint.preview import Arriving, Preview

PAUSE = 0.5
"""Seconds between two, at least: a load that is over sooner tells nothing."""
SHARE = 10
"""A pause is at least so many times what the last update took, and at least one of so many parts
of what the load has taken: a slow one tells more seldom."""


class Telling:
    """Tells which branches are there, now and then; without anybody to tell it takes no time."""

    def __init__(
        self,
        preview: Callable[[Preview], None] | None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._preview = preview
        self._clock = clock
        self._began = clock()
        self._due = self._began + PAUSE
        self._names: Iterable[str] | None = None
        self._arriving: Arriving | None = None
        self._waiting: list[Sequence[TensorInfo]] = []

    def promise(self, names: Iterable[str]) -> None:
        """What an index says is to come; before that nothing can be told."""
        self._names = names

    def add(self, tensors: Sequence[TensorInfo]) -> None:
        """The tensors of one more file."""
        if self._preview is None:
            return
        self._waiting.append(tensors)
        if self._names is not None and self._clock() >= self._due:
            self._tell(self._preview, self._names)

    def end(self) -> None:
        """All files are there: those who have been told of some are told of all."""
        if self._arriving is not None and self._waiting and self._preview and self._names:
            self._tell(self._preview, self._names)

    def _tell(self, preview: Callable[[Preview], None], names: Iterable[str]) -> None:
        from paramtui.checkpoint.preview import Arriving, Preview

        before = self._clock()
        self._arriving = self._arriving or Arriving(names)
        for tensors in self._waiting:
            self._arriving.add(tensors)
        self._waiting.clear()
        preview(Preview(branches=self._arriving.branches()))
        now = self._clock()
        self._due = now + max(PAUSE, (now - before) * SHARE, (now - self._began) / SHARE)
