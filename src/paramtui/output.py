"""Text for standard output: in an encoding that lacks our characters, and on a full disk."""

from __future__ import annotations

import codecs
import os
import sys
from time import monotonic

DONE, DOES_NOT_FIT, FAILED = 0, 1, 2
"""Exit statuses."""
ERRORS = "paramtui"
"""The codec error handler that writes ASCII for what an encoding has not."""

_TWINS = {
    "×": "x", "÷": "/", "−": "-", "–": "-", "—": "-", "…": "...", "·": "|", "±": "+-",
    "≈": "~", "≥": ">=", "≤": "<=", "→": "->", "←": "<-", "↑": "^", "↓": "v",
    "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")", "½": "1/2", "Σ": "sum", "§": "sec. ",
    "⁰": "^0", "¹": "^1", "²": "^2", "³": "^3", "⁹": "^9", "’": "'", "‘": "'", "“": '"', "”": '"',
    "─": "-", "│": "|", "├": "+", "└": "+", "▲": "!", "▸": "+", "▾": "-",
    "▁": ".", "▂": ".", "▃": ":", "▅": "+", "▆": "*", "▇": "#",
    "█": "#", "▓": "%", "▒": "+", "░": ".", "▀": "^", "▄": "_",
    "▏": "'", "▎": "'", "▍": "-", "▌": "|", "▋": "=", "▊": "=", "▉": "#",
}  # fmt: skip


class OutputError(Exception):
    """Standard output takes nothing more."""


def prepare() -> None:
    """Make both streams write what they can of any text."""
    codecs.register_error(ERRORS, _twins)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=ERRORS)


def write(text: str, *, ascii_only: bool = False) -> None:
    """Print a text and a line break; raises OutputError, or BrokenPipeError when nobody reads."""
    try:
        print(to_ascii(text) if ascii_only else text, flush=True)
    except BrokenPipeError:
        discard()
        raise
    except OSError as problem:
        discard()
        raise OutputError(f"cannot write: {problem.strerror or problem}") from None


class StatusLine:
    """A line on a terminal's standard error that says how far something is."""

    OFTEN = 0.25
    """Seconds between two of them."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._next = 0.0

    def show(self, text: str) -> None:
        """Write it over the one before, unless that is a moment old."""
        if self._shows and monotonic() >= self._next:
            self._next = monotonic() + self.OFTEN
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the last one away."""
        if self._shows and self._next:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def to_ascii(text: str) -> str:
    """The same text in ASCII; a letter without its accents, else a question mark."""
    return text if text.isascii() else "".join(map(_twin, text))


def discard() -> None:
    """Let what is still to be written go nowhere, so that Python's exit does not fail on it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _twin(char: str) -> str:
    if char.isascii():
        return char
    from unicodedata import normalize

    bare = normalize("NFKD", char).encode("ascii", "ignore").decode()
    return _TWINS.get(char) or bare or "?"


def _twins(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    return "".join(map(_twin, problem.object[problem.start : problem.end])), problem.end
