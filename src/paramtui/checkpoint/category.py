"""What a tensor is for: one ordered table of name patterns."""

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Category(str, Enum):
    """The part of the model a parameter belongs to; the values are the JSON's keys."""

    EMBEDDING = "embedding"
    POSITION = "position"
    ATTENTION = "attention"
    LINEAR_ATTENTION = "linear_attention"
    SSM = "ssm"
    MLP = "mlp"
    EXPERTS = "experts"
    SHARED_EXPERTS = "shared_experts"
    ROUTER = "router"
    NORM = "norm"
    HEAD = "head"
    VISION = "vision"
    AUDIO = "audio"
    PROJECTOR = "projector"
    MTP = "mtp"
    ADAPTER = "adapter"
    OTHER = "other"


class Operator(str, Enum):
    """What the module that owns a tensor computes; precisions and LoRA go by this."""

    LINEAR = "linear"
    EMBEDDING = "embedding"
    CONVOLUTION = "convolution"
    NORM = "norm"
    OTHER = "other"


class Role(NamedTuple):
    """Where a tensor belongs and what its module computes."""

    category: Category
    operator: Operator


class Rule(NamedTuple):
    """One row: the first whose pattern is found in the name decides."""

    pattern: re.Pattern[str]
    category: Category


RULES: tuple[Rule, ...] = tuple(
    Rule(re.compile(pattern), category)
    for pattern, category in (
        (r"(^|\.)lora_|\.lora_[AB]|lora_magnitude", Category.ADAPTER),
        (r"(^|\.)(mtp|mtp_layers|mtp_block)\.", Category.MTP),
        (
            r"(^|\.)(multi_modal_projector|mm_projector|connector|aligner|merger|resampler|embed_vision|embed_audio|projector)(\.|$)",
            Category.PROJECTOR,
        ),
        (
            r"(^|\.)(vision_tower|vision_model|visual|vision_encoder|vpm|img_processor|vit|vision_embed_tokens|patch_embed\w*)(\.|$)",
            Category.VISION,
        ),
        (r"(^|\.)(audio_tower|audio_encoder|speech_encoder|audio_model)(\.|$)", Category.AUDIO),
        (r"(^|\.)(lm_head|output_layer|embed_out|classifier|score|pooler)(\.|$)", Category.HEAD),
        (
            r"(^|\.)(wpe|position_embeddings?|embed_positions|relative_attention_bias|pos_embed\w*)(\.|$)",
            Category.POSITION,
        ),
        (r"norm|(^|\.)ln_|layernorm", Category.NORM),
        (r"(^|\.)shared_experts?(\.|$)|shared_mlp|shared_expert_gate", Category.SHARED_EXPERTS),
        (
            r"(^|\.)experts(\.|$)|block_sparse_moe\.(input|output)_linear|switch_mlp",
            Category.EXPERTS,
        ),
        (r"(^|\.)(router|gate)(\.|$)", Category.ROUTER),
        (r"(^|\.)(linear_attn|linear_attention|delta_net)(\.|$)", Category.LINEAR_ATTENTION),
        (r"(^|\.)(mamba|mixer|ssm)(\.|$)|A_log|dt_proj|x_proj", Category.SSM),
        (
            r"(^|\.)(embed_tokens|wte|word_embeddings|tok_embeddings|token_type_embeddings|shared|embed_in|embedding|embeddings)(\.|$)",
            Category.EMBEDDING,
        ),
        (r"attn|attention|(^|\.)(q|k|v|o|qkv)_proj|Wqkv|query|key|value", Category.ATTENTION),
        (
            r"(^|\.)(mlp|ffn|feed_forward|fc1|fc2|intermediate|output|DenseReluDense|dense_h_to_4h|dense_4h_to_h)(\.|$)",
            Category.MLP,
        ),
    )
)


@lru_cache(maxsize=65536)
def categorise(pattern: str, dimensions: int) -> Role:
    """Category and operator of a tensor by its name (layer numbers as `*`) and its rank."""
    category = next(
        (rule.category for rule in RULES if rule.pattern.search(pattern)), Category.OTHER
    )
    return Role(category, _operator(pattern, category, dimensions))


def _operator(pattern: str, category: Category, dimensions: int) -> Operator:
    if category is Category.NORM:
        return Operator.NORM
    if category in (Category.EMBEDDING, Category.POSITION):
        return Operator.EMBEDDING
    if "conv" in pattern:
        return Operator.CONVOLUTION
    return Operator.LINEAR if dimensions >= 2 else Operator.OTHER
