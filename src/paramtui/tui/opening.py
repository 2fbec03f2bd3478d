"""Opening: a checkpoint on its way, fetched on a thread of its own; no Textual here."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Event, Thread

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.module import Module, build_module_tree
from paramtui.checkpoint.summary import ParameterSummary, summarise

Report = Callable[[object], None]
"""Takes what a load has to tell; `str()` of it is shown."""


@dataclass(frozen=True)
class Opened:
    """A checkpoint, counted and folded: everything the app shows comes from here."""

    checkpoint: Checkpoint
    summary: ParameterSummary
    tree: Module
    reference: str = ""
    """What was typed to open it."""


class Opening:
    """Starts at once, so that the screen can be imported while the network answers."""

    def __init__(
        self,
        load: Callable[[Report], Checkpoint],
        reference: str = "",
        cancelled: Event | None = None,
    ) -> None:
        self.reference = reference
        self.cancelled = cancelled or Event()
        """Set when nobody waits for it any more; a load that knows of it stops."""
        self.future: Future[Opened] = Future()
        self.progress = ""
        """The last thing the load had to tell."""
        # A daemon: quitting never waits for a server.
        Thread(target=self._run, args=(load,), name="paramtui-load", daemon=True).start()

    def _run(self, load: Callable[[Report], Checkpoint]) -> None:
        try:
            checkpoint = load(self._tell)
            summary = summarise(checkpoint)
            opened = Opened(checkpoint, summary, build_module_tree(summary), self.reference)
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(opened)

    def _tell(self, progress: object) -> None:
        self.progress = str(progress)
