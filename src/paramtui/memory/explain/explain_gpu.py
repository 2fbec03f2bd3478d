"""The verdict on the GPUs, explained: what one has, what it holds, what is left."""

from collections.abc import Iterator

from paramtui.memory.explain.explain_memory import explain_total
from paramtui.memory.explain.explanation import Explanation, explain_component, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.gpus.verdict import Verdict
from paramtui.record import replace

DRIVERS = "drivers' and frameworks' own totals"


def explain_gpu(verdict: Verdict) -> Iterator[Explanation]:
    """What can be used, what the fullest GPU holds, and the difference."""
    yield explain_usable(verdict)
    if verdict.share.plan.gpus > 1:
        for part in verdict.need.components:
            yield replace(explain_component(part), name=f"gpu.{part.name}")
    total = explain_total(verdict.need)
    yield replace(
        total,
        name="gpu.total_bytes",
        title="total on the fullest GPU",
        source=verdict.share.plan.source or total.source,
        convention=f"{verdict.share.plan.label[:1].upper()}{verdict.share.plan.label[1:]}.",
    )
    yield explain_free(verdict)


def explain_usable(verdict: Verdict) -> Explanation:
    """What one GPU has for the scenario, by its rule."""
    gpu = verdict.gpus.gpu
    term = Term.of(gpu.label, "usable", usable=gpu.usable_bytes)
    if verdict.utilization is not None:
        values = {"usable": gpu.usable_bytes, "utilization": verdict.utilization}
        term = Term.of(gpu.label, "⌊usable × utilization⌋", **values)
    return summed(
        "gpu.usable_bytes",
        f"usable memory of one {gpu.name}",
        "bytes",
        (term,),
        Basis.ESTIMATE,
        DRIVERS,
        f"{verdict.usable_rule[:1].upper()}{verdict.usable_rule[1:]}.",
    )


def explain_free(verdict: Verdict) -> Explanation:
    """What the fullest GPU has left; what it lacks, where that is negative."""
    values = {"usable": verdict.usable_bytes, "total": verdict.need.total_bytes}
    return summed(
        "gpu.free_bytes",
        "left on the fullest GPU" if verdict.fits else "lacking on the fullest GPU",
        "bytes",
        (Term.of("left", "usable − total", **values),),
        Basis.ESTIMATE,
        "the figures above",
        f"At the low end of the overheads; it {verdict.fit.value}.",
    )
