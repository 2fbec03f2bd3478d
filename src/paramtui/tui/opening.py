"""Opening: a checkpoint on its way, fetched on a thread of its own; no Textual here."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import TYPE_CHECKING

from paramtui.record import Record, replace

if TYPE_CHECKING:  # what counting needs is imported while the network answers
    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.checkpoint.module import Module
    from paramtui.checkpoint.preview import Preview
    from paramtui.checkpoint.summary import ParameterSummary

PATIENCE = 1.0
"""Seconds that a load waits for the screen."""

Report = Callable[[object], None]
"""Takes what a load has to tell: a `Preview`, or what `str()` makes a few words of."""


class Opened(Record):
    """A checkpoint, counted and folded: everything the app shows comes from here."""

    checkpoint: Checkpoint
    summary: ParameterSummary
    tree: Module
    reference: str = ""
    """What was typed to open it."""


class Opening:
    """Loads, counts and folds; begins at once, or when it is told to."""

    def __init__(
        self,
        load: Callable[[Report], Checkpoint],
        reference: str = "",
        cancelled: Event | None = None,
        *,
        held: bool = False,
    ) -> None:
        self.reference = reference
        self.cancelled = cancelled or Event()
        """Set when nobody waits for it any more; a load that knows of it stops."""
        self.future: Future[Opened] = Future()
        self.recalled: Future[Opened] = Future()
        """What it was when it was last opened, where that is known before the load has ended."""
        self.progress = ""
        """The last thing the load had to tell."""
        self.preview: Preview | None = None
        """What is known of it by now."""
        self.shown = Event()
        """Set when what was offered is on the screen."""
        self._load = load
        self._begun = Event()
        if not held:
            self.begin()

    def begin(self) -> None:
        """Start the load; more than once is once."""
        if not self._begun.is_set():
            self._begun.set()
            # A daemon: quitting never waits for a server.
            Thread(target=self._run, name="paramtui-load", daemon=True).start()

    def offer(self, checkpoint: Checkpoint) -> None:
        """Show this until the load has ended; the load goes on when it stands on the screen."""
        self.recalled.set_result(_opened(checkpoint, self.reference))
        # Two threads at once would only delay each other.
        self.shown.wait(PATIENCE)

    def _run(self) -> None:
        try:
            checkpoint = self._load(self._tell)
            before = self.recalled.result() if self.recalled.done() else None
            if before and before.checkpoint.tensors is checkpoint.tensors:
                opened = replace(before, checkpoint=checkpoint)
            else:
                opened = _opened(checkpoint, self.reference)
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(opened)

    def _tell(self, told: object) -> None:
        from paramtui.checkpoint.preview import Preview

        if isinstance(told, Preview):
            self.preview = self.preview.followed_by(told) if self.preview else told
        else:
            self.progress = str(told)


def _opened(checkpoint: Checkpoint, reference: str) -> Opened:
    from paramtui.checkpoint.counted import module_tree
    from paramtui.checkpoint.summary import summarise

    summary = summarise(checkpoint)
    return Opened(checkpoint, summary, module_tree(checkpoint, summary), reference)
