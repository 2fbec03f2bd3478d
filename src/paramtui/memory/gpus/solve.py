"""The inverse answers: the largest context, batch and rank that fit, and the fewest GPUs.

Each by bisection over the estimate, which never falls when one of them grows.
"""

from collections.abc import Callable

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware import Gpus
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.layout.weights import weights
from paramtui.memory.marks.marks import marked
from paramtui.memory.precision import PRECISIONS, Converts, Precision
from paramtui.memory.scenario import MAX_BATCH, MAX_CONTEXT, MAX_RANK, Mode, Scenario
from paramtui.record import Record

MOST_GPUS = 4096
"""More than these are not tried."""


class Largest(Record):
    """Each limit alone, the rest as set; 0 where not even one fits, None where it has no effect."""

    context: int | None
    """Tokens, no more than the model was made for."""
    batch: int | None
    rank: int | None


class Solved(Record):
    """Every inverse answer."""

    largest: Largest
    precision: str | None
    """The best that fits."""
    gpus: int | None
    """The fewest on which it fits as set."""


def solve(summary: ParameterSummary, scenario: Scenario) -> Solved:
    """Every inverse answer, in some hundred estimates: for when it is asked, not for each key."""
    return Solved(
        largest(summary, scenario),
        best_precision(summary, scenario),
        fewest_gpus(summary, scenario),
    )


def largest(summary: ParameterSummary, scenario: Scenario) -> Largest:
    """The largest context, batch and rank that fit on the scenario's GPUs."""

    def most(field: str, limit: int) -> int:
        return largest_value(lambda n: fits(summary, scenario.with_(**{field: n})), limit)

    adapter = scenario.mode in (Mode.LORA, Mode.QLORA)
    rank = most("lora_rank", MAX_RANK) if adapter else None
    if summary.config.is_diffusion:
        return Largest(None, None, rank)
    longest = summary.config.context_length or 0
    return Largest(
        context=most("context", min(longest, MAX_CONTEXT) if longest > 0 else MAX_CONTEXT),
        batch=most("batch", MAX_BATCH),
        rank=rank,
    )


def best_precision(summary: ParameterSummary, scenario: Scenario) -> str | None:
    """The precision of most bytes that fits, no more than the files have; None if none does."""
    summary = marked(summary, scenario)
    sizes = {
        name: weights(summary, name).bytes
        for name, row in PRECISIONS.items()
        if _possible(row, scenario.mode)
    }
    ranked = sorted(sizes, key=lambda name: -sizes[name])
    held = weights(summary, "stored").bytes
    return next(
        (
            name
            for name in ranked
            if sizes[name] <= held and fits(summary, scenario.with_(precision=name))
        ),
        None,
    )


def fewest_gpus(summary: ParameterSummary, scenario: Scenario) -> int | None:
    """The smallest number of the scenario's GPUs on which it fits; None if thousands do not do."""
    if scenario.gpus is None:
        return None
    gpu = scenario.gpus.gpu

    def lacks(count: int) -> bool:
        return not fits(summary, scenario.with_(gpus=Gpus(gpu, count)))

    found = largest_value(lacks, MOST_GPUS) + 1
    return found if found <= MOST_GPUS else None


def fits(summary: ParameterSummary, scenario: Scenario) -> bool:
    """Whether a scenario fits on its GPUs; it does where none is named."""
    found = verdict(summary, scenario, estimate(summary, scenario))
    return found is None or found.fits


def largest_value(holds: Callable[[int], bool], limit: int) -> int:
    """The largest n up to `limit` that holds, if all below it do: n holds, n + 1 does not."""
    low, high = 0, 1
    while high <= limit and holds(high):
        low, high = high, high * 2
    high = min(high, limit + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _possible(row: Precision, mode: Mode) -> bool:
    """Whether the mode can hold weights in it; a full fine-tune has precisions of its own."""
    if row.textbook or mode is Mode.FULL:
        return False
    if mode is Mode.QLORA:
        return row.converts is Converts.LINEAR
    return mode is Mode.INFERENCE or row.converts is not Converts.MATRICES
