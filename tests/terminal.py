"""A pseudo-terminal: starts an app on it, takes what it writes, shows what then stands there."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte

DEADLINE = 30.0
SIZE = (80, 24)
MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][\d;]*[u$p]+")
"""The kitty keyboard's sequences and queries, which terminals that don't know them ignore."""
SYNCHRONISED = (b"\x1b[?2026$p", b"\x1b[?2026;2$y")
"""Whether frames can be held back until they are whole: asked and answered."""


@dataclass
class Terminal:
    """The other end of a pseudo-terminal, with a screen of its own."""

    process: subprocess.Popen[bytes]
    end: int
    size: tuple[int, int] = SIZE
    synchronised: bool = False
    """Whether it says that it holds frames back, as most terminals do and tmux did not."""
    output: bytearray = field(default_factory=bytearray)
    last: float = 0.0
    """When it was last written to, by the monotonic clock."""
    _fed: int = 0

    def __post_init__(self) -> None:
        self._screen = pyte.Screen(*self.size)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def display(self) -> list[str]:
        """The lines of the screen."""
        new = bytes(self.output[self._fed :])
        self._fed = len(self.output)
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", new))
        return list(self._screen.display)

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.end, keys)

    def read(self, seconds: float) -> bool:
        """Take what comes within `seconds`; False when the other side has closed."""
        if not select.select([self.end], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.end, 1 << 16)
        except OSError:
            return False
        self.last = time.monotonic()
        self.output += data
        if self.synchronised and SYNCHRONISED[0] in data:
            self.write(SYNCHRONISED[1])
        return bool(data)

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen."""
        limit = time.monotonic() + DEADLINE
        while text not in "\n".join(self.display):
            assert time.monotonic() < limit, "\n".join(self.display)
            assert self.read(0.2), bytes(self.output[-2000:])

    def settle(self, quiet: float = 0.3) -> None:
        """Read until nothing has come for `quiet` seconds."""
        before = -1
        while before != len(self.output):
            before = len(self.output)
            self.read(quiet)

    def press(self, keys: bytes, quiet: float = 0.3) -> bytes:
        """Press keys; what comes of them."""
        before = len(self.output)
        self.write(keys)
        limit = time.monotonic() + DEADLINE
        while len(self.output) == before and time.monotonic() < limit:
            assert self.read(0.2), bytes(self.output[-2000:])
        self.settle(quiet)
        return bytes(self.output[before:])

    def wait_for_end(self) -> int:
        """Read until the app has gone; returns its exit status."""
        limit = time.monotonic() + DEADLINE
        while self.read(0.2) and time.monotonic() < limit:
            if self.process.poll() is not None and not select.select([self.end], [], [], 0.1)[0]:
                break
        return self.process.wait(DEADLINE)

    def modes_left(self) -> dict[str, str]:
        """The private modes as the app leaves them: `h` on, `l` off."""
        left: dict[str, str] = {}
        for numbers, state in MODE.findall(bytes(self.output)):
            for number in numbers.split(b";"):
                left[number.decode()] = state.decode()
        return left


@contextmanager
def terminal(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    size: tuple[int, int] = SIZE,
    synchronised: bool = False,
    left_whole: bool = True,
) -> Iterator[Terminal]:
    """A command on a new terminal, without our home; it must leave the terminal as it found it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    before = termios.tcgetattr(theirs)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=folder,
        env={**kept, "TERM": "xterm-256color", "HOME": str(folder), **environment},
    )
    try:
        yield Terminal(process, ours, size, synchronised)
        assert not left_whole or termios.tcgetattr(theirs) == before
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
        os.close(theirs)
