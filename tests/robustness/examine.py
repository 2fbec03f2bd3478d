"""Reports on bad repositories: `python -m tests.robustness.examine [json|ranges|app] [NAME…]`."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.robustness.judging import complaints, limits
from tests.robustness.on_screen import visit
from tests.robustness.running import environment, run
from tests.robustness.simulator import TOKEN, catalogue, simulator, truth_of

TOGETHER = 2


class Outcome(NamedTuple):
    """What came of one repository."""

    name: str
    status: int
    seconds: float
    memory: int
    wire: int
    """Bytes of bodies that the simulator sent."""
    complaints: tuple[str, ...]
    said: str

    def __str__(self) -> str:
        took = f"{self.seconds:5.1f} s {self.wire:>12,} B {self.memory >> 20:>5} MiB"
        return f"{self.name:36} {self.status} {took} {' '.join([*self.complaints, self.said])}"


def examine(hub: Any, names: Sequence[str], way: str = "json") -> Iterator[Outcome]:
    """Open each of the repositories, a few side by side: by one answer or ranges, or in the app."""
    hub.opts.stmeta = way != "ranges"
    one = _in_app if way == "app" else _printed
    with ThreadPoolExecutor(TOGETHER) as pool:
        yield from pool.map(lambda name: one(hub, name), names)


def _printed(hub: Any, name: str) -> Outcome:
    with tempfile.TemporaryDirectory() as home:
        env = environment(Path(home), hub.endpoint, TOKEN)
        found = run(name, "--json", "--tree", env=env, cwd=Path(home))
    wire = _sent(hub, name)
    said = found.err.decode(errors="replace").splitlines()[:1] if found.status else []
    told = complaints(found, truth_of(hub.repos[name]), wire)
    return Outcome(
        name, found.status, found.seconds, found.memory, wire, tuple(told), "".join(said)
    )


def _in_app(hub: Any, name: str) -> Outcome:
    with tempfile.TemporaryDirectory() as home:
        found = visit(name, hub.endpoint, Path(home))
    said = found.said[found.said.find("error: ") :] if found.status else ""
    told = (*found.complaints, *limits(0, 0, _sent(hub, name)))
    return Outcome(
        name, found.status, found.seconds, found.memory, _sent(hub, name), told, said[:160]
    )


def _sent(hub: Any, name: str) -> int:
    """Bytes of bodies that left the simulator for a repository since it was last reset."""
    return sum(seen["sent"] for seen in hub.requests if (seen["repo"] or "").lower() == name)


def main(arguments: Sequence[str]) -> int:
    """Print a line for each repository and the worst of all; the number of those that are wrong."""
    way, *names = arguments or ["json"]
    with simulator(catalogue(*names)) as hub:
        outcomes = []
        for outcome in examine(hub, list(hub.repos), way):
            outcomes.append(outcome)
            print(outcome, flush=True)
        wrong = sum(bool(outcome.complaints) for outcome in outcomes)
        print(
            f"{way}: {len(outcomes)} repositories, {wrong} wrong; at the most "
            f"{max(outcome.seconds for outcome in outcomes):.1f} s, "
            f"{max(outcome.wire for outcome in outcomes):,} bytes, "
            f"{max(outcome.memory for outcome in outcomes) >> 20} MiB; "
            f"auth leaks {hub.stats()['auth_leaks']}"
        )
        return wrong


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
