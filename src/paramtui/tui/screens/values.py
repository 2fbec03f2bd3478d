"""ValuesScreen: what the numbers of one tensor are, read while one waits."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Event, Thread
from typing import ClassVar

from textual.binding import Binding, BindingType

from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import TensorValues
from paramtui.tui.line import Line, Span, left, shorten_middle, wrapped
from paramtui.tui.screens.overlay import Overlay
from paramtui.tui.told import Told
from paramtui.tui.values_lines import LABEL, values_lines

Ask = Callable[[TensorInfo, Callable[[object], None], Event], TensorValues]
"""Reads a tensor, tells how far it is, and stops when the event is set."""


class ValuesScreen(Overlay):
    """Of a tensor with copies in other layers, left and right go from one to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False, priority=True)
        for keys, action in (("v", "dismiss"), ("right,l", "copy(1)"), ("left,h", "copy(-1)"))
    ]
    UPDATES = 4
    """A second, at most."""

    def __init__(self, tensors: Sequence[TensorInfo], ask: Ask) -> None:
        super().__init__("", self._lines)
        self._tensors, self._ask = tensors, ask
        self._at = 0
        self._cancelled = Event()
        self._future: Future[TensorValues] = Future()
        self._progress = ""

    def on_mount(self) -> None:
        """Begin to read, and look how far it is a few times a second."""
        super().on_mount()
        self._look = self.set_interval(1 / self.UPDATES, self.write, pause=True)
        self._read()

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        self._cancelled.set()

    def action_copy(self, step: int) -> None:
        """The same tensor of another layer."""
        if len(self._tensors) > 1:
            self._cancelled.set()
            self._at = (self._at + step) % len(self._tensors)
            self._read()

    def write(self) -> None:
        """Write what there is by now."""
        if self._future.done():
            self._look.pause()
        self._heading = shorten_middle(self._tensors[self._at].name, self.cells)
        super().write()

    def _read(self) -> None:
        cancelled, future = Event(), Future[TensorValues]()
        self._cancelled, self._future, self._progress = cancelled, future, ""
        tensor = self._tensors[self._at]

        def tell(progress: object) -> None:
            if future is self._future:
                self._progress = str(progress)

        def run() -> None:
            try:
                future.set_result(self._ask(tensor, tell, cancelled))
            except BaseException as error:
                future.set_exception(error)

        future.add_done_callback(lambda _: self.call_later(self.write))
        # A daemon: quitting never waits for a disk.
        Thread(target=run, name="paramtui-values", daemon=True).start()
        self._look.resume()

    def _lines(self, cells: int) -> Sequence[Line]:
        lines: list[Line] = []
        if (copies := len(self._tensors)) > 1:
            told = Span(f"{self._at + 1:,} of {copies:,}, ← → the others")
            lines.append((Span(left("copy", LABEL), "dim"), told))
        if not self._future.done():
            return [*lines, (Span(self._progress or "reading …", "dim"),)]
        problem = self._future.exception()
        if problem is None:
            return [*lines, *values_lines(self._future.result(), cells)]
        failed = Told.problem(problem)
        lines += wrapped(f"▲ {failed.text}", cells, "warning", indent=2)
        return [*lines, *wrapped(failed.hint, cells, "dim", indent=2)]
