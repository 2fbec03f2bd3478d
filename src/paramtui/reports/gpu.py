"""The verdict and the speed in a report: as JSON and as pairs of a title and words."""

from collections.abc import Iterator

from paramtui.checkpoint.config import Json
from paramtui.memory.explain.explanation import title_of
from paramtui.memory.gpus.solve import Largest, Solved
from paramtui.memory.gpus.speed import Speed
from paramtui.memory.gpus.verdict import Fit, Verdict
from paramtui.reports.facts import NOT_AT_PEAK
from paramtui.reports.units import Units, duration, exact, flops, memory


def gpu_document(verdict: Verdict, solved: Solved, speed: Speed) -> dict[str, Json]:
    """`gpu` of the JSON: sizes are those of one GPU, `free_bytes` of the fullest one."""
    gpu, plan, need = verdict.gpus.gpu, verdict.share.plan, verdict.need
    most = solved.largest
    return {
        "name": gpu.name,
        "count": verdict.gpus.count,
        "usable_bytes": verdict.usable_bytes,
        "fits": verdict.fits,
        "free_bytes": verdict.free_bytes,
        "largest": {"context": most.context, "batch": most.batch, "rank": most.rank},
        "verdict": verdict.fit.value,
        "best_precision": solved.precision,
        "smallest_count": solved.gpus,
        "label": gpu.label,
        "kind": gpu.kind.value,
        "memory_bytes": gpu.memory_bytes,
        "usable_rule": verdict.usable_rule,
        "bandwidth_gb_s": gpu.bandwidth,
        "tflops_16": gpu.tflops_16,
        "tflops_8": gpu.tflops_8,
        "tflops_4": gpu.tflops_4,
        "source": gpu.source,
        "plan": {"label": plan.label, "gpus": plan.gpus, "source": plan.source},
        "per_gpu": {
            "components": [
                {
                    "name": part.name,
                    "bytes": part.bytes,
                    "formula": part.formula,
                    "at_peak": need.at_peak(part.name),
                }
                for part in need.components
            ],
            "peak_bytes": need.peak_bytes,
            "total_bytes": need.total_bytes,
            "total_upper_bytes": need.total_upper_bytes,
        },
        "speed": {
            bound.name: {
                "tokens_per_second": float(bound.tokens_per_second),
                "limited_by": bound.limit.value,
            }
            for bound in speed.bounds
        },
    }


def gpu_facts(verdict: Verdict, solved: Solved, units: Units) -> Iterator[tuple[str, str]]:
    """What the verdict says, a title and words each."""
    gpu, count = verdict.gpus.gpu, verdict.gpus.count
    usable = f"{memory(verdict.usable_bytes, units)} usable"
    if count == 1:
        yield "GPU", f"{gpu.label}, {usable} ({verdict.usable_rule})"
    else:
        yield "GPUs", f"{count} × {gpu.label}, {usable} on each ({verdict.usable_rule})"
        yield "shared by", _plan_words(verdict)
        yield "on each", _each(verdict, units)
    yield "verdict", _verdict_words(verdict, units)
    if words := _most(solved.largest):
        yield "at most", words
    if solved.precision is not None:
        yield "best precision", f"{solved.precision} is the widest that fits"
    yield "fewest GPUs", "no number of them" if solved.gpus is None else exact(solved.gpus)


def speed_facts(speed: Speed, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    """What it takes to compute, and no faster than what; a title and words each."""
    compute = [
        f"{flops(int(item.value))} {words}"
        for name, words in COMPUTE
        if (item := speed.figure(name)) is not None
    ]
    if compute:
        yield "compute", ", ".join(compute)
    for bound in speed.bounds:
        rate = float(bound.tokens_per_second)
        shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
        words = f"no more than {shown} tokens a second {DONE[bound.name]}"
        yield "speed", f"{words}, by {bound.limit.value}"
    whole = speed.figure("training_flops")
    rule = speed.figure("training_flops_6nd")
    if rule is not None:
        counted = f", counted {flops(int(whole.value))}" if whole else ""
        yield "training run", f"6 N D = {flops(int(rule.value))}{counted}{_time(speed, verdict)}"


COMPUTE = (
    ("decode_flops", "to write a token"),
    ("prefill_flops", "to read the prompt"),
    ("step_flops", "to train on a sequence"),
)
DONE = {"decode": "written", "prefill": "read", "training": "trained on"}


def _time(speed: Speed, verdict: Verdict | None) -> str:
    time = speed.figure("training_seconds")
    if time is None or verdict is None:
        return ""
    return f", at least {duration(float(time.value))} on {verdict.gpus}"


def _plan_words(verdict: Verdict) -> str:
    plan, count = verdict.share.plan, verdict.gpus.count
    if plan.gpus == 1:
        return f"none: one GPU of {count} holds it, and shared it would need no less on each"
    return plan.label if plan.gpus == count else f"{plan.label}, of {count}"


def _each(verdict: Verdict, units: Units) -> str:
    need = verdict.need
    parts = (
        f"{title_of(part.name)} {memory(part.bytes, units)}"
        + ("" if need.at_peak(part.name) else f" ({NOT_AT_PEAK})")
        for part in need.components
    )
    total = memory(need.total_bytes, units)
    return f"{', '.join(parts)}; {total}, up to {memory(need.total_upper_bytes, units)}"


def _verdict_words(verdict: Verdict, units: Units) -> str:
    free = memory(abs(verdict.free_bytes), units)
    each = " on the fullest" if verdict.share.plan.gpus > 1 else ""
    if not verdict.fits:
        return f"{verdict.fit.value}: {free} too much{each}"
    if verdict.fit is Fit.TIGHT:
        lacks = memory(verdict.need.total_upper_bytes - verdict.usable_bytes, units)
        return f"{verdict.fit.value}: {free} left{each}, or {lacks} too much at the high end"
    return f"{verdict.fit.value}: {free} left{each}"


def _most(most: Largest) -> str:
    """Each limit alone, in words; 0 is said as none."""
    words = []
    if most.context is not None:
        words.append(f"{exact(most.context)} tokens" if most.context else "not one token")
    if most.batch is not None:
        words.append(f"batch {exact(most.batch)}" if most.batch else "no batch")
    if most.rank is not None:
        words.append(f"rank {exact(most.rank)}" if most.rank else "no rank")
    return f"{', '.join(words)}; each alone, the rest as set" if words else ""
