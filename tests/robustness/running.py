"""paramtui as a command of its own: what it said, and what it took."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEADLINE = 60.0
"""Seconds after which a run is killed; it must have ended long before."""


@dataclass(frozen=True)
class Run:
    """One run of the command."""

    status: int
    out: bytes
    err: bytes
    seconds: float
    memory: int
    """Bytes of memory at the most."""


def environment(home: Path, endpoint: str, token: str | None = None) -> dict[str, str]:
    """Variables of a user with nothing but a home and a Hub."""
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    mine = {"HOME": str(home), "HF_ENDPOINT": endpoint, "TERM": "xterm-256color"}
    return {**known, **mine, **({"HF_TOKEN": token} if token else {})}


def run(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> Run:
    """Run the command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "paramtui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=dict(env),
            cwd=cwd,
        )
        memory = _until_end(process, began + DEADLINE)
        seconds = time.monotonic() - began
        for file in (out, err):
            file.seek(0)
        return Run(process.returncode, out.read(), err.read(), seconds, memory)


def _until_end(process: "subprocess.Popen[bytes]", limit: float) -> int:
    """Wait for the end; returns the most memory that was seen."""
    memory = 0
    while process.poll() is None:
        memory = max(memory, peak_memory(process.pid))
        if time.monotonic() > limit:
            process.kill()
        time.sleep(0.02)
    return memory


def peak_memory(pid: int) -> int:
    """The most memory a process has had so far, in bytes; 0 where nothing tells."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    match = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(match[1]) << 10 if match else 0
