"""Roofline: no more tokens a second than a GPU's datasheet allows.

Work takes at least as long as its arithmetic at the peak rate, and as its reading at the peak
bandwidth (Williams, Waterman and Patterson, "Roofline", CACM 52-4, 2009). Real software is slower.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from fractions import Fraction
from math import ceil

from paramtui.memory.explain.explanation import Explanation
from paramtui.memory.figure import Basis, Term, evaluate
from paramtui.memory.gpus.hardware import Gpu
from paramtui.memory.gpus.parallel import Plan
from paramtui.memory.scenario import Mode, Scenario
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record

BOUND = "A bound by the datasheet: real software is slower."
ROOFLINE = "Williams, Waterman and Patterson, Roofline, CACM 52-4"


class Limit(str, Enum):
    """The side of the roofline that limits."""

    BANDWIDTH = "memory bandwidth"
    ARITHMETIC = "arithmetic"


class Bound(Record):
    """No more tokens a second than this, and what limits them."""

    name: str
    """`decode`, `prefill` or `training`."""
    limit: Limit
    explanation: Explanation

    @property
    def tokens_per_second(self) -> Fraction:
        """The bound."""
        return Fraction(self.explanation.value)


def bounds(
    figures: Mapping[str, Explanation],
    scenario: Scenario,
    plan: Plan,
    gpu: Gpu,
    tflops: float | None,
) -> Iterator[Bound]:
    """The roofline of each figure the datasheet bounds, `tflops` its peak rate."""
    trains = scenario.mode is not Mode.INFERENCE
    gpus = plan.shards if trains else plan.tensor * min(plan.stages, scenario.batch)
    peak = _Peak(gpu, gpus, tflops) if tflops else None
    written, read = figures.get("decode_flops"), figures.get("decode_bytes")
    if written and read:
        slowest = [_bandwidth(read, gpus, scenario, gpu)] if gpu.bandwidth else []
        slowest += [_arithmetic("decode", written, scenario, peak)] if peak else []
        if slowest:
            yield min(slowest, key=lambda bound: bound.tokens_per_second)
    for name, figure in (("prefill", "prefill_flops"), ("training", "step_flops")):
        if figure in figures and peak:
            yield _arithmetic(name, figures[figure], scenario, peak)


class _Peak(NamedTuple):
    """GPUs that compute at once, at their peak rate."""

    gpu: Gpu
    gpus: int
    tflops: float


def _bandwidth(read: Explanation, gpus: int, scenario: Scenario, gpu: Gpu) -> Bound:
    values = {
        "batch": scenario.batch,
        "bytes_a_second": round((gpu.bandwidth or 0) * 10**9),
        "gpus": gpus,
        "bytes_read": ceil(read.value),
    }
    formula = "batch × bytes_a_second × gpus ÷ bytes_read"
    return _bound("decode", Limit.BANDWIDTH, formula, values, gpu)


def _arithmetic(name: str, work: Explanation, scenario: Scenario, peak: _Peak) -> Bound:
    values = {
        "flops_a_second": round(peak.tflops * 10**12),
        "gpus": peak.gpus,
        "flops": ceil(work.value),
    }
    formula = "flops_a_second × gpus ÷ flops"
    if name != "decode":
        formula, values = f"context × {formula}", {"context": scenario.context, **values}
    return _bound(name, Limit.ARITHMETIC, formula, values, peak.gpu)


TITLES = {
    "decode": "tokens written a second, at most",
    "prefill": "tokens of a prompt read a second, at most",
    "training": "tokens trained a second, at most",
}


def _bound(name: str, limit: Limit, formula: str, values: dict[str, int], gpu: Gpu) -> Bound:
    value = evaluate(formula, **values)
    term = Term(TITLES[name], formula, tuple(values), tuple(values.values()), ceil(value))
    explanation = Explanation(
        name=f"gpu.speed.{name}",
        title=TITLES[name],
        value=value,
        unit="tokens/s",
        terms=(term,),
        basis=Basis.ESTIMATE,
        source=f"{gpu.source}; {ROOFLINE}",
        convention=f"{BOUND} Limited by {limit.value}.",
    )
    return Bound(name, limit, explanation)
