"""Fuzz one parser by the code it reaches: `python -m tests.fuzz.guided TARGET RUNS`.

atheris (the extra `fuzz`) keeps the examples that reach new code, in `.fuzz/`, and mutates them.
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["paramtui"]):
    from tests.fuzz.run import checked, mutated
    from tests.fuzz.seeding import seeds
    from tests.fuzz.targets import TARGETS

FLAGS = ("-timeout=30", "-rss_limit_mb=1500", "-max_len=20000", "-print_final_stats=1")


def main(target: str, runs: str) -> None:
    """Fuzz; ends the process."""
    check, known = TARGETS[target], seeds(target)
    corpus = Path(".fuzz") / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(known):
        (corpus / f"seed-{number}").write_bytes(data)

    def example(data: bytes) -> None:
        checked(check, data, target)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        chance = Random(seed)  # noqa: S311 - repeatable
        return mutated(target, bytes(data), chance.choice(known), chance, fresh=0.1)[:size]

    command = [sys.argv[0], f"-runs={runs}", *FLAGS, str(corpus)]
    atheris.Setup(command, example, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
