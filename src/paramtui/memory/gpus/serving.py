"""Inference on several GPUs: tensor-parallel ranks, pipeline stages, whole experts to each rank."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.attention import AttentionLayers, cache_layout
from paramtui.memory.cache.kv_cache import cache_term
from paramtui.memory.cache.recurrence import RecurrentLayers
from paramtui.memory.cache.state import state_terms
from paramtui.memory.figure import Component, Term
from paramtui.memory.gpus.parallel import Parallel, Plan
from paramtui.memory.gpus.sharding import Cut, key_heads, layout
from paramtui.memory.overhead import shares
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario
from paramtui.memory.training.dimensions import dimensions
from paramtui.memory.training.workspace import prefill
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace

MOST_RANKS, MOST_STAGES = 1024, 128
"""More of either is not tried."""


class Stage(NamedTuple):
    """The layers one pipeline stage holds: from `start` to before `stop`."""

    start: int
    stop: int

    @property
    def layers(self) -> int:
        """How many there are."""
        return self.stop - self.start


def plans(summary: ParameterSummary, scenario: Scenario, count: int) -> Iterator[Plan]:
    """Every way to share the model among at most `count` GPUs by the scenario's strategy."""
    strategy, layers = scenario.parallel, dimensions(summary).layers
    experts = strategy is Parallel.EXPERT
    vocabulary = strategy is not Parallel.TENSOR_WHOLE_VOCABULARY
    cut = strategy is not Parallel.PIPELINE
    staged = strategy in (Parallel.AUTO, Parallel.PIPELINE)
    for ranks in possible_ranks(summary, experts=experts) if cut else (1,):
        most = min(count // ranks, max(layers, 1), MOST_STAGES if staged else 1)
        for number in range(1, most + 1):
            yield Plan(
                tensor=ranks,
                stages=number,
                experts=experts and ranks > 1,
                vocabulary=vocabulary or ranks == 1,
            )


@lru_cache(maxsize=16)
def possible_ranks(summary: ParameterSummary, *, experts: bool = False) -> tuple[int, ...]:
    """How many ranks may share a layer: heads and columns must come out even, as vLLM asks.

    Key heads may be fewer, if they divide the ranks: each then stands on several of them.
    """
    heads, shapes = summary.config.heads or 0, [shape for shape, _ in dimensions(summary).shapes]
    kept = [part.heads for part in cache_layout(summary).attention if not part.latent]
    columns = [shape.intermediate for shape in shapes]
    if experts:
        heads = min(heads, max((shape.experts for shape in shapes), default=0))
    else:
        columns += [shape.expert_width for shape in shapes]
    several = (
        ranks
        for ranks in range(2, min(heads, MOST_RANKS) + 1)
        if (summary.config.heads or 0) % ranks == 0
        and all(keys % ranks == 0 or ranks % keys == 0 for keys in kept)
        and all(width % ranks == 0 for width in columns)
    )
    return (1, *several)


def needs(summary: ParameterSummary, scenario: Scenario, plans: Iterator[Plan]) -> dict[Plan, int]:
    """Bytes that stay on a rank of each plan's fullest stage: weights, cache and state."""
    kept: dict[int, _Kept] = {}
    found = {}
    for plan in plans:
        if plan.tensor not in kept:
            kept[plan.tensor] = _Kept.of(summary, scenario, plan.tensor)
        found[plan] = max(_staying(summary, scenario, plan, kept[plan.tensor]))
    return found


def fullest(
    summary: ParameterSummary, scenario: Scenario, plan: Plan, whole: MemoryEstimate
) -> tuple[Component, ...]:
    """The components of a rank of the plan's fullest stage, but for the overhead."""
    staying = _staying(summary, scenario, plan, _Kept.of(summary, scenario, plan.tensor))
    number = staying.index(max(staying))
    stage = stages(dimensions(summary).layers, plan.stages)[number]
    cache, state = whole.component("kv_cache"), whole.component("state")
    parts = [
        replace(whole.components[0], terms=_weight_terms(summary, scenario, plan, stage)),
        cache and _cache(summary, scenario, plan, number, cache),
        state and replace(state, terms=_state_terms(summary, scenario, plan, stage)),
        prefill(summary, scenario, plan.tensor),
    ]
    return tuple(part for part in parts if part is not None)


@lru_cache(maxsize=512)
def stages(layers: int, count: int) -> tuple[Stage, ...]:
    """As many layers to each stage; what is left over to the ones before the last, as vLLM does."""
    each, left = divmod(layers, count)
    sizes = [each + (count - 1 - left <= number < count - 1) for number in range(count)]
    stops = accumulate(sizes)
    return tuple(Stage(stop - size, stop) for size, stop in zip(sizes, stops, strict=True))


class _Kept(NamedTuple):
    """What a rank keeps of the tokens so far, in one layer of each kind."""

    cache: tuple[int, ...]
    state: int
    """Of a layer of each kind together, all of them in every stage's measure."""

    @classmethod
    def of(cls, summary: ParameterSummary, scenario: Scenario, ranks: int) -> "_Kept":
        held = cache_layout(summary)
        parts = (_rank_part(part, ranks)._replace(layers=1) for part in held.attention)
        terms = (
            term
            for part in held.recurrent
            for term in state_terms(_rank_state(part, ranks), scenario.batch)
        )
        cache = tuple(cache_term(part, scenario).value for part in parts)
        return cls(cache, sum(term.value for term in terms))


def _staying(summary: ParameterSummary, scenario: Scenario, plan: Plan, kept: _Kept) -> list[int]:
    """What stays on a rank of each stage, with the overhead that grows with its weights."""
    layers = dimensions(summary).layers
    sizes = _stage_weights(summary, scenario.weights_precision, plan)
    more = shares(scenario.overheads)[1]
    counts = _stage_kinds(summary, plan.stages)
    return [
        size
        + int(size * more)
        + sum(number * each for number, each in zip(kinds, kept.cache, strict=True))
        + -(-kept.state * stage.layers // max(layers, 1))
        for size, kinds, stage in zip(sizes, counts, stages(layers, plan.stages), strict=True)
    ]


@lru_cache(maxsize=4096)
def _stage_weights(summary: ParameterSummary, precision: str, plan: Plan) -> tuple[int, ...]:
    """Bytes of the weights of a rank of each stage."""
    found = layout(summary, precision)
    return tuple(
        sum(term.value for term in _terms(found.stage(*stage), plan, summary))
        for stage in stages(found.layers, plan.stages)
    )


@lru_cache(maxsize=128)
def _stage_kinds(summary: ParameterSummary, count: int) -> tuple[tuple[int, ...], ...]:
    """How many layers of each kind of cache each stage has."""
    held = cache_layout(summary)
    found = []
    for stage in stages(dimensions(summary).layers, count):
        layers = held.by_layer[stage.start : stage.stop]
        found.append(
            tuple(sum(kinds.count(i) for kinds in layers) for i in range(len(held.attention)))
        )
    return tuple(found)


def _weight_terms(
    summary: ParameterSummary, scenario: Scenario, plan: Plan, stage: Stage
) -> tuple[Term, ...]:
    return _terms(layout(summary, scenario.weights_precision).stage(*stage), plan, summary)


def _terms(sizes: dict[Cut, int], plan: Plan, summary: ParameterSummary) -> tuple[Term, ...]:
    """What one rank holds of a stage's weights."""
    by_parts: dict[int, int] = {}
    terms = []
    experts = max((shape.experts for shape, _ in dimensions(summary).shapes), default=0)
    for cut, nbytes in sizes.items():
        if cut is Cut.EXPERTS and plan.experts:
            formula, values = "experts × ⌈number ÷ ranks⌉ ÷ number", {"number": experts}
            terms.append(Term.of(cut.value, formula, experts=nbytes, ranks=plan.tensor, **values))
            continue
        whole = cut is Cut.WHOLE or (cut is Cut.VOCABULARY and not plan.vocabulary)
        parts = 1 if whole else plan.tensor
        parts = min(parts, key_heads(summary)) if cut is Cut.KEYS else parts
        by_parts[parts] = by_parts.get(parts, 0) + nbytes
    for parts, nbytes in by_parts.items():
        if parts == 1:
            terms.append(Term.of("whole on each GPU", "whole", whole=nbytes))
        else:
            terms.append(Term.of(f"cut in {parts}", "cut ÷ parts", cut=nbytes, parts=parts))
    return tuple(term for term in terms if term.value)


def _cache(
    summary: ParameterSummary, scenario: Scenario, plan: Plan, number: int, whole: Component
) -> Component | None:
    """The cache of a rank of one stage; None where its layers keep none."""
    counts = _stage_kinds(summary, plan.stages)[number]
    parts = [
        _rank_part(part, plan.tensor)._replace(layers=count)
        for part, count in zip(cache_layout(summary).attention, counts, strict=True)
        if count
    ]
    if not parts:
        return None
    upper = tuple(cache_term(part._replace(limit=None), scenario) for part in parts)
    differs = whole.upper_bytes is not None
    return replace(
        whole,
        terms=tuple(cache_term(part, scenario) for part in parts),
        upper_bytes=sum(term.value for term in upper) if differs else None,
        upper_terms=upper if differs else (),
    )


def _state_terms(
    summary: ParameterSummary, scenario: Scenario, plan: Plan, stage: Stage
) -> tuple[Term, ...]:
    """The state of a rank of one stage; recurrent layers are spread evenly over the stages."""
    whole = sum(
        term.value
        for part in cache_layout(summary).recurrent
        for term in state_terms(_rank_state(part, plan.tensor), scenario.batch)
    )
    layers = max(dimensions(summary).layers, 1)
    values = {"state_of_a_rank": whole, "here": stage.layers, "layers": layers}
    return (Term.of("recurrent layers", "state_of_a_rank × here ÷ layers", **values),)


def _rank_part(part: AttentionLayers, ranks: int) -> AttentionLayers:
    """What one rank keeps: its heads, at least one; a latent and an indexer's key whole."""
    return part if part.latent else part._replace(heads=-(-part.heads // ranks))


def _rank_state(part: RecurrentLayers, ranks: int) -> RecurrentLayers:
    """The same of a recurrent layer: its heads and channels where they come out even."""
    even = part.rows % ranks == 0 and part.channels % ranks == 0
    return part._replace(rows=part.rows // ranks, channels=part.channels // ranks) if even else part
