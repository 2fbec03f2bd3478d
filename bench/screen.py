"""An app on a pseudo-terminal, timed: when a text stands there, how long a key takes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.terminal import Terminal, terminal

from bench.process import ROOT

QUIET = 0.05
"""Seconds without a byte after which a frame is over."""
PATIENCE = 180.0
"""Seconds to open something."""
ANSWER = 20.0
"""Seconds to answer a key."""


@dataclass(frozen=True)
class Key:
    """What one key took until the last byte of its frame."""

    seconds: float
    sent: int


@dataclass
class Screen:
    """An app that runs."""

    tty: Terminal
    began: float

    def until(self, *texts: bytes) -> float:
        """Seconds from the start until one of some texts, each written in one piece, has come."""
        while not any(text in self.tty.output for text in texts):
            if monotonic() - self.began > PATIENCE or not self.tty.read(0.5):
                raise RuntimeError(f"none of {texts!r} in {bytes(self.tty.output[-500:])!r}")
        return self.tty.last - self.began

    def until_painted(self, size: int) -> float:
        """Seconds from the start until so many bytes have come: an empty screen takes fewer."""
        while len(self.tty.output) < size:
            if monotonic() - self.began > PATIENCE or not self.tty.read(0.5):
                raise RuntimeError("nothing was painted")
        return self.tty.last - self.began

    def press(self, keys: bytes, quiet: float = QUIET) -> Key:
        """Press keys and wait for their frame."""
        tty, before = self.tty, len(self.tty.output)
        began = monotonic()
        tty.write(keys)
        while len(tty.output) == before:
            if monotonic() - began > ANSWER or not tty.read(0.5):
                raise RuntimeError(f"nothing came of {keys!r}")
        tty.settle(quiet)
        return Key(tty.last - began, len(tty.output) - before)

    def peak(self) -> int:
        """The most memory the process has held, in bytes."""
        status = Path(f"/proc/{self.tty.process.pid}/status").read_text()
        kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(kilobytes.split()[1]) * 1024


@contextmanager
def screen(command: Sequence[str], home: Path, environment: Mapping[str, str]) -> Iterator[Screen]:
    """A command on a terminal of 80 × 24 with 256 colours."""
    began = monotonic()
    env = {"PYTHONPATH": str(ROOT), **environment}
    with terminal(command, home, env, synchronised=True, left_whole=False) as tty:
        yield Screen(tty, began)
        tty.process.kill()
        tty.process.wait()
