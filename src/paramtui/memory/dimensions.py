"""The widths that activations depend on, read from the tensors and, where silent, the config."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.memory.attention import decoder_layers
from paramtui.memory.layer_types import ATTENTION, layer_types
from paramtui.memory.linear import module_name
from paramtui.memory.projections import OUTPUT, Width, head_dim, projections, query_width

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


@dataclass(frozen=True)
class Dimensions:
    """The widths of one model; 0 where nothing says."""

    hidden: int
    vocabulary: int
    head_dim: int
    shapes: tuple[tuple[LayerShape, int], ...]
    """Each kind of layer and how many there are."""

    @property
    def layers(self) -> int:
        """All decoder layers."""
        return sum(count for _, count in self.shapes)


@lru_cache(maxsize=8)
def dimensions(summary: ParameterSummary) -> Dimensions:
    """The widths of the language model of a checkpoint."""
    config = summary.config
    return Dimensions(
        hidden=max(config.hidden_size or 0, 0) or _width_of_embedding(summary),
        vocabulary=_vocabulary(summary),
        head_dim=max(head_dim(config) or 0, 0),
        shapes=tuple(Counter(_layers(summary)).items()),
    )


def _layers(summary: ParameterSummary) -> list[LayerShape]:
    """The shape of each decoder layer."""
    config = summary.config
    attention = projections(summary.groups, config)
    count = decoder_layers(config, attention)
    types = layer_types(config, count)
    found: dict[int, LayerShape] = {
        layer: _attention(widths, config) for layer, widths in attention.own.items()
    }
    for group in summary.groups:
        part = _part(group, config)
        for layer in set(group.layers) if part else ():
            found[layer] = _with(found.get(layer, LayerShape()), part)
    # A layer that attends without projections of its own runs a block that several share.
    shared = Counter(found[layer] for layer in attention.own).most_common(1)
    attends = {i for i, kind in enumerate(types.types) if types.explicit and kind in ATTENTION}
    return [
        shared[0][0]
        if shared and i in attends - attention.own.keys()
        else found.get(i, LayerShape())
        for i in range(count)
    ]


def _attention(widths: tuple[Width, ...], config: ModelConfig) -> LayerShape:
    heads = max(config.heads or 0, 0)
    kept = sum(width.key + width.value for width in widths) // 2
    if not any(width.latent for width in widths):
        return LayerShape(heads, query_width(config), kept)
    # Latent attention computes on expanded keys and values, as many heads as there are queries.
    text = config.text
    size = (text.integer("qk_nope_head_dim") or 0) + (text.integer("qk_rope_head_dim") or 0)
    mean = max(size + (text.integer("v_head_dim") or size), 0) * heads // 2
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
    if group.category is Category.ATTENTION and group.suffix in OUTPUT:
        return {"query_width": group.in_features}
    return {}


def _goes_down(group: TensorGroup) -> bool:
    name = module_name(group.pattern)
    return name.rpartition(".")[2] in DOWN or name.endswith(".output.dense")


def _vocabulary(summary: ParameterSummary) -> int:
    """Rows of the output head, or of the embedding it shares."""
    heads = [
        group.out_features
        for group in summary.groups
        if group.category is Category.HEAD and group.operator is Operator.LINEAR
    ]
    embeddings = [
        group.out_features for group in summary.groups if group.category is Category.EMBEDDING
    ]
    return max(heads or embeddings or [summary.config.vocab_size or 0, 0])


def _width_of_embedding(summary: ParameterSummary) -> int:
    return max(
        (group.in_features for group in summary.groups if group.category is Category.EMBEDDING),
        default=0,
    )
