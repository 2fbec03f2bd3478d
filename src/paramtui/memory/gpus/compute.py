"""Compute: FLOPs and bytes read for a token, of what one token meets only.

A multiplication and an addition are two FLOPs. Norms, activation functions, rows of embeddings and
the updates of recurrent states are left out: the figures are never too high.
"""

from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup, visited_experts
from paramtui.memory.cache.attention import AttentionLayers, cache_layout
from paramtui.memory.cache.generation import generates
from paramtui.memory.figure import Term
from paramtui.memory.layout.linear import is_linear
from paramtui.memory.layout.weights import weights_by_group
from paramtui.memory.scenario import Scenario
from paramtui.memory.training.dimensions import dimensions
from paramtui.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.memory.cache.depth import Depth

ELSEWHERE = (
    Category.VISION,
    Category.AUDIO,
    Category.PROJECTOR,
    Category.MTP,
    Category.ADAPTER,
    Category.EMBEDDING,
    Category.HEAD,
)
"""What no token of a text is multiplied by, and the head, which has a term of its own."""


def decode_flops(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """Of one token that is written after `context` others; none for a model that only reads."""
    if not generates(summary.config):
        return ()
    held = cache_layout(summary).attention
    attention = (_looked_at(part, summary.config, scenario) for part in held)
    return (*_linear(summary), *_head(summary), *attention)


def prefill_flops(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """Of reading a whole prompt of `context` tokens; only its last one needs the head.

    None for an encoder-decoder, whose encoder reads the prompt.
    """
    if summary.config.root.flag("is_encoder_decoder"):
        return ()
    writes = generates(summary.config)
    linear = (_times(term, context=scenario.context) for term in _linear(summary))
    head = _head(summary) if writes else _every(_head(summary), scenario)
    return (*linear, *head, *_pairs(summary, scenario))


def training_flops(
    summary: ParameterSummary,
    scenario: Scenario,
    trained: int | None,
    reached: "Depth | None" = None,
) -> tuple[Term, ...]:
    """Of one training step on one sequence: forward once, backward twice that.

    With an adapter of `trained` parameters, and where a branch is frozen, the frozen matrices have
    no gradients of their own; where not all layers are `reached` by the backward pass they count
    once, which may be too low. Where nothing is trained a step is a forward pass.
    None for an encoder-decoder, whose sequences have two lengths.
    """
    if summary.config.root.flag("is_encoder_decoder"):
        return ()
    backward = reached is None or reached.anything
    through = reached is None or len(reached.layers) >= len(dimensions(summary).numbered)
    whole = 3 if trained is None else 2
    terms: list[Term] = []
    for passes, frozen in ((whole, False), (2 if through else 1, True)):
        matrices = (*_linear(summary, frozen), *_head(summary, frozen))
        factors = {"passes": passes} if backward else {}
        terms += [
            _times(term, **factors, context=scenario.context) for term in matrices if term.value
        ]
    pairs = _pairs(summary, scenario)
    rounds = {"passes": 3 if through else 1} if backward else {}
    terms += [_times(term, **rounds) for term in pairs]
    if trained:
        size = {"trainable": trained, "context": scenario.context}
        terms.append(Term.of("adapter", "6 × trainable × context", **size))
    return tuple(terms)


class Read(NamedTuple):
    """Bytes of the weights that writing one token reads."""

    every: int
    """Of what every token meets."""
    routed: int
    """Of all routed experts."""
    visited: int
    experts: int


@lru_cache(maxsize=32)
def weights_read(summary: ParameterSummary, precision: str) -> Read:
    """The weights one token meets, at a precision: a table of embeddings only where it is tied."""
    every = routed = embedding = head = 0
    visited, experts = 1, 1
    for group, _, nbytes in weights_by_group(summary, precision):
        if group.category is Category.EMBEDDING:
            embedding += nbytes
        elif group.category not in ELSEWHERE or group.category is Category.HEAD:
            head += nbytes if group.category is Category.HEAD else 0
            share = visited_experts(group, summary.config)
            if share and not _encodes(group, summary.config):
                visited, experts = share
                routed += nbytes
            elif not _encodes(group, summary.config):
                every += nbytes
    return Read(every + (0 if head else embedding), routed, visited, experts)


@lru_cache(maxsize=16)
def _linear(summary: ParameterSummary, frozen: bool | None = None) -> tuple[Term, ...]:
    """Two FLOPs for every entry of the matrices one token meets: of all, or of the `frozen`."""
    every, routed = 0, dict[tuple[int, int], int]()
    for group in summary.groups:
        if not is_linear(group) or group.category in ELSEWHERE or _encodes(group, summary.config):
            continue
        if frozen is not None and frozen != (group.trained is False):
            continue
        share = visited_experts(group, summary.config)
        if share:
            routed[share] = routed.get(share, 0) + group.parameters
        else:
            every += group.parameters
    name = "frozen " if frozen else ""
    terms = [Term.of(f"{name}linear layers", "2 × parameters", parameters=every)]
    for (visited, experts), parameters in routed.items():
        values = {"routed": parameters, "visited": visited, "experts": experts}
        terms.append(Term.of(f"{name}visited experts", "2 × routed × visited ÷ experts", **values))
    return tuple(terms)


def _head(summary: ParameterSummary, frozen: bool | None = None) -> tuple[Term, ...]:
    sizes = dimensions(summary)
    if not sizes.vocabulary or not sizes.hidden:
        return ()
    heads = [group for group in summary.groups if group.category is Category.HEAD]
    still = bool(heads) and all(group.trained is False for group in heads)
    if frozen is not None and frozen != still:
        return ()
    values = {"hidden": sizes.hidden, "vocabulary": sizes.vocabulary}
    return (Term.of("output head", "2 × hidden × vocabulary", **values),)


def _every(terms: tuple[Term, ...], scenario: Scenario) -> tuple[Term, ...]:
    return tuple(_times(term, context=scenario.context) for term in terms)


def _times(term: Term, **factors: int) -> Term:
    """The same for more tokens or passes."""
    formula = " × ".join((f"({term.formula})" if "+" in term.formula else term.formula, *factors))
    values = dict(zip(term.names, term.numbers, strict=True))
    return Term.of(term.label, formula, **{**values, **factors})


def _looked_at(part: AttentionLayers, config: ModelConfig, scenario: Scenario) -> Term:
    """Scores and sums of one token over the tokens before it."""
    values: dict[str, float] = {"layers": part.layers, "heads": max(config.heads or part.heads, 1)}
    if part.tokens:
        tokens, values["encoder_tokens"] = "encoder_tokens", part.tokens
    else:
        tokens, values["context"] = "context", scenario.context
        if part.limit:
            tokens, values["window"] = "min(context, window)", part.limit
    if part.latent:
        # The latent serves as keys and values; DeepSeek-V2 (arXiv:2405.04434) calls it absorbed.
        width = "(2 × latent + rope_key)"
        values |= {"latent": part.key_dim, "rope_key": part.value_dim}
    else:
        width = "(key_dim + value_dim)"
        values |= {"key_dim": part.key_dim, "value_dim": part.value_dim}
    label = f"attention, {part.layers} layers"
    return Term.of(label, f"2 × layers × heads × {width} × {tokens}", **values)


def _pairs(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """Scores and sums of all tokens of a sequence over one another."""
    config, held = summary.config, cache_layout(summary).attention
    if not generates(config):
        return tuple(
            Term.of(
                f"attention, {count} layers",
                "4 × layers × width × context × context",
                layers=count,
                width=shape.query_width,
                context=scenario.context,
            )
            for shape, count in dimensions(summary).shapes
            if shape.query_width
        )
    return tuple(_causal(part, config, scenario) for part in held if part.tokens is None)


def _causal(part: AttentionLayers, config: ModelConfig, scenario: Scenario) -> Term:
    """Every token over itself and those before it, no further back than the window."""
    values: dict[str, float] = {
        "layers": part.layers,
        "heads": max(config.heads or part.heads, 1),
        "context": scenario.context,
    }
    key, value = part.key_dim, part.value_dim
    if part.latent:
        key, value = _expanded(part, config)
    values |= {"key_dim": key, "value_dim": value}
    pairs = "context × (context + 1) ÷ 2"
    if part.limit and part.limit < scenario.context:
        pairs, values["window"] = "(context × window − window × (window − 1) ÷ 2)", part.limit
    label = f"attention, {part.layers} layers"
    return Term.of(label, f"2 × layers × heads × (key_dim + value_dim) × {pairs}", **values)


def _expanded(part: AttentionLayers, config: ModelConfig) -> tuple[int, int]:
    """Widths of a head's keys and values once the latent is expanded, as a prompt is read."""
    own = max(config.text.positive("qk_nope_head_dim") or 0, 0)
    return own + part.value_dim, max(config.text.positive("v_head_dim") or own, 0)


def _encodes(group: TensorGroup, config: ModelConfig) -> bool:
    """Whether it is part of the encoder of an encoder-decoder."""
    if not config.root.flag("is_encoder_decoder"):
        return False
    parts = group.pattern.split(".")
    return "encoder" in parts and "decoder" not in parts
