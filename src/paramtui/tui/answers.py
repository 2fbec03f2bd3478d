"""The inverse answers, a row each: what is shown, and in a sentence what it means; no Textual."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from paramtui.memory.choices import Mode
from paramtui.named_tuple import NamedTuple
from paramtui.reports.units import exact, plural
from paramtui.tui.controls import ADAPTERS
from paramtui.tui.costs import Costs

if TYPE_CHECKING:
    from paramtui.memory.gpus.solve import Solved
    from paramtui.memory.gpus.verdict import Verdict

PENDING = "…"
"""What stands where an answer is on its way: nothing moves when it comes."""


class Answer(NamedTuple):
    """One answer, by its place in the JSON."""

    name: str
    title: str
    meaning: str
    value: Callable[[Solved], str]
    applies: Callable[[Costs], bool] = lambda _: True


def _or_none(number: int | None, noun: str) -> str:
    return plural(number, noun) if number else f"not one {noun}"


def _precision(name: str | None) -> str:
    return {None: "none fits", "stored": "as stored"}.get(name, name or "")


def _runs_tokens(costs: Costs) -> bool:
    return not costs.config.is_diffusion


ALONE = "Found by bisection, all else as set: this still fits, and one more does not."
ANSWERS = (
    Answer(
        "gpu.largest.context",
        "longest context",
        f"The longest sequences that fit, up to what the model was made for. {ALONE}",
        lambda solved: _or_none(solved.largest.context, "token"),
        _runs_tokens,
    ),
    Answer(
        "gpu.largest.batch",
        "largest batch",
        f"The most sequences at once that fit. {ALONE}",
        lambda solved: _or_none(solved.largest.batch, "sequence"),
        _runs_tokens,
    ),
    Answer(
        "gpu.largest.rank",
        "largest LoRA rank",
        f"The largest rank that fits. {ALONE}",
        lambda solved: exact(solved.largest.rank) if solved.largest.rank else "not even 1",
        lambda costs: costs.scenario.mode in ADAPTERS,
    ),
    Answer(
        "gpu.best_precision",
        "best precision",
        "The widest precision of the weights that fits, all else as set; no wider than the files'.",
        lambda solved: _precision(solved.precision),
        # A full fine-tuning holds its weights as its training precision has them.
        lambda costs: costs.scenario.mode is not Mode.FULL,
    ),
    Answer(
        "gpu.smallest_count",
        "fewest GPUs",
        "The smallest number of these GPUs on which it fits as set, shared in the best way.",
        lambda solved: exact(solved.gpus) if solved.gpus else "no number",
    ),
)


def answers_of(costs: Costs) -> Iterator[Answer]:
    """The rows that say something of a scenario with a GPU."""
    return (row for row in ANSWERS if costs.verdict is not None and row.applies(costs))


def answered(row: Answer, costs: Costs) -> str:
    """The answer in words, or that it is on its way."""
    return row.value(costs.answers.solved) if costs.answers else PENDING


def answer_named(name: str) -> Answer | None:
    """The row at a place in the JSON."""
    return next((row for row in ANSWERS if row.name == name), None)


def gpus_title(verdict: Verdict) -> str:
    """`H100`, `4 × H100`."""
    gpus = verdict.gpus
    return gpus.gpu.name if gpus.count == 1 else f"{gpus.count:,} × {gpus.gpu.name}"
