"""What each layer keeps of the tokens before it: the layout of the cache, per token or fixed."""

from collections import Counter
from functools import lru_cache
from itertools import chain

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.generation import generates
from paramtui.memory.cache.layer_types import (
    ATTENTION,
    MAX_LAYERS,
    LayerType,
    LayerTypes,
    decoder_fields,
    layer_types,
    window,
)
from paramtui.memory.cache.projections import Projections, Width, head_dim, projections
from paramtui.memory.cache.recurrence import RecurrentLayers, recurrent_layers
from paramtui.memory.marks.left_out import left_out
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record


class AttentionLayers(NamedTuple):
    """Equal layers: the elements each keeps of a token, and of how many tokens."""

    layers: int
    heads: int
    """Key and value heads; 1 for a latent."""
    key_dim: int
    value_dim: int
    """Of a latent, the rope key."""
    latent: bool = False
    index_dim: int = 0
    """A sparse-attention indexer's own key."""
    limit: int | None = None
    """Window or chunk: no more tokens than this are kept."""
    tokens: int | None = None
    """Tokens of an encoder or an image, where that is what it attends to; 0: the context's."""

    @property
    def elements(self) -> int:
        """Elements of all the layers for one token."""
        return self.layers * (self.heads * (self.key_dim + self.value_dim) + self.index_dim)


class CacheLayout(Record):
    """The cache of one model."""

    attention: tuple[AttentionLayers, ...] = ()
    recurrent: tuple[RecurrentLayers, ...] = ()
    not_modelled: tuple[str, ...] = ()
    """What is left out, one sentence each."""
    by_layer: tuple[tuple[int, ...], ...] = ()
    """Of each decoder layer that is there, which of `attention` it is; several, or none."""


@lru_cache(maxsize=8)
def cache_layout(summary: ParameterSummary) -> CacheLayout:
    """Layout of the cache, from the tensors' shapes and, where they are silent, the config."""
    config = summary.config
    if not generates(config):
        return CacheLayout()
    found, out = projections(summary), left_out(summary)
    layers = decoder_layers(config, out.whole)
    types = layer_types(config, layers).without(out.mixers)
    recurrent = recurrent_layers(summary) or _lightning(types, config)
    kinds = _own(found, _fallback(summary, out.whole, types), types, config)
    own = tuple(
        _attention(width, count, config, limit=limit)
        for (width, limit), count in Counter(chain.from_iterable(kinds)).items()
    )
    across = found.cross or _mirrored(out.whole, range(layers), config)
    cross, unmeasured = _cross(across, config)
    return CacheLayout(
        attention=(*own, *cross),
        recurrent=recurrent,
        not_modelled=(*_unseen(summary, found, types, recurrent), *unmeasured),
        by_layer=_by_layer(set(range(layers)) - out.layers, kinds, across if cross else {}),
    )


def decoder_layers(config: ModelConfig, found: Projections) -> int:
    """How many there are: what the tensors show, less the prediction layers after the last one."""
    fields = decoder_fields(config)
    stated = fields.positive("decoder_layers", "num_decoder_layers") or config.layers or 0
    shown = max(found.own, default=-1) + 1
    ahead = fields.positive("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_layers")
    if 0 < stated < shown <= stated + (ahead or 0):
        return stated
    return min(max(stated, shown), MAX_LAYERS)


def _lightning(types: LayerTypes, config: ModelConfig) -> tuple[RecurrentLayers, ...]:
    """Lightning attention keeps one matrix for each head, without any tensor of its own."""
    heads, size = config.heads, head_dim(config)
    lightning = "attn_type_list" in config.text or "minimax" in (config.text_model_type or "")
    layers = types.types.count(LayerType.RECURRENT) if lightning else 0
    if not layers or not heads or not size or heads < 0:
        return ()
    return (RecurrentLayers(layers, 0, 0, heads, size, size),)


def _own(
    found: Projections, fallback: tuple[Width, ...], types: LayerTypes, config: ModelConfig
) -> tuple[tuple[tuple[Width, int | None], ...], ...]:
    """Self-attention of each layer: the widths of the tensors under the types of the config."""
    size, layers = window(config), len(types.types)
    shared = min(max(decoder_fields(config).integer("num_kv_shared_layers") or 0, 0), layers)
    limits = (None if kind is LayerType.FULL else size for kind in types.types)
    return tuple(
        tuple((width, limit) for width in found.own.get(layer, fallback))
        if kind in ATTENTION and layer < layers - shared
        else ()
        for layer, (kind, limit) in enumerate(zip(types.types, limits, strict=True))
    )


def _by_layer(
    layers: set[int],
    own: tuple[tuple[tuple[Width, int | None], ...], ...],
    cross: dict[int, tuple[Width, ...]],
) -> tuple[tuple[int, ...], ...]:
    """Which kinds each layer has, numbered as they are counted: in the order they first occur."""
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(chain.from_iterable(own)))}
    widths = dict.fromkeys(chain.from_iterable(cross.values()))
    others = {width: len(kinds) + i for i, width in enumerate(widths)}
    return tuple(
        (
            *(kinds[kind] for kind in (own[i] if i < len(own) else ())),
            *(others[width] for width in cross.get(i, ())),
        )
        for i in sorted(layers)
    )


def _fallback(
    summary: ParameterSummary, found: Projections, types: LayerTypes
) -> tuple[Width, ...]:
    """What a layer without projections of its own keeps: it shares another's, or its file is lost.

    Nothing where the config does not name it and every file was read: it has no attention then.
    """
    if not found.own:
        configured = None if found.recurrent else _configured(summary.config)
        return (configured,) if configured else ()
    if not types.explicit and summary.complete:
        return ()
    usual = Counter(width for widths in found.own.values() for width in widths)
    return (max(usual, key=usual.__getitem__),)


def _unseen(
    summary: ParameterSummary,
    found: Projections,
    types: LayerTypes,
    recurrent: tuple[RecurrentLayers, ...],
) -> tuple[str, ...]:
    """What cannot be counted, or only by assuming."""
    missing = [f"layers of kind {word!r}: their cache is not modelled" for word in types.unknown]
    missing.extend(types.notes)
    attends = any(kind in ATTENTION for kind in types.types)
    if attends and not found.recurrent and not (found.own or _configured(summary.config)):
        missing.append("attention whose key and value projections are not recognised: no KV cache")
    if found.layers and not (found.own or found.recurrent or attends or summary.config.root):
        missing.append("no config.json, and no attention that can be read: no KV cache")
    if found.own and not summary.config.root:
        missing.append("no config.json: windows are unknown, every layer is taken to keep it all")
    stateful = max(types.types.count(LayerType.RECURRENT), found.recurrent)
    silent = stateful - sum(part.layers for part in recurrent)
    if silent > 0:
        missing.append(f"{silent} recurrent layers: the shape of their state is not known")
    return tuple(missing)


def _mirrored(
    found: Projections, layers: range, config: ModelConfig
) -> dict[int, tuple[Width, ...]]:
    """Cross-attention of an encoder-decoder whose tensors are not known: one in every layer."""
    width = _configured(config)
    if found.own or width is None or not config.root.flag("is_encoder_decoder"):
        return {}
    return dict.fromkeys(layers, (width,))


def _cross(
    found: dict[int, tuple[Width, ...]], config: ModelConfig
) -> tuple[tuple[AttentionLayers, ...], tuple[str, ...]]:
    """Attention to an encoder's output, or to an image's tokens."""
    if not found:
        return (), ()
    tokens = _encoder_tokens(config)
    if tokens is None:
        return (), (f"{len(found)} cross-attention layers: the tokens they see are not known",)
    counted = Counter(width for widths in found.values() for width in widths)
    return tuple(
        _attention(width, count, config, tokens=tokens) for width, count in counted.items()
    ), ()


def _encoder_tokens(config: ModelConfig) -> int | None:
    """Tokens an encoder hands over; 0 where it is as many as the context."""
    audio = config.root.integer("max_source_positions")
    if audio and audio > 0:
        return audio
    vision = config.vision
    image, patch = vision.integer("image_size"), vision.integer("patch_size")
    if image and patch and image >= patch > 0:
        tiles = vision.integer("max_num_tiles") or 1
        return max(tiles, 1) * ((image // patch) ** 2 + 1)
    return None if vision else 0


def _attention(
    width: Width,
    layers: int,
    config: ModelConfig,
    limit: int | None = None,
    tokens: int | None = None,
) -> AttentionLayers:
    if width.latent:
        return AttentionLayers(layers, 1, width.key, width.value, True, width.indexer, limit)
    heads = _heads(width, config)
    return AttentionLayers(
        layers, heads, width.key // heads, width.value // heads, False, width.indexer, limit, tokens
    )


def _heads(width: Width, config: ModelConfig) -> int:
    """Heads a width divides into by the config's own numbers; 1 where they say nothing."""
    fields = decoder_fields(config)
    stated = fields.positive("num_key_value_heads", "num_kv_heads", "multi_query_group_num") or 0
    wide = fields.integer("num_global_key_value_heads") or 0
    size = fields.positive("head_dim") or 0
    wide_size = fields.integer("global_head_dim") or 0
    usual = (stated, width.key // size if size > 0 else 0, stated if not size else 0)
    for heads in (wide if wide * wide_size == width.key else 0, *usual, _divided(width, config)):
        if heads > 0 and width.key % heads == 0 and width.value % heads == 0:
            return heads
    return 1


def _divided(width: Width, config: ModelConfig) -> int:
    size = head_dim(config)
    return width.key // size if size else 0


def _configured(config: ModelConfig) -> Width | None:
    """Widths by the config alone, for a model whose tensors are not known."""
    fields = decoder_fields(config)
    latent, rope = fields.integer("kv_lora_rank"), fields.integer("qk_rope_head_dim")
    if latent and rope and latent > 0 and rope > 0:
        return Width(latent, rope, latent=True)
    size, heads = head_dim(config), _key_heads(config)
    if not size or not heads or heads < 0:
        return None
    return Width(heads * size, heads * size)


def _key_heads(config: ModelConfig) -> int | None:
    """Key heads by the config; Falcon has one unless its decoder is the new one."""
    fields = decoder_fields(config)
    if fields.flag("multi_query") and not fields.flag("new_decoder_architecture"):
        return 1
    return (
        fields.positive("num_key_value_heads", "num_kv_heads", "multi_query_group_num")
        or config.heads
    )
