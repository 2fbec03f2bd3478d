"""Speed: FLOPs and bytes of a token written, read or trained on, and the bounds that follow."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.explain.explanation import Explanation, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.gpus.compute import decode_flops, prefill_flops, training_flops, weights_read
from paramtui.memory.marks.marks import marked
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.memory.gpus.roofline import Bound
    from paramtui.memory.gpus.verdict import Verdict

SHAPES = "shapes of the matrices, two FLOPs an entry; Kaplan et al., arXiv:2001.08361, section 2.1"
LEFT_OUT = "Norms, embeddings' rows and updates of recurrent states are left out."


class Speed(Record):
    """FLOPs and bytes; bounds only where a GPU is named whose datasheet gives its rates."""

    figures: tuple[Explanation, ...]
    bounds: tuple[Bound, ...]

    def figure(self, name: str) -> Explanation | None:
        """The figure of that name, without its `speed.`."""
        return next((item for item in self.figures if _named(item) == name), None)


def speed(
    summary: ParameterSummary,
    scenario: Scenario,
    estimate: MemoryEstimate,
    verdict: Verdict | None,
) -> Speed:
    """FLOPs, bytes and bounds of a scenario, whose estimate on one GPU is given."""
    summary = marked(summary, scenario)
    if summary.partial or summary.config.is_diffusion:
        return Speed((), ())
    trains = scenario.mode is not Mode.INFERENCE
    figures = list((_trained if trains else _run)(summary, scenario, estimate))
    if scenario.training_tokens:
        figures += _whole_run(summary, scenario, estimate)
    found = Speed(tuple(figures), ())
    if verdict is None:
        return found
    from paramtui.memory.gpus.arithmetic import multiplied_bits, rate
    from paramtui.memory.gpus.roofline import bounds

    gpu, named = verdict.gpus.gpu, {_named(item): item for item in found.figures if item.value > 0}
    tflops = rate(gpu, multiplied_bits(summary, scenario))
    limits = bounds(named, scenario, verdict.share.plan, gpu, tflops)
    return Speed((*found.figures, *_time(found, verdict)), tuple(limits))


def _named(item: Explanation) -> str:
    return item.name.removeprefix("speed.")


def _run(
    summary: ParameterSummary, scenario: Scenario, estimate: MemoryEstimate
) -> Iterator[Explanation]:
    """Inference: a token written, a prompt read, and the bytes of a step."""
    written = decode_flops(summary, scenario)
    if written:
        words = f"One token after {scenario.context:,} others. {LEFT_OUT}"
        yield _flops("decode_flops", "FLOPs to write a token", written, words)
    read = prefill_flops(summary, scenario)
    if sum(term.value for term in read):
        words = f"A whole prompt of {scenario.context:,} tokens, one sequence. {LEFT_OUT}"
        yield _flops("prefill_flops", "FLOPs to read the prompt", read, words)
    if written:
        yield _bytes(summary, scenario, estimate)


def _bytes(summary: ParameterSummary, scenario: Scenario, estimate: MemoryEstimate) -> Explanation:
    """What one step of decoding reads, which writes a token of each sequence."""
    held = weights_read(summary, scenario.weights_precision)
    terms = [Term.of("weights of every token", "weights", weights=held.every)]
    if held.routed:
        values = {"routed": held.routed, "visited": held.visited, "experts": held.experts}
        terms.append(Term.of("visited experts", "routed × visited ÷ experts", **values))
    for name in ("kv_cache", "state"):
        part = estimate.component(name)
        if part:
            terms.append(Term.of(name, name, **{name: part.bytes}))
    return summed(
        "speed.decode_bytes",
        "bytes read to write a token of each sequence",
        "bytes",
        terms,
        Basis.FORMULA,
        "what a step multiplies by, once: active weights and the cache",
        "Every sequence is taken to visit the same experts; a batch that does not reads more.",
    )


def _trained(
    summary: ParameterSummary, scenario: Scenario, estimate: MemoryEstimate
) -> Iterator[Explanation]:
    """Training: one step on one sequence."""
    trained = estimate.lora.trainable if estimate.lora else None
    from paramtui.memory.cache.depth import depth

    reached = depth(summary, scenario)
    terms = training_flops(summary, scenario, trained, reached)
    words = (
        "One sequence forward and backward; what gradient checkpointing runs again is not in it."
        if reached.anything
        else "One sequence forward: nothing is trained."
    )
    if sum(term.value for term in terms):
        yield _flops("step_flops", "FLOPs to train on a sequence", terms, f"{words} {LEFT_OUT}")


def _whole_run(
    summary: ParameterSummary, scenario: Scenario, estimate: MemoryEstimate
) -> Iterator[Explanation]:
    """A training run of so many tokens: the rule of thumb, and the count."""
    tokens = scenario.training_tokens or 0
    rule = Term.of(
        "6 N D", "6 × active_parameters × tokens", active_parameters=summary.active, tokens=tokens
    )
    yield summed(
        "speed.training_flops_6nd",
        "FLOPs of the training run, by the rule 6 N D",
        "FLOPs",
        (rule,),
        Basis.ESTIMATE,
        "Kaplan et al., arXiv:2001.08361; Hoffmann et al., arXiv:2203.15556, appendix F",
        "Two forward and four backward for each parameter and token; no attention.",
    )
    trained = estimate.lora.trainable if estimate.lora else None
    terms = tuple(
        _scaled(term, tokens, scenario.context)
        for term in training_flops(summary, scenario, trained)
    )
    words = f"Sequences of {scenario.context:,} tokens, attention included. {LEFT_OUT}"
    if terms:
        yield _flops("training_flops", "FLOPs of the training run", terms, words)


def _time(found: Speed, verdict: Verdict) -> Iterator[Explanation]:
    """How long a training run takes at least, all GPUs at their peak rate."""
    from paramtui.memory.gpus.arithmetic import rate

    work, peak = found.figure("training_flops"), rate(verdict.gpus.gpu, 16)
    if work is None or peak is None:
        return
    values = {
        "flops": ceil(work.value),
        "flops_a_second": round(peak * 10**12),
        "gpus": verdict.gpus.count,
    }
    yield summed(
        "speed.training_seconds",
        "time of the training run, at least",
        "seconds",
        (Term.of("at the peak rate", "flops ÷ (flops_a_second × gpus)", **values),),
        Basis.ESTIMATE,
        verdict.gpus.gpu.source,
        "A bound by the datasheet: half the peak is a good rate in practice.",
    )


def _scaled(term: Term, tokens: int, context: int) -> Term:
    """A term of one sequence for a whole run."""
    values = {"of_a_sequence": term.value, "tokens": tokens, "context": context}
    return Term.of(term.label, "of_a_sequence × tokens ÷ context", **values)


def _flops(name: str, title: str, terms: tuple[Term, ...], words: str) -> Explanation:
    return summed(f"speed.{name}", title, "FLOPs", terms, Basis.FORMULA, SHAPES, words)
