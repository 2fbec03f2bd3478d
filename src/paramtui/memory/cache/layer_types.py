"""config.json -> what each decoder layer attends to, by its fields and its family's defaults.

The defaults are those of the configuration classes of transformers 5.23 (models/*/configuration_*).
"""

from collections.abc import Container
from enum import Enum

from paramtui.checkpoint.config import Fields, ModelConfig
from paramtui.named_tuple import NamedTuple

MAX_LAYERS = 10_000
"""More layers than this is a damaged config."""
LISTS = ("layer_types", "layers_block_type")
"""Fields that name the type of every layer."""
WINDOWS = ("sliding_window", "sliding_window_size", "attention_window_size", "attention_chunk_size")


class LayerType(str, Enum):
    """What a layer keeps of the tokens before it."""

    FULL = "full"
    SLIDING = "sliding"
    CHUNKED = "chunked"
    RECURRENT = "recurrent"
    """A state of fixed size: linear attention, state space, short convolution."""
    NONE = "none"
    """No attention at all: a feed-forward block of its own."""
    UNKNOWN = "unknown"


ATTENTION = (LayerType.FULL, LayerType.SLIDING, LayerType.CHUNKED)
"""Those that keep keys and values."""


class LayerTypes(NamedTuple):
    """The type of every layer."""

    types: tuple[LayerType, ...]
    explicit: bool
    """Whether the config lists them one by one, rather than by a rule or a default."""
    unknown: tuple[str, ...] = ()
    """The words we do not know, as the config spells them."""
    notes: tuple[str, ...] = ()
    """What had to be assumed, one sentence each."""

    def without(self, layers: Container[int]) -> "LayerTypes":
        """The same, but for layers that have lost what they mix tokens with."""
        types = (
            LayerType.NONE if layer in layers else kind for layer, kind in enumerate(self.types)
        )
        return self._replace(types=tuple(types))


class Rhythm(NamedTuple):
    """Every `period`-th layer is full attention, layer `offset` first; the others are `other`."""

    period: int
    offset: int
    other: LayerType = LayerType.SLIDING
    last: bool = False
    """The last layer is full attention whatever its number."""

    def types(self, layers: int) -> tuple[LayerType, ...]:
        """The type of each of `layers` layers."""
        full = {*range(self.offset, layers, self.period), *((layers - 1,) if self.last else ())}
        return tuple(LayerType.FULL if i in full else self.other for i in range(layers))


class Family(NamedTuple):
    """What a family's configuration class assumes when config.json is silent."""

    window: int | None = None
    rhythm: Rhythm | None = None


_RECURRENT = LayerType.RECURRENT
FAMILIES: dict[str, Family] = {
    "afmoe": Family(1024, Rhythm(4, 3)),
    "bailing_hybrid": Family(None, Rhythm(5, 4, _RECURRENT)),
    "cohere2": Family(4096, Rhythm(4, 3)),
    "cohere2_moe": Family(4096, Rhythm(4, 3)),
    "cwm": Family(8192, Rhythm(4, 0)),
    "exaone4": Family(4096, Rhythm(4, 3)),
    "exaone_moe": Family(4096, Rhythm(4, 3)),
    "gemma2": Family(4096, Rhythm(2, 1)),
    "gemma3": Family(4096, Rhythm(6, 5)),
    "gemma3n": Family(512, Rhythm(5, 4)),
    "gemma4": Family(512, Rhythm(6, 5, last=True)),
    "gemma4_unified": Family(1024, Rhythm(6, 5, last=True)),
    "gpt_oss": Family(128, Rhythm(2, 1)),
    "granite_swa": Family(128, Rhythm(4, 0)),
    "granitemoe_swa": Family(128, Rhythm(4, 0)),
    "jamba": Family(None, Rhythm(8, 4, _RECURRENT)),
    "llama4": Family(8192, Rhythm(4, 3, LayerType.CHUNKED)),
    "mimo_v2_flash": Family(129, Rhythm(6, 5)),
    "minimax": Family(None, Rhythm(2, 0, _RECURRENT)),
    "ministral": Family(4096),
    "mistral": Family(4096),
    "modernbert-decoder": Family(64, Rhythm(3, 0)),
    "olmo3": Family(4096, Rhythm(4, 3)),
    "olmo_hybrid": Family(None, Rhythm(4, 3, _RECURRENT)),
    "qwen3_5": Family(None, Rhythm(4, 3, _RECURRENT)),
    "qwen3_5_moe": Family(None, Rhythm(4, 3, _RECURRENT)),
    "qwen3_next": Family(None, Rhythm(4, 3, _RECURRENT)),
    "recurrent_gemma": Family(2048),
    "t5gemma": Family(4096, Rhythm(2, 1)),
    "vaultgemma": Family(4096, Rhythm(2, 1)),
}

WORDS: dict[str, LayerType] = {
    word: kind
    for kind, words in {
        LayerType.FULL: "full_attention attention full global hybrid indexed_attention * A G "
        "deepseek_sparse_attention qwen_sparse_attention",
        LayerType.SLIDING: "sliding_attention sliding local local_attention hybrid_sliding L S",
        LayerType.CHUNKED: "chunked_attention",
        LayerType.RECURRENT: "linear_attention mamba mamba2 recurrent conv short_conv M m",
        LayerType.NONE: "mlp moe none - E",
    }.items()
    for word in words.split()
}
"""The words of `layer_types`, `layers_block_type` and pattern strings."""


def layer_types(config: ModelConfig, layers: int) -> LayerTypes:
    """The type of each of `layers` decoder layers."""
    fields = decoder_fields(config)
    layers = min(max(layers, 0), MAX_LAYERS)
    words = _listed(fields, layers)
    if words:
        types = tuple(WORDS.get(word, LayerType.UNKNOWN) for word in words)
        unknown = tuple(dict.fromkeys(word for word in words if word not in WORDS))
        rest = (LayerType.FULL,) * (layers - len(types))
        return LayerTypes((*types, *rest), True, unknown, _unnamed(len(types), layers))
    return LayerTypes(_by_rule(fields, family(config), layers), False, notes=_unread(fields))


def _unnamed(named: int, layers: int) -> tuple[str, ...]:
    if named >= layers:
        return ()
    given = f"the {'type' if named == 1 else 'types'} of {named:,} of {layers:,} layers"
    return (f"config.json gives {given}: the others count as full attention",)


def _unread(fields: Fields) -> tuple[str, ...]:
    """Lists of layer types that are there but hold something else than words."""
    wrong = (name for name in LISTS if isinstance(fields.raw(name), (list, tuple)))
    return tuple(
        f"{name} is not a list of words: it is not used"
        for name in wrong
        if fields.texts(name) is None
    )


def decoder_fields(config: ModelConfig) -> Fields:
    """The section that describes the layers which generate text."""
    nested = config.text.section("decoder")
    return nested if nested.integer("num_hidden_layers") is not None else config.text


def family(config: ModelConfig) -> Family:
    """The defaults of the language model's family; none where it has no special ones."""
    name = config.text_model_type or ""
    return FAMILIES.get(name.removesuffix("_text")) or Family()


def window(config: ModelConfig) -> int | None:
    """Tokens a sliding or chunked layer keeps; None where nothing says."""
    fields = decoder_fields(config)
    for name in WINDOWS:
        if name in fields:
            size = fields.integer(name)
            return size if size and size > 0 else None
    return family(config).window


def _listed(fields: Fields, layers: int) -> tuple[str, ...]:
    """One word a layer, where the config lists them; empty where it does not."""
    listed = fields.texts(*LISTS)
    if listed:
        return listed[:layers]
    pattern = fields.text("hybrid_override_pattern")
    if pattern:
        return tuple(pattern)[:layers]
    cycle = fields.texts("block_types", "_block_types")
    if cycle:
        local = tuple("local" if word == "attention" else word for word in cycle)
        return (local * layers)[:layers]
    return _numbered(fields, layers)


def _numbered(fields: Fields, layers: int) -> tuple[str, ...]:
    """The same for configs that list numbers: flags for each layer, or the layers' own numbers."""
    flags = fields.integers("attn_type_list")
    if flags:
        return tuple("full" if flag else "recurrent" for flag in flags[:layers])
    flags = fields.integers("hybrid_layer_pattern")
    if flags:
        return tuple("sliding" if flag else "full" for flag in flags[:layers])
    section = fields.section("linear_attn_config")
    chosen = tuple(number - 1 for number in section.integers("full_attn_layers") or ())
    chosen = chosen or fields.integers("attn_layer_indices", "full_attn_idxs") or ()
    if chosen:
        return tuple("full" if i in chosen else "recurrent" for i in range(layers))
    return ()


def _by_rule(fields: Fields, defaults: Family, layers: int) -> tuple[LayerType, ...]:
    """Periods and offsets first, then the window alone, then full attention everywhere."""
    rhythm = _rhythm(fields, defaults)
    windowed = _windowed(fields, defaults)
    if rhythm and (windowed or rhythm.other is LayerType.RECURRENT):
        return rhythm.types(layers)
    if not windowed:
        return (LayerType.FULL,) * layers
    start = min(max(fields.integer("max_window_layers") or 0, 0), layers)
    return (LayerType.FULL,) * start + (LayerType.SLIDING,) * (layers - start)


def _rhythm(fields: Fields, defaults: Family) -> Rhythm | None:
    period = fields.integer("attn_layer_period")
    if period and period > 0:
        offset = fields.integer("attn_layer_offset") or 0
        return Rhythm(period, offset % period, LayerType.RECURRENT)
    period = fields.integer("full_attention_interval", "layer_group_size")
    if period and period > 0:
        return Rhythm(period, period - 1, LayerType.RECURRENT)
    letters = fields.text("sliding_window_pattern")
    if letters and "G" in letters:
        return Rhythm(len(letters), letters.index("G"))
    usual = defaults.rhythm
    period = fields.integer(
        "sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers"
    )
    if period and period > 0:
        first = usual is not None and usual.offset == 0
        return Rhythm(period, 0 if first else period - 1, last=bool(usual and usual.last))
    return usual


def _windowed(fields: Fields, defaults: Family) -> bool:
    """Whether any layer slides: a window is set and not switched off."""
    if fields.flag("use_sliding_window") is False:
        return False
    return any((fields.integer(name) or 0) > 0 for name in WINDOWS if name in fields) or (
        defaults.window is not None and not any(name in fields for name in WINDOWS)
    )
