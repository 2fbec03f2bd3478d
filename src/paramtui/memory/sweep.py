"""Sweeps: the estimate over a range of one of a scenario's choices."""

import re
from collections.abc import Callable

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.errors import ScenarioError, unknown
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.verdict import Verdict, verdict
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import MAX_BATCH, MAX_CONTEXT, MAX_RANK, Scenario
from paramtui.record import Record

MOST = 256
"""Values of one sweep."""
EXAMPLE = "for example context=1k..128k, batch=1,2,4 or precision=bf16,int8,bnb-nf4"


class Sweep(Record):
    """Some values of one choice, in the order they were asked for."""

    name: str
    """`context`, `batch`, `rank` or `precision`."""
    values: tuple[int | str, ...]

    @property
    def field(self) -> str:
        """The scenario's field."""
        return {"rank": "lora_rank"}.get(self.name, self.name)


class Point(Record):
    """One value of a sweep and what it costs."""

    value: int | str
    estimate: MemoryEstimate
    verdict: Verdict | None
    """Whether it fits on the scenario's GPUs; None where none is named."""


def sweep(summary: ParameterSummary, scenario: Scenario, over: Sweep) -> tuple[Point, ...]:
    """The cost at every value, the rest as set; raises ScenarioError for what cannot be."""
    found = []
    for value in over.values:
        at = scenario.with_(**{over.field: value})
        cost = estimate(summary, at)
        found.append(Point(value, cost, verdict(summary, at, cost)))
    return tuple(found)


def sweep_named(text: str) -> Sweep:
    """`NAME=FIRST..LAST` (doubling) or `NAME=A,B,…`; raises ScenarioError where it is neither."""
    name, equals, values = text.partition("=")
    if not equals or not values:
        raise ScenarioError(f"{text!r} is not NAME=VALUES", EXAMPLE)
    if name not in READERS:
        raise unknown("sweep", name, READERS)
    found = READERS[name](values)
    if len(found) > MOST:
        raise ScenarioError(f"{text!r} is {len(found)} values, more than {MOST}", EXAMPLE)
    return Sweep(name, tuple(dict.fromkeys(found)))


def _precisions(text: str) -> list[int | str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in PRECISIONS:
            raise unknown("precision", name, PRECISIONS)
    return [*names]


def _numbers(limit: int) -> Callable[[str], list[int | str]]:
    def read(text: str) -> list[int | str]:
        first, dots, last = text.partition("..")
        if not dots:
            return [_whole(part, limit) for part in text.split(",")]
        start, stop = _whole(first, limit), _whole(last, limit)
        if stop < start:
            raise ScenarioError(
                f"the sweep {text!r} ends before it starts", f"did you mean {last}..{first}?"
            )
        doubled = [start << step for step in range((stop // start).bit_length())]
        return [*doubled, stop]

    return read


def _whole(text: str, limit: int) -> int:
    match = re.fullmatch(r"([0-9]{1,12})([km]?)", text.strip().lower().replace("_", ""))
    number = int(match[1]) * {"": 1, "k": 1024, "m": 1024**2}[match[2]] if match else 0
    if not 1 <= number <= limit:
        raise ScenarioError(f"{text!r} is not a whole number from 1 to {limit:,}", EXAMPLE)
    return number


READERS: dict[str, Callable[[str], list[int | str]]] = {
    "context": _numbers(MAX_CONTEXT),
    "batch": _numbers(MAX_BATCH),
    "rank": _numbers(MAX_RANK),
    "precision": _precisions,
}
"""What can be swept, and how its values are read."""
