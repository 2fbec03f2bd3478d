"""GGUF's metadata -> the configuration that transformers' config.json would hold.

Keys of llama.cpp: gguf-py/gguf/constants.py, `Keys`; its defaults: src/llama-model.cpp.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.formats.ggml_types import FILE_TYPES
from paramtui.checkpoint.formats.gguf import Array, Value
from paramtui.checkpoint.tensor import TensorInfo

Metadata = Mapping[str, Value]


def gguf_config(metadata: Metadata, tensors: Iterable[TensorInfo]) -> ModelConfig:
    """The configuration of a model; `tensors` under the names of `gguf_names`."""
    facts = _Facts(metadata)
    tensors = tuple(tensors)
    shapes = {tensor.name: tensor.shape for tensor in tensors}
    sections = (_plain(facts), _attention(facts), _experts(facts), _latent(facts))
    known: dict[str, Json] = {
        name: value for section in sections for name, value in section.items() if value is not None
    }
    if table := shapes.get("model.embed_tokens.weight"):
        known["tie_word_embeddings"] = "lm_head.weight" not in shapes
        known.setdefault("vocab_size", facts.length("tokenizer.ggml.tokens") or table[0])
    if any(name.startswith("decoder.") for name in shapes):
        known["is_encoder_decoder"] = True
    if any(tensor.dtype.block > 1 for tensor in tensors):
        known["quantization_config"] = _quantization(facts)
    return ModelConfig.from_json(known | _windows(facts) | _whole(facts))


class _Facts:
    """The metadata, asked under the architecture's own prefix."""

    def __init__(self, metadata: Metadata) -> None:
        self.metadata = metadata
        self.architecture = self.text("general.architecture") or ""

    def text(self, key: str) -> str | None:
        value = self.metadata.get(key)
        return value if isinstance(value, str) and value else None

    def length(self, key: str) -> int | None:
        value = self.metadata.get(key)
        return value.length if isinstance(value, Array) else None

    def value(self, key: str) -> Value | None:
        return self.metadata.get(f"{self.architecture}.{key}")

    def listed(self, key: str) -> tuple[int | float | bool, ...]:
        """The values layer by layer, where that is how they are given."""
        value = self.value(key)
        return value.values if isinstance(value, Array) else ()

    def integer(self, key: str) -> int | None:
        """A number; of one for each layer, the usual one that is not zero."""
        value = self.value(key)
        if isinstance(value, Array):
            usual = Counter(number for number in value.values if number).most_common(1)
            value = usual[0][0] if usual else None
        return value if isinstance(value, int) and not isinstance(value, bool) and value else None


Known = dict[str, int | None]


def _plain(facts: _Facts) -> Known:
    further = facts.integer("nextn_predict_layers")
    layers = facts.integer("block_count")
    return {
        "hidden_size": facts.integer("embedding_length"),
        "num_hidden_layers": layers - (further or 0) if layers else None,
        "num_decoder_layers": facts.integer("decoder_block_count"),
        "num_nextn_predict_layers": further,
        "intermediate_size": facts.integer("feed_forward_length"),
        "vocab_size": facts.integer("vocab_size"),
        "max_position_embeddings": facts.integer("context_length"),
        "mamba_d_state": facts.integer("ssm.state_size"),
        "mamba_d_conv": facts.integer("ssm.conv_kernel"),
        "mamba_n_groups": facts.integer("ssm.group_count"),
        "full_attention_interval": facts.integer("full_attention_interval"),
    }


def _attention(facts: _Facts) -> Known:
    heads = facts.integer("attention.head_count")
    return {
        "num_attention_heads": heads,
        "num_key_value_heads": facts.integer("attention.head_count_kv") or heads,
        "num_kv_shared_layers": facts.integer("attention.shared_kv_layers"),
        "head_dim": None if _is_latent(facts) else facts.integer("attention.key_length"),
    }


def _experts(facts: _Facts) -> Known:
    # DeepSeek's descendants name their experts otherwise; they are those with dense layers first.
    dense = facts.integer("leading_dense_block_count")
    experts = "n_routed_experts" if facts.value("leading_dense_block_count") else "num_experts"
    return {
        experts: facts.integer("expert_count"),
        "num_experts_per_tok": facts.integer("expert_used_count"),
        "n_shared_experts": facts.integer("expert_shared_count"),
        "moe_intermediate_size": facts.integer("expert_feed_forward_length"),
        "first_k_dense_replace": dense,
    }


def _is_latent(facts: _Facts) -> bool:
    return facts.integer("attention.kv_lora_rank") is not None


def _latent(facts: _Facts) -> Known:
    """Multi-head latent attention; newer files give the widths of a head under keys of its own."""
    if not _is_latent(facts):
        return {}
    rope = facts.integer("rope.dimension_count")
    key = facts.integer("attention.key_length_mla") or facts.integer("attention.key_length")
    value = facts.integer("attention.value_length_mla") or facts.integer("attention.value_length")
    return {
        "kv_lora_rank": facts.integer("attention.kv_lora_rank"),
        "q_lora_rank": facts.integer("attention.q_lora_rank"),
        "qk_rope_head_dim": rope,
        "qk_nope_head_dim": key - rope if key and rope and key > rope else None,
        "v_head_dim": value,
    }


ASSUMED = ("gemma2", "llama4")
"""Architectures whose window llama.cpp knows when a file does not say it."""


def _windows(facts: _Facts) -> dict[str, Json]:
    """Sliding windows: how wide, and which layers have them; none where the file names none."""
    found: dict[str, Json] = {}
    size = facts.integer("attention.sliding_window")
    if size or facts.architecture not in ASSUMED:
        found["sliding_window"] = size
    kinds = ("full_attention", "sliding_attention")
    if slides := facts.listed("attention.sliding_window_pattern"):
        found["layer_types"] = [kinds[bool(slide)] for slide in slides]
    elif period := facts.integer("attention.sliding_window_pattern"):
        found["sliding_window_pattern"] = period
    return found


def _whole(facts: _Facts) -> dict[str, Json]:
    """What is no number: family, type, licence, and the vision tower of an mmproj file."""
    found: dict[str, Json] = {
        "model_type": _model_type(facts),
        "architectures": [facts.architecture] if facts.architecture else [],
        "license": facts.text("general.license"),
    }
    if facts.value("attention.causal") is False:
        found["is_causal"] = False
    vision = {ours: facts.integer(f"vision.{theirs}") for ours, theirs in VISION.items()}
    if any(vision.values()):
        found["vision_config"] = {name: value for name, value in vision.items() if value}
    return found


def _quantization(facts: _Facts) -> dict[str, Json]:
    kind = facts.metadata.get("general.file_type")
    file_type = FILE_TYPES.get(kind) if isinstance(kind, int) else None
    return {"quant_method": "gguf", "file_type": file_type}


VISION = {
    "image_size": "image_size",
    "patch_size": "patch_size",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
}


def _model_type(facts: _Facts) -> str:
    name = facts.architecture
    if name == "llama" and facts.integer("expert_count"):
        return "mixtral"
    if name == "olmo2" and facts.integer("attention.sliding_window"):
        return "olmo3"
    return MODEL_TYPES.get(name, name.replace("-", "_"))


MODEL_TYPES = {
    "bailingmoe": "bailing_moe",
    "bailingmoe2": "bailing_moe_v2",
    "clip": "clip_vision_model",
    "command-r": "cohere",
    "deci": "nemotron-nas",
    "deepseek2": "deepseek_v2",
    "gemma-embedding": "gemma3_text",
    "gemma3": "gemma3_text",
    "gemma3n": "gemma3n_text",
    "gemma4": "gemma4_text",
    "glm4moe": "glm4_moe",
    "gptneox": "gpt_neox",
    "granitehybrid": "granitemoehybrid",
    "hunyuan-dense": "hunyuan_v1_dense",
    "hunyuan-moe": "hunyuan_v1_moe",
    "jina-bert-v2": "bert",
    "jina-bert-v3": "xlm-roberta",
    "lfm2moe": "lfm2_moe",
    "llama-embed": "llama",
    "mimo2": "mimo_v2_flash",
    "mistral3": "ministral3",
    "modern-bert": "modernbert",
    "nomic-bert-moe": "nomic_bert",
    "phi2": "phi",
    "qwen2moe": "qwen2_moe",
    "qwen2vl": "qwen2_vl",
    "qwen3moe": "qwen3_moe",
    "qwen3next": "qwen3_next",
    "qwen3vl": "qwen3_vl",
    "qwen3vlmoe": "qwen3_vl_moe",
    "qwen35": "qwen3_5_text",
    "qwen35moe": "qwen3_5_moe_text",
    "starcoder": "gpt_bigcode",
    "t5encoder": "t5",
}
"""The `model_type` of transformers where llama.cpp's name is not the same with underscores."""
