"""config.json -> ModelConfig: the fields we use, under every family's alias for them."""

from collections.abc import Mapping
from functools import cached_property

from paramtui.checkpoint.fields import Fields as Fields
from paramtui.checkpoint.fields import Json as Json
from paramtui.checkpoint.section_defaults import SECTION_DEFAULTS, SECTIONS
from paramtui.record import Record, field

TEXT_SECTIONS = (
    "text_config",
    "llm_config",
    "language_config",
    "language_model_config",
    "thinker_config",
    "text_encoder",
)
"""Where multimodal configurations keep their language model, most usual first."""


class ModelConfig(Record):
    """What a config.json says; every figure is None when the file does not give it.

    Each is looked up once: the groups of a checkpoint ask for them again and again.
    """

    root: Fields = field(default_factory=Fields)
    """The whole file."""

    @classmethod
    def from_json(cls, value: Json) -> "ModelConfig":
        """Wrap a decoded config.json; anything but an object is an empty configuration."""
        return cls(Fields(value if isinstance(value, Mapping) else None))

    @cached_property
    def text(self) -> Fields:
        """The language model's own section with its class defaults, or the whole file if flat."""
        outer, section = self.root, _text_section(self.root)
        if section is None:
            return self.root
        while (inner := _text_section(section)) is not None:
            outer, section = section, inner
        kind = section.text("model_type")
        if kind is None and (usual := SECTIONS.get(outer.text("model_type") or "")):
            kind = usual.text
        return section.over(SECTION_DEFAULTS.get(kind or "", {}))

    @cached_property
    def vision(self) -> Fields:
        """The vision tower's section; empty when there is none."""
        return self.root.section("vision_config", "visual", "vit_config", "vision_tower_config")

    @cached_property
    def audio(self) -> Fields:
        """The audio tower's section; empty when there is none."""
        return self.root.section("audio_config", "speech_config")

    @cached_property
    def model_type(self) -> str | None:
        """The family of the whole checkpoint, e.g. `llama` or `llava`."""
        return self.root.text("model_type", "_class_name")

    @cached_property
    def text_model_type(self) -> str | None:
        """The family of the language model, e.g. `gemma3_text`."""
        named, usual = self.text.text("model_type"), SECTIONS.get(self.model_type or "")
        return named or (usual.text if usual and self.text is not self.root else self.model_type)

    @cached_property
    def architecture(self) -> str | None:
        """The first class of `architectures`."""
        names = self.root.texts("architectures") or self.text.texts("architectures")
        return names[0] if names else self.root.text("_class_name")

    @cached_property
    def dtype(self) -> str | None:
        """The type the config claims, e.g. `bfloat16`; the files may hold another."""
        return self.root.text("dtype", "torch_dtype") or self.text.text("dtype", "torch_dtype")

    @cached_property
    def quantization(self) -> Fields:
        """`quantization_config` (or MLX's `quantization`); empty when the model is plain."""
        return self.root.section("quantization_config", "quantization") or self.text.section(
            "quantization_config", "quantization"
        )

    @cached_property
    def hidden_size(self) -> int | None:
        """Width of the residual stream."""
        return self.text.positive(*HIDDEN)

    @cached_property
    def layers(self) -> int | None:
        """Decoder layers (encoder layers where there is no decoder)."""
        return self.text.positive(*LAYERS)

    @cached_property
    def heads(self) -> int | None:
        """Query heads."""
        return self.text.positive(*HEADS)

    @cached_property
    def vocab_size(self) -> int | None:
        """Rows of the token embedding."""
        return self.text.positive("vocab_size", "padded_vocab_size", "n_vocab")

    @cached_property
    def intermediate_size(self) -> int | None:
        """Width of the feed-forward network, as the config gives it."""
        return self.text.positive(
            "intermediate_size", "ffn_hidden_size", "n_inner", "d_ff", "ffn_dim", "encoder_ffn_dim"
        )

    @cached_property
    def context_length(self) -> int | None:
        """The longest sequence the model was made for, in tokens."""
        return self.text.positive(*CONTEXT) or self.root.positive(*CONTEXT)

    @cached_property
    def experts(self) -> int | None:
        """Routed experts a MoE layer has."""
        return _first(self.text, EXPERTS) or _first(self.text.section("ffn_config"), EXPERTS)

    @cached_property
    def experts_per_token(self) -> int | None:
        """Routed experts a token visits."""
        names = EXPERTS_PER_TOKEN
        return _first(self.text, names) or _first(self.text.section("ffn_config"), names)

    @property
    def is_diffusion(self) -> bool:
        """Whether it is one of diffusers': a pipeline's, or that of a part of one."""
        return "_class_name" in self.root

    @property
    def is_pipeline(self) -> bool:
        """Whether it is that of a whole pipeline."""
        return "Pipeline" in (self.root.text("_class_name") or "")

    @cached_property
    def tied(self) -> bool | None:
        """What the config says about sharing embedding and head; None when it is silent.

        Where two sections disagree, transformers 5 goes by the whole model's, 4 by the text's.
        """
        sections = (self.text, self.root)
        if (self.root.text("transformers_version") or "").startswith("5."):
            sections = (self.root, self.text)
        flags = (section.flag("tie_word_embeddings") for section in sections)
        return next((flag for flag in flags if flag is not None), None)


def _text_section(fields: Fields) -> Fields | None:
    for name in TEXT_SECTIONS:
        section = fields.section(name)
        if section.integer(*HIDDEN, *LAYERS) is not None or section.text("model_type"):
            return section
        if _holds_text(section):
            return section
    return None


def _holds_text(section: Fields) -> bool:
    return any(section.section(name) for name in TEXT_SECTIONS)


def _first(fields: Fields, names: tuple[str, ...]) -> int | None:
    """A number, or the first of a list that has one for each kind of expert."""
    listed = fields.integers(*names)
    return next((n for n in listed or () if n > 0), None) or fields.positive(*names)


HIDDEN = ("hidden_size", "n_embd", "n_embed", "d_model", "dim", "model_dim")
LAYERS = (
    "num_hidden_layers",
    "n_layer",
    "n_layers",
    "num_layers",
    "num_decoder_layers",
    "decoder_layers",
    "encoder_layers",
)
HEADS = (
    "num_attention_heads",
    "n_head",
    "n_heads",
    "num_heads",
    "attention_heads",
    "decoder_attention_heads",
    "encoder_attention_heads",
)
CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_sequence_length",
    "max_seq_len",
    "seq_length",
    "n_ctx",
    "max_target_positions",
    "model_max_length",
)
EXPERTS = (
    "num_local_experts",
    "num_experts",
    "n_routed_experts",
    "moe_num_experts",
    "num_moe_experts",
    "moe_num_local_experts",
)
EXPERTS_PER_TOKEN = (
    "num_experts_per_tok",
    "experts_per_token",
    "num_experts_per_token",
    "moe_top_k",
    "moe_topk",
    "moe_k",
    "top_k_experts",
    "num_activated_experts",
    "n_activated_experts",
    "top_k",
    "num_selected_experts",
)
