"""The app on a real pseudo-terminal: it paints, and leaves the terminal as it found it."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import terminal as pseudo
from tests.terminal import Terminal

from .conftest import GPT_OSS, LLAMA

SGR = re.compile(rb"\x1b\[([\d;]*)m")
KITTY = re.compile(rb"\x1b\[([<>])(\d*)u")
OURS = "0 B of weights"
"""What stands on the last line once the model is there."""


@contextmanager
def terminal(
    tmp_path: Path, *arguments: str, model: str | None = LLAMA, **environment: str
) -> Iterator[Terminal]:
    """paramtui on a new terminal of 80 × 24, without network."""
    command = [sys.executable, "-m", "paramtui", *filter(None, [model]), "--offline", *arguments]
    with pseudo.terminal(command, tmp_path, environment) as tty:
        yield tty


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
        tty.write(keys)
        if number is not None:
            tty.process.send_signal(number)
        assert tty.wait_for_end() == status
        assert_whole(tty)


def assert_whole(tty: Terminal) -> None:
    """All modes are as a shell wants them."""
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_that_come_twice_leave_the_terminal_whole(
    number: signal.Signals, tmp_path: Path
) -> None:
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        for _ in range(2):
            tty.process.send_signal(number)
        tty.wait_for_end()
        assert_whole(tty)
        assert b"Traceback" not in tty.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_at_any_moment(number: signal.Signals, tmp_path: Path) -> None:
    for size in (1, 200, 4000):
        with terminal(tmp_path) as tty:
            while len(tty.output) < size:
                assert tty.read(0.2)
            tty.process.send_signal(number)
            tty.wait_for_end()
            assert_whole(tty)
            assert b"Traceback" not in tty.output


CRASH = """
import sys
from paramtui.tui.widgets.module_tree import ModuleTree
paint = ModuleTree.render_line
def crash(tree, y):
    if tree.cursor > 0:
        raise RuntimeError("\\x1b[31mbroken")
    return paint(tree, y)
ModuleTree.render_line = crash
from paramtui.cli import main
sys.exit(main([sys.argv[1], "--offline"]))
"""


def test_a_crash_is_a_line_on_a_whole_terminal(tmp_path: Path) -> None:
    with pseudo.terminal([sys.executable, "-c", CRASH, LLAMA], tmp_path, {}) as tty:
        tty.wait_for(OURS)
        tty.write(b"j")
        assert tty.wait_for_end() == 2
        assert_whole(tty)
        said = re.sub(rb"\x1b[^a-zA-Z]*[a-zA-Z]", b"", bytes(tty.output)[-600:])
        assert b"error: unexpected: RuntimeError: \xef\xbf\xbd[31mbroken" in bytes(tty.output), said
        assert b"Traceback" not in tty.output


def test_a_terminal_that_goes_away_without_a_signal_ends_it(tmp_path: Path) -> None:
    # In a session of its own, whose terminal does not control it, nothing sends SIGHUP.
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "paramtui", LLAMA, "--offline"]
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(tmp_path)}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=environment,
    )
    os.close(theirs)
    try:
        assert os.read(ours, 1), "it paints"
        os.close(ours)
        assert process.wait(30) != 0
    finally:
        process.kill()
        process.wait()


def test_keys_change_the_screen(tmp_path: Path) -> None:
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        tty.write(b"m")
        tty.wait_for("m LoRA")
        tty.write(b"/layers.17.self\r")
        tty.wait_for("1 of 1")
        tty.write(b"?")
        tty.wait_for("Esc closes")
        tty.write(b"qq")
        assert tty.wait_for_end() == 0


def test_copying_and_writing_reach_the_world_outside(tmp_path: Path) -> None:
    with terminal(tmp_path) as tty:
        tty.wait_for(OURS)
        tty.write(b"Y")
        tty.wait_for("copied paramtui")
        # OSC 52, what terminals take as text for the clipboard.
        (text,) = re.findall(rb"\x1b\]52;c;([\w+/=]+)\x07", tty.output)
        assert b64decode(text) == f"paramtui {LLAMA}".encode()
        for name in ("Llama-3.1-8B.md", "Llama-3.1-8B-2.md"):
            tty.write(b"w\r")
            tty.wait_for(f"wrote {name}")
            assert LLAMA in (tmp_path / name).read_text("utf-8")
        tty.write(b"q")
        assert tty.wait_for_end() == 0


def test_without_a_model_it_begins_with_the_choice(tmp_path: Path) -> None:
    with terminal(tmp_path, model=None) as tty:
        tty.wait_for("open a model")
        tty.wait_for("bundled")
        tty.write(b"oss-20b\r")
        tty.wait_for(OURS)
        assert GPT_OSS in tty.display[0]
        tty.write(b"q")
        assert tty.wait_for_end() == 0
    file = tmp_path / ".local" / "state" / "paramtui" / "recent.json"
    assert json.loads(file.read_text())["models"][0]["reference"] == GPT_OSS


def test_without_colours_nothing_is_coloured_by_us(tmp_path: Path) -> None:
    with terminal(tmp_path, NO_COLOR="1", TERM="xterm") as tty:
        tty.wait_for(OURS)
        tty.write(b"j")
        tty.wait_for("model.embed_tokens")
        tty.write(b"q")
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
        tty.write(b"q")
        tty.wait_for_end()
