"""Tensor groups -> how wide the keys and values of each layer are."""

from collections.abc import Iterable
from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.named_tuple import NamedTuple

KEY = frozenset({"k_proj", "key", "k", "wk", "k_lin", "key_proj", "attn_k"})
VALUE = frozenset({"v_proj", "value", "v", "wv", "v_lin", "value_proj", "attn_v"})
FUSED = frozenset(
    {
        "qkv_proj",
        "query_key_value",
        "c_attn",
        "Wqkv",
        "wqkv",
        "qkv",
        "W_pack",
        "attn_qkv",
        "att_proj",
    }
)
OUTPUT = frozenset(
    {"o_proj", "dense", "c_proj", "out_proj", "wo", "o", "attn_output", "attn_out", "proj"}
)
LATENT = frozenset({"kv_a_proj_with_mqa", "attn_kv_a_mqa", "kv_a_proj"})
WIDE = KEY | FUSED | LATENT
"""Layers whose outputs tell how wide keys and values are."""
CROSS = ("EncDecAttention", "encoder_attn", "cross_attn", "crossattention", "cross_attention")
RECURRENT = frozenset({"A_log", "dt_bias", "igate_preact", "time_decay", "gk_proj", "k_conv1d"})
RECURRENT |= {"receptance", "r_proj"}
"""Parameters and layers that mark their module as a recurrent one, whatever else it has."""
MIXING = ("time_mix", "time_mixer", "time_mixing", "retention")
"""Modules that have keys and values and keep a state of fixed size (RWKV, RetNet)."""
FEED_FORWARD = (".feed_forward", ".ffn", ".mlp", ".channel_mix", ".channel_mixer", ".cmix")
"""Modules whose keys and values, if they have such, are no attention's."""
ELSEWHERE = (Category.VISION, Category.MTP, Category.PROJECTOR, Category.ADAPTER)


MIXERS = (Category.ATTENTION, Category.LINEAR_ATTENTION, Category.SSM)
"""What mixes the tokens of a layer."""


class Width(NamedTuple):
    """Elements one layer keeps of one token."""

    key: int
    value: int
    latent: bool = False
    """Multi-head latent attention: `key` is the latent, `value` the rope key."""
    indexer: int = 0
    """The key of a sparse-attention indexer."""


class Projections(NamedTuple):
    """The attentions of a decoder, by layer; a layer may have several, or none."""

    own: dict[int, tuple[Width, ...]]
    """Self-attention."""
    cross: dict[int, tuple[Width, ...]]
    """Attention to an encoder's output."""
    recurrent: int = 0
    """Modules that keep a recurrent state instead."""
    layers: frozenset[int] = frozenset()
    """Those that have any tensor."""
    mixing: frozenset[int] = frozenset()
    """Those that have one of an attention or of a recurrent module."""


@lru_cache(maxsize=8)
def projections(summary: ParameterSummary) -> Projections:
    """Read the widths from the projections of keys and values."""
    decoding = tuple(group for group in summary.groups if _decodes(group))
    found = _collect(_after_encoder(decoding), summary.config)
    return found if found.own or found.recurrent else _collect(decoding, summary.config)


def decoder_groups(groups: Iterable[TensorGroup]) -> tuple[TensorGroup, ...]:
    """What text passes in the layers that are counted: no towers, no encoder beside a decoder."""
    decoding = tuple(group for group in groups if _decodes(group))
    after = _after_encoder(decoding)
    return after if any(max(group.layers) >= 0 for group in after) else decoding


def _after_encoder(groups: Iterable[TensorGroup]) -> tuple[TensorGroup, ...]:
    return tuple(group for group in groups if not _encodes(group.pattern))


def _collect(groups: tuple[TensorGroup, ...], config: ModelConfig) -> Projections:
    siblings = _siblings(groups)
    found = Projections(
        {},
        {},
        len(siblings.recurrent),
        layers=_numbers(groups),
        mixing=_numbers(group for group in groups if group.category in MIXERS),
    )
    for group in groups:
        if group.kind is not Kind.WEIGHT or not group.out_features or _apart(group):
            continue
        if group.suffix not in WIDE:
            continue
        kind = found.cross if any(word in group.pattern for word in CROSS) else found.own
        for layer in group.layers:
            if layer < 0 or siblings.keeps_state(_parent(group), layer):
                continue
            width = _width(group, layer, siblings, config)
            if width is not None:
                kind[layer] = (*kind.get(layer, ()), width)
    return found


def _numbers(groups: Iterable[TensorGroup]) -> frozenset[int]:
    return frozenset().union(*(group.numbered for group in groups)) - {-1}


def _decodes(group: TensorGroup) -> bool:
    return group.category not in ELSEWHERE and (
        group.category is not Category.AUDIO or "decoder" in group.pattern
    )


def _apart(group: TensorGroup) -> bool:
    return ".indexer." in group.pattern or _parent(group).endswith(FEED_FORWARD)


def _encodes(pattern: str) -> bool:
    parts = pattern.split(".")
    return "encoder" in parts and "decoder" not in parts


class _Siblings(NamedTuple):
    """What else each attention module holds, by its name and layer."""

    values: dict[tuple[str, int], int]
    outputs: dict[tuple[str, int], int]
    indexes: dict[tuple[str, int], int]
    recurrent: set[tuple[str, int]]

    def keeps_state(self, module: str, layer: int) -> bool:
        """Whether the module, or a gate right below it, is recurrent."""
        at = (module, layer)
        return at in self.recurrent or (f"{module}.forget_gate", layer) in self.recurrent


def _siblings(groups: Iterable[TensorGroup]) -> _Siblings:
    found = _Siblings({}, {}, {}, set())
    for group in groups:
        parent = _parent(group)
        if parent.endswith(FEED_FORWARD):
            continue
        if group.pattern.rpartition(".")[2] in RECURRENT:
            found.recurrent.update((group.module, layer) for layer in group.layers)
        elif group.suffix in RECURRENT or parent.rpartition(".")[2] in MIXING:
            found.recurrent.update((parent, layer) for layer in group.layers)
        elif group.kind is not Kind.WEIGHT:
            continue
        elif parent.endswith(".indexer") and group.suffix == "wk":
            owner = parent.rpartition(".")[0]
            found.indexes.update({(owner, layer): group.out_features for layer in group.layers})
        elif group.suffix in VALUE:
            found.values.update({(parent, layer): group.out_features for layer in group.layers})
        elif group.suffix in OUTPUT:
            found.outputs.update({(parent, layer): group.in_features for layer in group.layers})
    return found


def _parent(group: TensorGroup) -> str:
    return group.module.rpartition(".")[0]


def _width(
    group: TensorGroup, layer: int, siblings: _Siblings, config: ModelConfig
) -> Width | None:
    at = (_parent(group), layer)
    indexer = siblings.indexes.get(at, 0)
    out = group.out_features
    if group.suffix in LATENT:
        rope = config.text.positive("qk_rope_head_dim") or 0
        rope = rope if 0 < rope < out else 0
        return Width(out - rope, rope, latent=True, indexer=indexer)
    if group.suffix in KEY:
        return Width(out, siblings.values.get(at) or out, indexer=indexer)
    if group.suffix in FUSED:
        rest = out - (siblings.outputs.get(at) or query_width(config))
        return Width(rest // 2, rest // 2) if 0 < rest < out else None
    return None


def query_width(config: ModelConfig) -> int:
    """Elements of all query heads, as the config gives them; 0 where it does not."""
    return max(config.heads or 0, 0) * (head_dim(config) or 0)


def head_dim(config: ModelConfig) -> int | None:
    """Elements of one head."""
    stated = config.text.positive("head_dim", "kv_channels", "d_kv", "attention_head_dim")
    if stated and stated > 0:
        return stated
    heads, hidden = config.heads, config.hidden_size
    return hidden // heads if heads and hidden and heads > 0 and hidden >= heads else None
