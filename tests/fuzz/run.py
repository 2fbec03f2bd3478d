"""Fuzz one parser: `python -m tests.fuzz.run TARGET RUNS [SEED]`.

Examples are mutated from the seeds, the same ones for the same SEED.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator
from random import Random

from tests.fuzz.mutation import mutate_bytes, mutate_json, mutate_value, random_header
from tests.fuzz.seeding import KEPT, seeds
from tests.fuzz.targets import TARGETS

OBJECTS = ("index", "config", "config_beside", "info")
"""Targets that take one JSON object."""
BINARY = ("gguf",)
"""Targets whose bytes are no text."""


def examples(target: str, runs: int, seed: int) -> Iterator[bytes]:
    """As many examples for a target."""
    chance = Random(seed)  # noqa: S311 - repeatable
    known = seeds(target)
    for _ in range(runs):
        yield mutated(target, chance.choice(known), chance.choice(known), chance)


def mutated(target: str, data: bytes, other: bytes, chance: Random, fresh: float = 0.7) -> bytes:
    """One example made of another; so large a share of the headers is new."""
    if target in BINARY:
        return mutate_bytes(data, chance)
    if target in OBJECTS and chance.random() < 0.8:
        return mutate_value(data, other, chance)
    if target != "header":
        return mutate_json(data, other, chance)
    # Some are new and whole: mutants of mutants alone are mostly refused at once.
    data = random_header(chance) if chance.random() < fresh else data
    return (
        data if chance.random() < fresh / 2 else data[:2] + mutate_json(data[2:], other[2:], chance)
    )


def run(target: str, runs: int, seed: int = 0) -> str:
    """Run a target over examples; returns what came of it, raises with the example kept."""
    collecting = gc.isenabled()
    gc.disable()  # nothing here makes cycles worth a collection a second
    try:
        return _run(target, runs, seed)
    finally:
        if collecting:
            gc.enable()


def _run(target: str, runs: int, seed: int) -> str:
    check = TARGETS[target]
    accepted, began, longest = 0, time.monotonic(), 0.0
    for number, data in enumerate(examples(target, runs, seed)):
        started = time.monotonic()
        accepted += checked(check, data, target)
        longest = max(longest, time.monotonic() - started)
        if number % 1_000 == 999:
            gc.collect()
            print(f"{target}: {number + 1:,}", end="\r", file=sys.stderr, flush=True)
    return (
        f"{target}: {runs:,} examples, seed {seed}: {accepted:,} accepted, "
        f"{runs - accepted:,} refused, no crash, no disagreement; "
        f"{time.monotonic() - began:.0f} s, the longest {longest:.2f} s"
    )


def checked(check: Callable[[bytes], bool], data: bytes, target: str) -> bool:
    """The answer to an example; where it raises, the example becomes a seed."""
    try:
        return check(data)
    except BaseException:
        folder = KEPT / target
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"found-{abs(hash(data)):x}"[:30]
        path.write_bytes(data)
        print(f"kept as {path}", file=sys.stderr)
        raise


def main() -> None:
    """Read the command line and fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("runs", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    arguments = parser.parse_args()
    print(run(arguments.target, arguments.runs, arguments.seed), flush=True)


if __name__ == "__main__":
    main()
