"""The figures of an estimate, explained: its components, the peak and the total."""

from collections.abc import Iterator

from paramtui.memory.explain.explanation import Explanation, explain_component, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.result import MemoryEstimate

TRUST = (Basis.EXACT, Basis.FORMULA, Basis.ESTIMATE)
"""A sum is as good as the worst of its terms."""
SOURCE = "the components"


def explain_memory(estimate: MemoryEstimate) -> Iterator[Explanation]:
    """Every component, then the peak, then the total."""
    for part in estimate.components:
        yield explain_component(part)
    yield explain_peak(estimate)
    yield explain_total(estimate)


def explain_peak(estimate: MemoryEstimate) -> Explanation:
    """What lives at the worst moment."""
    return summed(
        "memory.peak_bytes",
        "peak",
        "bytes",
        estimate.peak_terms,
        _basis(estimate),
        SOURCE,
        f"What the framework's allocator holds at the worst moment: {estimate.peak_formula}.",
        band=estimate.band,
    )


def explain_total(estimate: MemoryEstimate) -> Explanation:
    """Peak and overhead; the upper figure takes the upper figure of every component."""
    overhead = estimate.total_bytes - estimate.peak_bytes
    return summed(
        "memory.total_bytes",
        "total",
        "bytes",
        (
            Term.of("peak", "peak", peak=estimate.peak_bytes),
            Term.of("overhead", "overhead", overhead=overhead),
        ),
        Basis.ESTIMATE if overhead else _basis(estimate),
        SOURCE,
        "What one process on one GPU takes; at most, with every component at its upper figure.",
        band=estimate.band,
        upper=estimate.total_upper_bytes,
    )


def _basis(estimate: MemoryEstimate) -> Basis:
    parts = [part.basis for part in estimate.components if part.name != "overhead" and part.bytes]
    return max(parts, key=TRUST.index, default=Basis.EXACT)
