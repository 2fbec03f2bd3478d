"""What a load tells while it runs, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.record import Record, field
from paramtui.sources.errors import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:  # reports show no preview
    from paramtui.checkpoint.preview import Preview


class Progress(Record):
    """Where a load is: a few words and, where parts can be counted, how many are done."""

    stage: str
    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        return f"{self.stage} {self.done:,}/{self.total:,}" if self.total else self.stage


def _ignore(_: Progress) -> None:
    return


class Watch(Record):
    """The caller's ends of a load: where progress goes to, and the token that cancels."""

    progress: Callable[[Progress], None] = _ignore
    cancelled: Event = field(default_factory=Event)
    offer: Callable[[Checkpoint], None] | None = None
    """Takes what the checkpoint was when it was last opened, to show until the load is done."""
    preview: Callable[[Preview], None] | None = None
    """Takes what is known by now, where nothing is offered; None where nobody looks at it."""

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Tell where the load is; raises Cancelled when it should stop."""
        self.check()
        self.progress(Progress(stage, done, total))

    def check(self) -> None:
        """Raise Cancelled when the load should stop."""
        if self.cancelled.is_set():
            raise Cancelled
