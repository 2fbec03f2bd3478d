"""The command's exit statuses and error lines."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from paramtui import cli

FULL = Path("/dev/full")


def fail(*_: object) -> int:
    raise KeyError("x")


def test_the_unexpected_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_run", fail)
    monkeypatch.delenv("PARAMTUI_DEBUG", raising=False)
    assert cli.main(["gpt2"]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.splitlines()[0] == "error: unexpected: KeyError: 'x'"
    assert errors.splitlines()[1].startswith("hint: ")


def test_who_looks_for_the_fault_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_run", fail)
    monkeypatch.setenv("PARAMTUI_DEBUG", "1")
    with pytest.raises(KeyError):
        cli.main(["gpt2"])


@pytest.mark.parametrize("argv", [None, ["--version"]])
def test_a_command_ends_without_a_collection(
    monkeypatch: pytest.MonkeyPatch, argv: list[str] | None
) -> None:
    """Who calls it with arguments goes on, and collects as before."""
    monkeypatch.setattr("sys.argv", ["paramtui", "--version"])
    assert gc.isenabled()
    try:
        with pytest.raises(SystemExit):
            cli.main(argv)
        assert gc.isenabled() is (argv is not None)
    finally:
        gc.enable()


ENDING = """
import atexit, sys, threading
from paramtui import cli

class Held:
    def __del__(self):
        print("freed")

def main():
    atexit.register(threading.Thread(target=print, args=("finished",)).run)
    print("answered", end=" ")
    sys.stderr.write("said ")
    {outcome}

held = Held()
cli.main = main
sys.exit(cli.command())
"""


def ended(outcome: str, stdout: int = subprocess.PIPE) -> tuple[int, str | None, str]:
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(outcome=outcome)],
        env={name: held for name, held in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("outcome", "status"), [("return 1", 1), ("raise SystemExit(0)", 0)])
def test_a_command_ends_at_once_when_all_is_said_and_done(outcome: str, status: int) -> None:
    assert ended(outcome) == (status, "answered finished\n", "said ")


def test_who_fails_ends_as_any_program() -> None:
    assert ended("raise SystemExit(3)") == (3, "answered finished\nfreed\n", "said ")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_what_cannot_be_written_at_the_end_is_told() -> None:
    with FULL.open("wb") as full:
        status, _, errors = ended("return 0", full.fileno())
    assert status == 120  # Python's own for that
    assert "No space left on device" in errors
