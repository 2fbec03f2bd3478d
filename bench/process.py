"""Whole processes, timed from outside, and in turn so that a busy machine is as busy for all."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv" / "peers" / "bin"
"""Where the peers are: what they bring along would slow our imports down, or theirs."""
MIB = 1 << 20


@dataclass(frozen=True)
class Run:
    """One run of one process."""

    seconds: float
    work: float
    """Seconds after its imports, where the process told."""


def python(*arguments: str) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *arguments]


def paramtui(*arguments: str) -> list[str]:
    """The command as it is installed."""
    return [str(Path(sys.executable).with_name("paramtui")), *arguments]


def run(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run a process to its end; a failure is an error of the bench."""
    plain = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env = {**plain, "PYTHONPATH": str(ROOT), **environment}
    began = perf_counter()
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, error = process.communicate()
    seconds = perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {error.decode()[-2000:]}")
    told = out.splitlines()[-1] if out else b"{}"
    work = json.loads(told)["seconds"] if told.startswith(b'{"seconds"') else seconds
    return Run(seconds, work)


def in_turn(
    contestants: Mapping[str, Callable[[], Run]], times: int, *, warm: bool = False
) -> dict[str, list[Run]]:
    """Every contestant once, then every one again, `times` times; once before unless `warm`."""
    found: dict[str, list[Run]] = {name: [] for name in contestants}
    for turn in range(warm, times + 1):
        for name, contestant in contestants.items():
            result = contestant()
            if turn:
                found[name].append(result)
        print(".", end="", flush=True)
    return found


def seconds(runs: Sequence[Run]) -> float:
    """The median."""
    return median(run.seconds for run in runs)


def times_slower(runs: Sequence[Run], ours: Sequence[Run]) -> float:
    """The median of the ratios, pair by pair."""
    return median(a.seconds / b.seconds for a, b in zip(runs, ours, strict=True))


def times_more_work(runs: Sequence[Run], ours: Sequence[Run]) -> float:
    """The same, of what follows the imports."""
    return median(a.work / b.work for a, b in zip(runs, ours, strict=True))
