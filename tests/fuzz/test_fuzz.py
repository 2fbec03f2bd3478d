"""Every parser on what was kept, and on a few hundred examples; `make fuzz` runs millions."""

import pytest

from tests.fuzz.run import examples, run
from tests.fuzz.seeding import seeds
from tests.fuzz.targets import TARGETS

FEW = {"header": 3000, "index": 1500, "gguf": 600, "adapter": 500, "info": 1000}
"""Examples in the everyday suite; the others take longer each."""
MANY = {"header": 1_000_000, "index": 200_000, "gguf": 100_000, "adapter": 100_000, "info": 200_000}
MANY_OTHERS = 50_000


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_kept(target: str) -> None:
    for data in seeds(target)[:60]:
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_examples(target: str, long: bool) -> None:
    runs = MANY.get(target, MANY_OTHERS) if long else FEW.get(target, 60)
    print(run(target, runs))


def test_both_answers_are_met() -> None:
    for target in ("header", "index", "info"):
        answers = {TARGETS[target](data) for data in examples(target, 100, seed=1)}
        assert answers == {True, False}, target


def test_the_same_seed_makes_the_same_examples() -> None:
    assert list(examples("header", 50, 7)) == list(examples("header", 50, 7))
    assert list(examples("header", 50, 7)) != list(examples("header", 50, 8))
