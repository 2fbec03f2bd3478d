"""The app on a real pseudo-terminal: it paints, and leaves the terminal as it found it."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte
import pytest

from .conftest import GPT_OSS, LLAMA

DEADLINE = 30.0
SIZE = (80, 24)
MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
SGR = re.compile(rb"\x1b\[([\d;]*)m")
KITTY = re.compile(rb"\x1b\[([<>])(\d*)u")
OURS = "0 B of weights"
"""What stands on the last line once the model is there."""


@dataclass
class Terminal:
    """The other end of a pseudo-terminal, with a screen of its own."""

    process: subprocess.Popen[bytes]
    end: int
    output: bytes = b""
    screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(*SIZE))

    def __post_init__(self) -> None:
        self.stream = pyte.ByteStream(self.screen)

    def read(self, seconds: float) -> bool:
        """Take what comes within `seconds`; False when the other side has closed."""
        if not select.select([self.end], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.end, 65536)
        except OSError:
            return False
        self.output += data
        # The emulator stumbles over the kitty keyboard's sequences; a terminal ignores them.
        self.stream.feed(re.sub(rb"\x1b\[[<>=?][\d;]*[u$p]+", b"", data))
        return bool(data)

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen."""
        limit = time.monotonic() + DEADLINE
        while text not in "\n".join(self.screen.display):
            assert time.monotonic() < limit, "\n".join(self.screen.display)
            assert self.read(0.2), self.output[-2000:]

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
        for numbers, state in MODE.findall(self.output):
            for number in numbers.split(b";"):
                left[number.decode()] = state.decode()
        return left


@contextmanager
def terminal(
    tmp_path: Path, *arguments: str, model: str | None = LLAMA, **environment: str
) -> Iterator[Terminal]:
    """paramtui on a new terminal of 80 × 24, without network or home."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    before = termios.tcgetattr(theirs)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "paramtui", *filter(None, [model]), "--offline", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=tmp_path,
        env={**kept, "TERM": "xterm-256color", "HOME": str(tmp_path), **environment},
    )
    try:
        yield Terminal(process, ours)
        assert termios.tcgetattr(theirs) == before
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
        os.close(theirs)


WAYS = {
    "q": (b"q", None, 0),
    "Ctrl+C": (b"\x03", None, 0),
    "SIGTERM": (b"", signal.SIGTERM, 128 + signal.SIGTERM),
    "SIGHUP": (b"", signal.SIGHUP, 128 + signal.SIGHUP),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_terminal_is_whole_after(way: str, tmp_path: Path) -> None:
    keys, number, status = WAYS[way]
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        os.write(tty.end, keys)
        if number is not None:
            tty.process.send_signal(number)
        assert tty.wait_for_end() == status
        modes = tty.modes_left()
        # Mouse, focus, alternate screen, bracketed paste off; cursor and wrapping on.
        assert {mode: modes.get(mode, "l") for mode in ("1000", "1003", "1006", "1004")} == {
            "1000": "l", "1003": "l", "1006": "l", "1004": "l",
        }  # fmt: skip
        assert (modes["1049"], modes["2004"], modes["25"], modes.get("7", "h")) == (
            "l",
            "l",
            "h",
            "h",
        )
        pushed = [sign for sign, _ in KITTY.findall(tty.output)]
        assert pushed.count(b">") == pushed.count(b"<")


def test_keys_change_the_screen(tmp_path: Path) -> None:
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        os.write(tty.end, b"m")
        tty.wait_for("m LoRA")
        os.write(tty.end, b"/layers.17.self\r")
        tty.wait_for("1 of 1")
        os.write(tty.end, b"?")
        tty.wait_for("Esc closes")
        os.write(tty.end, b"qq")
        assert tty.wait_for_end() == 0


def test_copying_and_writing_reach_the_world_outside(tmp_path: Path) -> None:
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        os.write(tty.end, b"Y")
        tty.wait_for("copied paramtui")
        # OSC 52, what terminals take as text for the clipboard.
        (text,) = re.findall(rb"\x1b\]52;c;([\w+/=]+)\x07", tty.output)
        assert b64decode(text) == f"paramtui {LLAMA}".encode()
        for name in ("Llama-3.1-8B.md", "Llama-3.1-8B-2.md"):
            os.write(tty.end, b"w\r")
            tty.wait_for(f"wrote {name}")
            assert LLAMA in (tmp_path / name).read_text("utf-8")
        os.write(tty.end, b"q")
        assert tty.wait_for_end() == 0


def test_without_a_model_it_begins_with_the_choice(tmp_path: Path) -> None:
    with terminal(tmp_path, model=None) as tty:
        tty.wait_for("open a model")
        tty.wait_for("bundled")
        os.write(tty.end, b"oss-20b\r")
        tty.wait_for(OURS)
        assert GPT_OSS in tty.screen.display[0]
        os.write(tty.end, b"q")
        assert tty.wait_for_end() == 0
    file = tmp_path / ".local" / "state" / "paramtui" / "recent.json"
    assert json.loads(file.read_text())["models"][0]["reference"] == GPT_OSS


def test_without_colours_nothing_is_coloured_by_us(tmp_path: Path) -> None:
    with terminal(tmp_path, NO_COLOR="1", TERM="xterm") as tty:
        tty.wait_for(OURS)
        os.write(tty.end, b"j")
        tty.wait_for("model.embed_tokens")
        os.write(tty.end, b"q")
        tty.wait_for_end()
        codes = {code for codes in SGR.findall(tty.output) for code in codes.split(b";")}
        assert codes <= {b"", b"0", b"1", b"2", b"4", b"7", b"39", b"49"}
        assert b"7" in codes, "the cursor is reversed"


def test_idle_sends_nothing(tmp_path: Path) -> None:
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        while select.select([tty.end], [], [], 0.5)[0]:
            tty.read(0)
        before = len(tty.output)
        tty.read(1.0)
        assert len(tty.output) == before
        os.write(tty.end, b"q")
        tty.wait_for_end()
