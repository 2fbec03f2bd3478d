"""llama.cpp's mixtures: the type of each matrix, and the bytes of them all."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import prod

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup
from paramtui.memory.figure import Term
from paramtui.memory.layout.gguf_role import GgufRole, gguf_role
from paramtui.record import Record

BLOCKS: dict[str, tuple[int, int]] = {
    "F32": (4, 1),
    "F16": (2, 1),
    "Q8_0": (34, 32),
    "Q5_1": (24, 32),
    "Q5_0": (22, 32),
    "Q4_0": (18, 32),
    "Q6_K": (210, 256),
    "Q5_K": (176, 256),
    "Q4_K": (144, 256),
}
"""Bytes and weights of one block (ggml/src/ggml-common.h)."""

FALLBACKS = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
"""For rows that are no multiple of a K-quant's 256 weights; float16 where 32 do not fit either."""


class Mixture(Record):
    """What a `llama-quantize` type does beyond its main type."""

    main: str
    more: str = ""
    """The type of attn_v and ffn_down in the layers that get more bits."""
    first: str = ""
    """The type of attn_v and ffn_down in the first layers."""
    eight_experts_output: str = ""
    """The type of attn_output in a model of eight experts."""


MIXTURES: dict[str, Mixture] = {
    "q8_0": Mixture("Q8_0"),
    "q6_k": Mixture("Q6_K"),
    "q5_k_m": Mixture("Q5_K", more="Q6_K"),
    "q4_k_m": Mixture("Q4_K", more="Q6_K", eight_experts_output="Q5_K"),
    "q4_k_s": Mixture("Q4_K", first="Q5_K", eight_experts_output="Q5_K"),
    "q4_0": Mixture("Q4_0"),
}
"""llama_tensor_get_type in src/llama-quant.cpp, for these types, without an importance matrix."""


class Facts(Record):
    """What the choice of types asks of the whole model."""

    layers: int
    values: tuple[int, ...]
    """The layers that have an attn_v, in order."""
    downs: tuple[int, ...]
    """The layers that have an ffn_down, in order."""
    experts: int
    tied: bool
    """Whether the embedding serves as the output, there being none."""
    falcon: bool
    seventy_billion: bool
    """llama.cpp's type 70B: 80 layers and fewer key/value heads than heads."""


Groups = Sequence[TensorGroup]


def mixture_terms(groups: Groups, name: str, summary: ParameterSummary) -> tuple[Term, ...]:
    """Bytes of these tensors of a checkpoint by type; no file header, no tokenizer.

    Types are chosen as for the whole checkpoint, so that a branch weighs the same wherever the
    rest is.
    """
    weights: dict[str, int] = defaultdict(int)
    for group, _, tensors, kind in _typed(groups, name, summary):
        weights[kind] += tensors * prod(group.logical_shape)
    return tuple(_term(kind, weights[kind]) for kind in BLOCKS if weights[kind])


def mixture_by_group(
    groups: Groups, name: str, summary: ParameterSummary
) -> Iterator[tuple[TensorGroup, Sequence[int], int]]:
    """The same bytes group by group, with the layers they stand in."""
    for group, layer, tensors, kind in _typed(groups, name, summary):
        nbytes, block = BLOCKS[kind]
        layers = group.layers if layer < 0 else (layer,) * tensors
        yield group, layers, tensors * prod(group.logical_shape) // block * nbytes


def _typed(
    groups: Groups, name: str, summary: ParameterSummary
) -> Iterator[tuple[TensorGroup, int, int, str]]:
    """Each group's layer, how many tensors it has there and their type; -1 for all layers."""
    mixture, facts = MIXTURES[name], _facts(summary.whole or summary)
    for group in groups:
        if not group.parameters:
            continue
        role = gguf_role(group, summary.config)
        for layer, tensors in _by_layer(group, role).items():
            kind = _fitting(_type(mixture, role, layer, group.in_features, facts), group)
            yield group, layer, tensors, kind


def _term(kind: str, weights: int) -> Term:
    nbytes, block = BLOCKS[kind]
    if block == 1:
        return Term.of(kind, "bytes × weights", bytes=nbytes, weights=weights)
    formula = "weights ÷ block × bytes"
    return Term.of(kind, formula, weights=weights, block=block, bytes=nbytes)


def _by_layer(group: TensorGroup, role: GgufRole) -> dict[int, int]:
    """How many of its tensors each layer has; in one number where the layer does not matter."""
    if role not in (GgufRole.ATTN_V, GgufRole.FFN_DOWN):
        return {-1: group.count}
    counts: dict[int, int] = defaultdict(int)
    for layer in group.layers:
        counts[layer] += 1
    return counts


def _type(mixture: Mixture, role: GgufRole, layer: int, row: int, facts: Facts) -> str:
    if role is GgufRole.FLOAT:
        return "F32"
    if role is GgufRole.TOWER:
        return "F16" if row else "F32"
    if role is GgufRole.OUTPUT or (role is GgufRole.TOKEN_EMBD and facts.tied):
        narrow = facts.falcon or row % BLOCKS[mixture.main][1] or mixture.main == "Q8_0"
        return "Q8_0" if narrow else "Q6_K"
    if role is GgufRole.ATTN_V:
        return _value_type(mixture, layer, facts)
    if role is GgufRole.FFN_DOWN:
        return _down_type(mixture, layer, facts)
    if facts.experts == 8 and role is GgufRole.ATTN_K:
        return "Q8_0"
    if facts.experts == 8 and role is GgufRole.ATTN_OUTPUT and not facts.falcon:
        return mixture.eight_experts_output or mixture.main
    return mixture.main


def _value_type(mixture: Mixture, layer: int, facts: Facts) -> str:
    if facts.experts == 8:
        return "Q8_0"
    index = facts.values.index(layer)
    kind = mixture.main
    if mixture.more and more_bits(index, len(facts.values)):
        kind = mixture.more
    elif mixture.first and index < 4:
        kind = mixture.first
    return "Q5_K" if facts.seventy_billion and kind == "Q4_K" else kind


def _down_type(mixture: Mixture, layer: int, facts: Facts) -> str:
    # llama.cpp counts the matrices as they come, but goes by the layer where there are experts.
    index = layer if facts.experts > 1 else facts.downs.index(layer)
    more = more_bits(index, facts.layers)
    if facts.falcon and mixture.main == "Q4_K":
        if not mixture.more:
            return mixture.main
        return "Q6_K" if index < facts.layers // 16 else "Q5_K" if more else "Q4_K"
    if mixture.more and more:
        return mixture.more
    return mixture.first if mixture.first and index < facts.layers // 8 else mixture.main


def more_bits(index: int, count: int) -> bool:
    """llama.cpp's `use_more_bits`: the first and last eighth, and every third between."""
    eighth = count // 8
    return index < eighth or index >= 7 * count // 8 or (index - eighth) % 3 == 2


def _fitting(kind: str, group: TensorGroup) -> str:
    row = group.in_features
    if row % BLOCKS[kind][1]:
        kind = FALLBACKS.get(kind, "F16")
    return "F16" if row % BLOCKS[kind][1] else kind


@lru_cache(maxsize=8)
def _facts(summary: ParameterSummary) -> Facts:
    config = summary.config
    roles = [(group, gguf_role(group, config)) for group in summary.groups if group.parameters]

    def layers(wanted: GgufRole) -> tuple[int, ...]:
        found = {layer for group, role in roles if role is wanted for layer in group.layers}
        return tuple(sorted(found))

    numbered = max((max(group.layers) for group, _ in roles), default=-1) + 1
    count = config.layers or numbered
    heads, shared = config.heads, config.text.positive("num_key_value_heads")
    routed = any(group.category is Category.EXPERTS for group, _ in roles)
    return Facts(
        layers=count,
        values=layers(GgufRole.ATTN_V),
        downs=layers(GgufRole.FFN_DOWN),
        experts=(config.experts or 0) if routed else 0,
        tied=not any(role is GgufRole.OUTPUT for _, role in roles),
        falcon=config.text_model_type in ("falcon", "RefinedWeb", "RefinedWebModel"),
        seventy_billion=count == 80 and bool(shared) and shared != heads,
    )
