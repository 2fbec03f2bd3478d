"""The widths that activations depend on, read from the tensors and, where silent, the config."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property, lru_cache

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.memory.cache.attention import decoder_layers
from paramtui.memory.cache.layer_types import ATTENTION, layer_types
from paramtui.memory.cache.projections import OUTPUT, Width, head_dim, projections, query_width
from paramtui.memory.layout.linear import module_name
from paramtui.memory.marks.left_out import left_out
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record

DOWN = frozenset(
    {
        "c_proj",
        "dense_4h_to_h",
        "down_proj",
        "fc2",
        "fc_out",
        "ffn_down",
        "output_linear",
        "w2",
        "wo",
    }
)
"""The last matrix of a feed-forward network: its inputs are the intermediate width."""


class LayerShape(NamedTuple):
    """The widths of one decoder layer; 0 for a part it has not."""

    heads: int = 0
    query_width: int = 0
    """Elements of all query heads of a token."""
    kv_width: int = 0
    """Elements of all key heads of a token; the mean of keys and values where they differ."""
    intermediate: int = 0
    """Width of the feed-forward network, or of the shared expert."""
    experts: int = 0
    chosen: int = 0
    expert_width: int = 0
    shared_gate: int = 0
    """1 where a gate weighs the shared expert's result."""


class Dimensions(Record):
    """The widths of one model; 0 where nothing says."""

    hidden: int
    vocabulary: int
    head_dim: int
    numbered: Mapping[int, LayerShape]
    """Every decoder layer that is there, by its number."""

    @property
    def layers(self) -> int:
        """How many decoder layers there are."""
        return len(self.numbered)

    @cached_property
    def shapes(self) -> tuple[tuple[LayerShape, int], ...]:
        """Each kind of layer and how many there are."""
        return tuple(Counter(self.numbered.values()).items())


@lru_cache(maxsize=8)
def dimensions(summary: ParameterSummary) -> Dimensions:
    """The widths of the language model of a checkpoint."""
    config = summary.config
    return Dimensions(
        hidden=max(config.hidden_size or 0, 0) or _width_of_embedding(summary),
        vocabulary=_vocabulary(summary),
        head_dim=max(head_dim(config) or 0, 0),
        numbered=_layers(summary),
    )


def _layers(summary: ParameterSummary) -> dict[int, LayerShape]:
    """The shape of each decoder layer."""
    config = summary.config
    attention, out = projections(summary), left_out(summary)
    count = decoder_layers(config, out.whole)
    types = layer_types(config, count)
    found: dict[int, LayerShape] = {
        layer: _attention(widths, config) for layer, widths in attention.own.items()
    }
    for group in summary.groups:
        part = _part(group, config)
        for layer in group.numbered if part else ():
            found[layer] = _with(found.get(layer, LayerShape()), part)
    # A layer that attends without projections of its own runs a block that several share.
    shapes = Counter(found[layer] for layer in attention.own)
    shared = max(shapes, key=shapes.__getitem__, default=None)
    attends = {i for i, kind in enumerate(types.types) if types.explicit and kind in ATTENTION}
    borrows = attends - attention.own.keys() - out.mixers
    return {
        i: shared if shared and i in borrows else found.get(i, LayerShape())
        for i in range(count)
        if i not in out.layers
    }


def _attention(widths: tuple[Width, ...], config: ModelConfig) -> LayerShape:
    heads = max(config.heads or 0, 0)
    kept = sum(width.key + width.value for width in widths) // 2
    if not any(width.latent for width in widths):
        return LayerShape(heads, query_width(config), kept)
    # Latent attention computes on expanded keys and values, as many heads as there are queries.
    text = config.text
    size = (text.positive("qk_nope_head_dim") or 0) + (text.positive("qk_rope_head_dim") or 0)
    mean = max(size + (text.positive("v_head_dim") or size), 0) * heads // 2
    return LayerShape(heads, mean, mean)


def _with(shape: LayerShape, part: dict[str, int]) -> LayerShape:
    """The shape with what one group adds; the output projection speaks for the queries."""
    if "query_width" in part and shape.query_width:
        return shape
    return shape._replace(**part)


def _part(group: TensorGroup, config: ModelConfig) -> dict[str, int]:
    """What one group tells of its layers."""
    if group.kind is not Kind.WEIGHT or group.operator is not Operator.LINEAR:
        return {}
    if group.category is Category.EXPERTS and _goes_down(group):
        return {
            "experts": max(config.experts or group.matrices, 0),
            "chosen": max(config.experts_per_token or 0, 0),
            "expert_width": group.in_features,
        }
    if group.category in (Category.MLP, Category.SHARED_EXPERTS) and _goes_down(group):
        return {"intermediate": group.in_features}
    if group.category in (Category.SHARED_EXPERTS, Category.ROUTER) and _weighs(group):
        return {"shared_gate": 1}
    if group.category is Category.ATTENTION and group.suffix in OUTPUT:
        return {"query_width": group.in_features}
    return {}


def _weighs(group: TensorGroup) -> bool:
    """Whether the layer has one result for a token: the weight of the shared expert."""
    return group.out_features == 1


def _goes_down(group: TensorGroup) -> bool:
    name = module_name(group.pattern)
    return name.rpartition(".")[2] in DOWN or name.endswith(".output.dense")


def _vocabulary(summary: ParameterSummary) -> int:
    """Rows of the output head, or of the embedding it shares; 0 where it was left out."""
    heads, tables = _rows(summary)
    was_heads, was_tables = _rows(summary.whole or summary)
    if was_heads or was_tables:
        return max(heads if was_heads else tables, default=0)
    return max(summary.config.vocab_size or 0, 0)


def _rows(summary: ParameterSummary) -> tuple[list[int], list[int]]:
    """Rows of output heads, and of embeddings."""
    heads = [
        group.out_features
        for group in summary.groups
        if group.category is Category.HEAD and group.operator is Operator.LINEAR
    ]
    tables = [g.out_features for g in summary.groups if g.category is Category.EMBEDDING]
    return heads, tables


def _width_of_embedding(summary: ParameterSummary) -> int:
    return max(
        (group.in_features for group in summary.groups if group.category is Category.EMBEDDING),
        default=0,
    )
