"""Which fields a config has or could have: those in it, and those this program reads."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property

from paramtui.checkpoint.blueprint import BlueprintError, blueprint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.design.asked import Asked, AskedFields, Kind
from paramtui.checkpoint.fields import Json
from paramtui.checkpoint.section_defaults import SECTION_DEFAULTS

COSTED: Mapping[str, Kind] = {
    "attn_layer_offset": Kind.WHOLE,
    "attn_layer_period": Kind.WHOLE,
    "final_logit_softcapping": Kind.NUMBER,
    "full_attention_interval": Kind.WHOLE,
    "is_decoder": Kind.FLAG,
    "is_encoder_decoder": Kind.FLAG,
    "layer_types": Kind.TEXTS,
    "max_position_embeddings": Kind.WHOLE,
    "max_window_layers": Kind.WHOLE,
    "num_experts_per_tok": Kind.WHOLE,
    "num_kv_shared_layers": Kind.WHOLE,
    "num_nextn_predict_layers": Kind.WHOLE,
    "quantization_config": Kind.OBJECT,
    "sliding_window": Kind.WHOLE,
    "sliding_window_pattern": Kind.WHOLE,
    "tie_word_embeddings": Kind.FLAG,
    "use_sliding_window": Kind.FLAG,
}
"""What the estimates read of a language model beside the sizes of its tensors."""
DEEPEST = 20
"""Sections within sections."""


def known_fields(config: ModelConfig) -> dict[str, set[Kind]]:
    """Dotted paths of the fields that mean something in this config -> what each is read as."""
    asked: Asked = {}
    watched = ModelConfig(AskedFields(config.root.values, asked))
    try:
        blueprint(watched)
    except BlueprintError:  # something is missing: what would be asked after it?
        with suppress(BlueprintError):
            blueprint(ModelConfig(AskedFields(config.root.values, asked, otherwise=1)))
    for name, member in vars(ModelConfig).items():
        if isinstance(member, (property, cached_property)):
            getattr(watched, name)
    at = text_path(config)
    defaults = SECTION_DEFAULTS.get(config.text_model_type or "", {}) if at else {}
    for name in (*COSTED, *defaults):
        asked.setdefault(at + name, {COSTED[name]} if name in COSTED else set())
    for path in present(config.root.values):
        asked.setdefault(path, set())
    return asked


def text_path(config: ModelConfig) -> str:
    """What stands before the fields of the language model: nothing, or its section and a point."""
    asked: Asked = {}
    text = ModelConfig(AskedFields(config.root.values, asked)).text
    return text.at if isinstance(text, AskedFields) else ""


def present(values: Mapping[str, Json], at: str = "") -> Iterator[str]:
    """The dotted paths of all fields that are there, sections included."""
    for name, value in values.items():
        path = f"{at}{name}"
        yield path
        if isinstance(value, Mapping) and path.count(".") < DEEPEST:
            yield from present(value, f"{path}.")
