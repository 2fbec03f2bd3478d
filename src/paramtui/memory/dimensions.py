"""The widths that activations depend on, read from the tensors and, where silent, the config."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
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
        hidden=config.hidden_size or _width_of_embedding(summary),
        vocabulary=_vocabulary(summary),
        head_dim=head_dim(config) or 0,
        shapes=tuple(Counter(_layers(summary).values()).items()),
    )


def _layers(summary: ParameterSummary) -> dict[int, LayerShape]:
    """The shape of each decoder layer."""
    config = summary.config
    found: dict[int, LayerShape] = {}
    own = projections(summary.groups, config).own
    for layer, widths in own.items():
        found[layer] = _attention(widths, config)
    for group in summary.groups:
        if group.kind is not Kind.WEIGHT or group.operator is not Operator.LINEAR:
            continue
        part = _part(group, config)
        for layer in set(group.layers) if part else ():
            if layer >= 0:
                found[layer] = found.get(layer, LayerShape())._replace(**part)
    return found


def _attention(widths: tuple[Width, ...], config: ModelConfig) -> LayerShape:
    # Latent attention computes on the expanded keys and values, as many as there are queries.
    query = query_width(config)
    kept = sum(0 if width.latent else width.key + width.value for width in widths) // 2
    latent = any(width.latent for width in widths)
    return LayerShape(config.heads or 0, query, query if latent else kept)


def _part(group: TensorGroup, config: ModelConfig) -> dict[str, int]:
    """What one group tells of its layers."""
    if group.category is Category.EXPERTS and group.suffix in DOWN | {"experts"}:
        return {
            "experts": max(config.experts or group.matrices, 0),
            "chosen": max(config.experts_per_token or 0, 0),
            "expert_width": group.in_features if group.suffix in DOWN else 0,
        }
    if group.category in (Category.MLP, Category.SHARED_EXPERTS) and group.suffix in DOWN:
        return {"intermediate": group.in_features}
    if group.category is Category.ATTENTION and group.suffix in OUTPUT:
        return {"query_width": group.in_features}
    return {}


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
    return max(heads or embeddings or [summary.config.vocab_size or 0])


def _width_of_embedding(summary: ParameterSummary) -> int:
    return max(
        (group.in_features for group in summary.groups if group.category is Category.EMBEDDING),
        default=0,
    )
