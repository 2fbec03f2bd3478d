"""What a nested section of config.json leaves out: transformers drops class defaults there.

Values are the defaults of the config classes (transformers 5.23); those that follow from other
fields, such as Llama's key and value heads, are not here. Flat configs are written in full.
"""

from collections.abc import Mapping

from paramtui.named_tuple import NamedTuple

Default = int | bool | tuple[int, ...]


class Sections(NamedTuple):
    """The model_types that a composite's sections have when they do not say."""

    text: str
    vision: str = ""


SECTIONS: Mapping[str, Sections] = {
    "aya_vision": Sections("cohere2", "siglip_vision_model"),
    "gemma3": Sections("gemma3_text", "siglip_vision_model"),
    "gemma3n": Sections("gemma3n_text"),
    "gemma4": Sections("gemma4_text"),
    "glm4v": Sections("glm4v_text"),
    "idefics3": Sections("llama", "idefics3_vision"),
    "internvl": Sections("qwen2", "internvl_vision"),
    "llama4": Sections("llama4_text", "llama4_vision_model"),
    "llava": Sections("llama", "clip_vision_model"),
    "llava_next": Sections("llama", "clip_vision_model"),
    "llava_onevision": Sections("qwen2", "siglip_vision_model"),
    "mistral3": Sections("mistral", "pixtral"),
    "mllama": Sections("mllama_text_model", "mllama_vision_model"),
    "paligemma": Sections("gemma", "siglip_vision_model"),
    "qwen2_5_vl": Sections("qwen2_5_vl_text", "qwen2_5_vl_vision"),
    "qwen2_vl": Sections("qwen2_vl_text", "qwen2_vl_vision"),
    "qwen3_5": Sections("qwen3_5_text", "qwen3_5_vision"),
    "qwen3_5_moe": Sections("qwen3_5_moe_text", "qwen3_5_vision"),
    "qwen3_vl": Sections("qwen3_vl_text", "qwen3_vl_vision"),
    "qwen3_vl_moe": Sections("qwen3_vl_moe_text", "qwen3_vl_vision"),
    "smolvlm": Sections("llama", "idefics3_vision"),
    "vipllava": Sections("llama", "clip_vision_model"),
}


def sizes(
    vocab: int, hidden: int, inner: int, layers: int, heads: int, context: int, **more: Default
) -> dict[str, Default]:
    """The six fields every decoder has, and others by name."""
    return {
        "vocab_size": vocab,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "max_position_embeddings": context,
        **more,
    }


QWEN2_VL = sizes(152064, 8192, 29568, 80, 64, 32768, num_key_value_heads=8)
DELTA: dict[str, Default] = {
    "head_dim": 256,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
}

SECTION_DEFAULTS: Mapping[str, Mapping[str, Default]] = {
    "cohere2": sizes(256000, 8192, 22528, 40, 64, 8192, sliding_window=4096),
    "gemma": sizes(256000, 3072, 24576, 28, 16, 8192, num_key_value_heads=16, head_dim=256),
    "gemma2": sizes(
        256000, 2304, 9216, 26, 8, 8192, num_key_value_heads=4, head_dim=256, sliding_window=4096
    ),
    "gemma3_text": sizes(
        262208,
        2304,
        9216,
        26,
        8,
        131072,
        num_key_value_heads=4,
        head_dim=256,
        sliding_window=4096,
        sliding_window_pattern=6,
    ),
    "gemma3n_text": sizes(
        262400,
        2048,
        16384,
        35,
        8,
        32768,
        num_key_value_heads=2,
        head_dim=256,
        sliding_window=512,
        num_kv_shared_layers=15,
    ),
    "gemma4_text": sizes(
        262144, 2304, 9216, 30, 8, 131072, num_key_value_heads=4, head_dim=256, sliding_window=512
    ),
    "glm4v_text": sizes(151552, 4096, 13696, 40, 32, 32768, num_key_value_heads=2),
    "llama": sizes(32000, 4096, 11008, 32, 32, 2048),
    "llama4_text": sizes(
        202048,
        5120,
        8192,
        48,
        40,
        131072,
        num_key_value_heads=8,
        head_dim=128,
        intermediate_size_mlp=16384,
        num_local_experts=16,
        num_experts_per_tok=1,
        interleave_moe_layer_step=1,
        attention_chunk_size=8192,
    ),
    "mistral": sizes(
        32000, 4096, 14336, 32, 32, 131072, num_key_value_heads=8, sliding_window=4096
    ),
    "mixtral": sizes(
        32000,
        4096,
        14336,
        32,
        32,
        131072,
        num_key_value_heads=8,
        num_local_experts=8,
        num_experts_per_tok=2,
    ),
    "mllama_text_model": sizes(
        128256,
        4096,
        14336,
        40,
        32,
        131072,
        num_key_value_heads=8,
        cross_attention_layers=(3, 8, 13, 18, 23, 28, 33, 38),
    ),
    "phi3": sizes(32064, 3072, 8192, 32, 32, 4096),
    "qwen2": sizes(
        151936, 4096, 22016, 32, 32, 32768, num_key_value_heads=32, use_sliding_window=False
    ),
    "qwen2_5_vl_text": QWEN2_VL,
    "qwen2_vl_text": QWEN2_VL,
    "qwen3": sizes(
        151936,
        4096,
        22016,
        32,
        32,
        32768,
        num_key_value_heads=32,
        head_dim=128,
        use_sliding_window=False,
    ),
    "qwen3_5_moe_text": {
        "vocab_size": 248320,
        "hidden_size": 2048,
        "num_hidden_layers": 40,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
        "max_position_embeddings": 32768,
        "moe_intermediate_size": 512,
        "shared_expert_intermediate_size": 512,
        "num_experts": 256,
        "num_experts_per_tok": 8,
        **DELTA,
    },
    "qwen3_5_text": sizes(248320, 4096, 12288, 32, 16, 32768, num_key_value_heads=4, **DELTA),
    "qwen3_moe": sizes(
        151936,
        2048,
        6144,
        24,
        32,
        32768,
        num_key_value_heads=4,
        moe_intermediate_size=768,
        num_experts=128,
        num_experts_per_tok=8,
    ),
    "qwen3_vl_moe_text": sizes(
        151936,
        2048,
        5632,
        24,
        16,
        128000,
        num_key_value_heads=16,
        head_dim=128,
        moe_intermediate_size=1408,
        num_experts=60,
        num_experts_per_tok=4,
    ),
    "qwen3_vl_text": sizes(
        151936, 4096, 22016, 32, 32, 128000, num_key_value_heads=32, head_dim=128
    ),
}
