"""The app on a pseudo-terminal over a repository: a short visit, and what is wrong with it."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.robustness.judging import limits
from tests.robustness.running import environment, peak_memory
from tests.robustness.simulator import TOKEN
from tests.terminal import Terminal, terminal

OURS = "0 B of weights"
"""What stands on the last line once the model is there."""
KEYS = (b"*", b"G", b"e", b"\x1b", b"c", b"y", b"?", b"\x1b", b"w", b"\x1b", b"o", b"\x1b")
"""A visit: everything open, the end of it, what a figure means, categories, copies, overlays."""
SEQUENCE = re.compile(
    rb"\x1b\[(?:[\d;]*[mH]|\?[\d;]+[hl]|\?\d+\$p|[<>]\d*u)|\x1b\](?:22|52);[^\x07\x1b]*\x07"
)
"""What Textual and we send: colours, places, modes, keyboard, pointer shape, the clipboard."""


class Visit(NamedTuple):
    """What came of a repository in the app."""

    status: int
    seconds: float
    """Until it was open, or had failed."""
    memory: int
    opened: bool
    said: str
    """The last lines of what is left on the terminal when the app has gone."""
    complaints: tuple[str, ...]


def visit(name: str, endpoint: str, home: Path) -> Visit:
    """Open a repository, press some keys, leave."""
    env = environment(home, endpoint, TOKEN)
    began = time.monotonic()
    with terminal([sys.executable, "-m", "paramtui", name], home, env) as tty:
        opened, memory = _opened(tty, began + 40)
        seconds = time.monotonic() - began
        if opened:
            for key in KEYS:
                tty.write(key)
                _settle(tty)
            memory = peak_memory(tty.process.pid)
        status = _left(tty)
    said = " ".join(" ".join(tty.display).split())
    told = [*limits(seconds, memory, 0), *harmful_sequences(bytes(tty.output))]
    told += _about_end(status, opened, said)
    return Visit(status, seconds, memory, opened, said, tuple(told))


def harmful_sequences(output: bytes) -> Iterator[str]:
    """Bytes that no part of the app sends by itself."""
    text = SEQUENCE.sub(b"", output).decode(errors="surrogateescape")
    bad = sorted({char for char in text if not char.isprintable() and char not in "\r\n\t"})
    if bad:
        place = text.index(bad[0])
        yield f"sent {bad[:5]!a}, as in {text[max(0, place - 30) : place + 30]!a}"


def _about_end(status: int, opened: bool, said: str) -> Iterator[str]:
    if "Traceback" in said:
        yield f"left a traceback: {said[-200:]}"
    if opened and status != 0:
        yield f"opened, then left with {status}: {said[-200:]}"
    if not opened and (status != 2 or "error: " not in said or "unexpected" in said):
        yield f"did not open, left with {status}: {said[-200:]}"


def _opened(tty: Terminal, limit: float) -> tuple[bool, int]:
    """Wait until the model is there, the app has ended or it takes too long; and its memory."""
    memory = 0
    while time.monotonic() < limit:
        memory = max(memory, peak_memory(tty.process.pid))
        if OURS in tty.display[-1]:
            return True, memory
        if not tty.read(0.1) or tty.process.poll() is not None:
            break
    return False, memory


def _left(tty: Terminal) -> int:
    """Leave, whatever is on top; -1 when the app does not go."""
    for attempt in range(5):
        if tty.process.poll() is None:
            # On a busy machine an overlay may come up later than the key that closes it.
            tty.write(b"\x1b" if attempt == 0 else b"\x03")
        limit = time.monotonic() + (0.3 if attempt == 0 else 4)
        while tty.read(0.1) and tty.process.poll() is None and time.monotonic() < limit:
            pass
        if tty.process.poll() is not None:
            return tty.wait_for_end()
    return -1


def _settle(tty: Terminal) -> None:
    """Read until nothing has come for a moment."""
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        before = len(tty.output)
        tty.read(0.15)
        if len(tty.output) == before:
            return
