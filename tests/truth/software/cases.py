"""Tiny models of every family: invented sizes, and variants that turn what a config can turn."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from _pytest.mark import ParameterSet

Config = dict[str, Any]


class Case(NamedTuple):
    """One tiny model: the class that transformers saves, and the config.json it comes from."""

    name: str
    architecture: str
    config: Config

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


class Row(NamedTuple):
    """One family: its class, its config, and what its variants change."""

    architecture: str
    config: Config
    variants: Mapping[str, Config] = {}


DECODER: Config = {
    "hidden_size": 72,
    "intermediate_size": 100,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 3,
    "vocab_size": 113,
    "max_position_embeddings": 48,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
WIDE = {**DECODER, "head_dim": 20}
GPT = {
    "n_embd": 72,
    "n_inner": 100,
    "n_layer": 3,
    "n_head": 6,
    "n_positions": 48,
    "vocab_size": 113,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
MOE = {**DECODER, "num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 28}
LOCAL_MOE = {**WIDE, "num_local_experts": 5, "num_experts_per_tok": 2}
DEEPSEEK = {
    **DECODER,
    "num_key_value_heads": 6,
    "n_routed_experts": 6,
    "num_experts_per_tok": 2,
    "n_shared_experts": 2,
    "moe_intermediate_size": 28,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
}
LATENT = {
    **DEEPSEEK,
    "kv_lora_rank": 20,
    "q_lora_rank": 28,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "v_head_dim": 12,
}
MAMBA2 = {
    "mamba_n_heads": 6,
    "mamba_d_head": 24,
    "mamba_d_state": 10,
    "mamba_n_groups": 2,
    "mamba_expand": 2,
    "mamba_d_conv": 4,
}
DELTA = {
    **WIDE,
    "num_hidden_layers": 5,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 10,
    "linear_value_head_dim": 14,
    "linear_conv_kernel_dim": 4,
}
STATE = {
    "hidden_size": 72,
    "num_hidden_layers": 3,
    "vocab_size": 113,
    "state_size": 10,
    "expand": 2,
    "conv_kernel": 4,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
T5 = {
    "d_model": 72,
    "d_ff": 100,
    "d_kv": 20,
    "num_layers": 3,
    "num_decoder_layers": 2,
    "num_heads": 6,
    "vocab_size": 113,
    "decoder_start_token_id": 0,
}
BART = {
    "d_model": 72,
    "encoder_ffn_dim": 100,
    "decoder_ffn_dim": 84,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 6,
    "decoder_attention_heads": 4,
    "max_position_embeddings": 48,
    "vocab_size": 113,
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
}
BERT = {
    "hidden_size": 72,
    "intermediate_size": 100,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "vocab_size": 113,
    "max_position_embeddings": 48,
    "type_vocab_size": 3,
    "pad_token_id": 0,
}
IMAGES = {
    "hidden_size": 72,
    "intermediate_size": 100,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "image_size": 32,
    "patch_size": 8,
}

TIED = {"tied": {"tie_word_embeddings": True}}
UNTIED = {"untied": {"tie_word_embeddings": False}}
BIASES = {"biases": {"attention_bias": True}}
ALL_BIASES = {"biases": {"attention_bias": True, "mlp_bias": True}}
MULTI_HEAD = {"multi-head": {"num_key_value_heads": 6}}
ONE_HEAD = {"one-head": {"num_key_value_heads": 1}}
CLASSES = ("ForSequenceClassification", {"id2label": {"0": "a", "1": "b", "2": "c"}})

DENSE: dict[str, Row] = {
    "apertus": Row("ApertusForCausalLM", DECODER, {**TIED, **BIASES}),
    "arcee": Row("ArceeForCausalLM", WIDE, {**TIED, **ALL_BIASES}),
    "cohere": Row("CohereForCausalLM", DECODER, {**UNTIED, "norms": {"use_qk_norm": True}}),
    "cohere2": Row("Cohere2ForCausalLM", WIDE, {**UNTIED, **BIASES}),
    "cwm": Row("CwmForCausalLM", WIDE, TIED),
    "ernie4_5": Row("Ernie4_5ForCausalLM", WIDE, {**UNTIED, "biases": {"use_bias": True}}),
    "exaone4": Row("Exaone4ForCausalLM", DECODER, TIED),
    "gemma": Row("GemmaForCausalLM", WIDE, {**UNTIED, **BIASES, **ONE_HEAD}),
    "gemma2": Row(
        "Gemma2ForCausalLM", {**WIDE, "final_logit_softcapping": 30.0}, {**UNTIED, **BIASES}
    ),
    "gemma3_text": Row("Gemma3ForCausalLM", {**WIDE, "num_hidden_layers": 7}, {**UNTIED, **BIASES}),
    "glm": Row("GlmForCausalLM", WIDE, {**TIED, "unbiased": {"attention_bias": False}}),
    "glm4": Row("Glm4ForCausalLM", WIDE, {**TIED, "unbiased": {"attention_bias": False}}),
    "granite": Row("GraniteForCausalLM", DECODER, {**TIED, **ALL_BIASES}),
    "helium": Row("HeliumForCausalLM", {**WIDE, "head_dim": 12}, {**TIED, **ALL_BIASES}),
    "hunyuan_v1_dense": Row("HunYuanDenseV1ForCausalLM", WIDE, {**TIED, **BIASES}),
    "llama": Row(
        "LlamaForCausalLM",
        DECODER,
        {**TIED, **ALL_BIASES, **MULTI_HEAD, **ONE_HEAD, "wide": {"head_dim": 20}},
    ),
    "ministral": Row("MinistralForCausalLM", WIDE, TIED),
    "ministral3": Row("Ministral3ForCausalLM", WIDE, TIED),
    "mistral": Row(
        "MistralForCausalLM", DECODER, {**TIED, **MULTI_HEAD, "window": {"sliding_window": 7}}
    ),
    "nemotron": Row("NemotronForCausalLM", WIDE, {**TIED, **ALL_BIASES}),
    "olmo": Row("OlmoForCausalLM", DECODER, {**TIED, **BIASES}),
    "olmo2": Row("Olmo2ForCausalLM", DECODER, {**TIED, **BIASES, **MULTI_HEAD}),
    "olmo3": Row("Olmo3ForCausalLM", {**DECODER, "sliding_window": 7}, {**TIED, **BIASES}),
    "phi": Row("PhiForCausalLM", DECODER, {**TIED, "norms": {"qk_layernorm": True}}),
    "phi3": Row("Phi3ForCausalLM", {**DECODER, "sliding_window": 7}, {**TIED, **MULTI_HEAD}),
    "qwen2": Row("Qwen2ForCausalLM", DECODER, {**TIED, **MULTI_HEAD}),
    "qwen3": Row("Qwen3ForCausalLM", WIDE, {**TIED, **BIASES}),
    "seed_oss": Row(
        "SeedOssForCausalLM",
        WIDE,
        {**TIED, "biases": {"attention_out_bias": True, "mlp_bias": True}},
    ),
    "smollm3": Row("SmolLM3ForCausalLM", DECODER, {**UNTIED, **ALL_BIASES}),
    "stablelm": Row(
        "StableLmForCausalLM",
        {**DECODER, "partial_rotary_factor": 0.5},
        {
            **TIED,
            "biases": {"use_qkv_bias": True},
            "norms": {"qk_layernorm": True},
            "parallel": {"use_parallel_residual": True},
        },
    ),
    "starcoder2": Row(
        "Starcoder2ForCausalLM", DECODER, {**UNTIED, "unbiased": {"use_bias": False}}
    ),
    "vaultgemma": Row(
        "VaultGemmaForCausalLM", {**WIDE, "final_logit_softcapping": 30.0}, {**UNTIED, **BIASES}
    ),
}

GPTS: dict[str, Row] = {
    "bloom": Row(
        "BloomForCausalLM",
        {"hidden_size": 72, "n_layer": 3, "n_head": 6, "vocab_size": 113},
        UNTIED,
    ),
    "codegen": Row("CodeGenForCausalLM", {**GPT, "n_head": 4, "rotary_dim": 8, "n_ctx": 48}),
    "falcon": Row(
        "FalconForCausalLM",
        {
            "hidden_size": 72,
            "num_hidden_layers": 3,
            "num_attention_heads": 6,
            "vocab_size": 113,
            "bos_token_id": 1,
            "eos_token_id": 2,
        },
        {
            "grouped": {"new_decoder_architecture": True, "num_kv_heads": 2},
            "one-norm": {
                "new_decoder_architecture": True,
                "num_kv_heads": 3,
                "num_ln_in_parallel_attn": 1,
            },
            "multi-head": {"multi_query": False, "parallel_attn": False, "bias": True},
            "ffn": {"ffn_hidden_size": 100, "tie_word_embeddings": False},
        },
    ),
    "gpt2": Row("GPT2LMHeadModel", GPT, {**UNTIED, "four-times": {"n_inner": None}}),
    "gpt_bigcode": Row("GPTBigCodeForCausalLM", GPT, {"multi-head": {"multi_query": False}}),
    "gpt_neo": Row(
        "GPTNeoForCausalLM",
        {
            "hidden_size": 72,
            "intermediate_size": 100,
            "num_layers": 4,
            "num_heads": 6,
            "vocab_size": 113,
            "max_position_embeddings": 48,
            "window_size": 7,
            "attention_types": [[["global", "local"], 2]],
        },
    ),
    "gpt_neox": Row(
        "GPTNeoXForCausalLM",
        {key: value for key, value in DECODER.items() if key != "num_key_value_heads"},
        {**TIED, "unbiased": {"attention_bias": False}},
    ),
    "gptj": Row("GPTJForCausalLM", {**GPT, "rotary_dim": 8}),
    "mpt": Row(
        "MptForCausalLM",
        {"d_model": 72, "n_layers": 3, "n_heads": 6, "max_seq_len": 48, "vocab_size": 113},
    ),
    "opt": Row(
        "OPTForCausalLM",
        {
            "hidden_size": 72,
            "ffn_dim": 100,
            "num_hidden_layers": 3,
            "num_attention_heads": 6,
            "vocab_size": 113,
            "max_position_embeddings": 48,
            "word_embed_proj_dim": 72,
        },
        {
            "projected": {"word_embed_proj_dim": 40, "do_layer_norm_before": False},
            "unbiased": {"enable_bias": False, "layer_norm_elementwise_affine": False},
        },
    ),
    "persimmon": Row("PersimmonForCausalLM", DECODER, {"no-norms": {"qk_layernorm": False}}),
}

MIXTURES: dict[str, Row] = {
    "dbrx": Row(
        "DbrxForCausalLM",
        {
            "d_model": 72,
            "n_heads": 6,
            "n_layers": 3,
            "vocab_size": 113,
            "max_seq_len": 48,
            "attn_config": {"kv_n_heads": 3, "rope_theta": 10000.0, "clip_qkv": 8},
            "ffn_config": {
                "hidden_size": 72,
                "ffn_hidden_size": 28,
                "moe_num_experts": 5,
                "moe_top_k": 2,
            },
        },
    ),
    "deepseek_v2": Row(
        "DeepseekV2ForCausalLM", LATENT, {"no-q-rank": {"q_lora_rank": None}, **ALL_BIASES}
    ),
    "deepseek_v3": Row(
        "DeepseekV3ForCausalLM",
        LATENT,
        {
            **TIED,
            **BIASES,
            "no-q-rank": {"q_lora_rank": None},
            "dense": {"first_k_dense_replace": 2},
        },
    ),
    "dots1": Row("Dots1ForCausalLM", DEEPSEEK, BIASES),
    "ernie4_5_moe": Row(
        "Ernie4_5_MoeForCausalLM",
        {
            **DECODER,
            "moe_num_experts": 5,
            "moe_k": 2,
            "moe_intermediate_size": 28,
            "moe_num_shared_experts": 2,
            "moe_layer_start_index": 1,
            "moe_layer_end_index": 2,
            "moe_layer_interval": 1,
        },
        {"biases": {"use_bias": True}},
    ),
    "flex_olmo": Row("FlexOlmoForCausalLM", MOE, BIASES),
    "glm4_moe": Row("Glm4MoeForCausalLM", DEEPSEEK, {**BIASES, "norms": {"use_qk_norm": True}}),
    "glm4_moe_lite": Row("Glm4MoeLiteForCausalLM", LATENT, BIASES),
    "gpt_oss": Row("GptOssForCausalLM", LOCAL_MOE, {"unbiased": {"attention_bias": False}}),
    "granitemoe": Row("GraniteMoeForCausalLM", LOCAL_MOE, {**TIED, **BIASES}),
    "granitemoeshared": Row(
        "GraniteMoeSharedForCausalLM",
        {**LOCAL_MOE, "shared_intermediate_size": 44},
        {"no-shared": {"shared_intermediate_size": 0}},
    ),
    "llama4_text": Row(
        "Llama4ForCausalLM",
        {**LOCAL_MOE, "intermediate_size_mlp": 88, "num_hidden_layers": 4},
        {"mixed": {"interleave_moe_layer_step": 2}, **BIASES},
    ),
    "minimax_m2": Row("MiniMaxM2ForCausalLM", LOCAL_MOE),
    "mixtral": Row("MixtralForCausalLM", LOCAL_MOE, TIED),
    "olmoe": Row("OlmoeForCausalLM", MOE, BIASES),
    "phimoe": Row(
        "PhimoeForCausalLM", LOCAL_MOE, {"biases": {"attention_bias": True, "lm_head_bias": True}}
    ),
    "qwen2_moe": Row(
        "Qwen2MoeForCausalLM",
        {**MOE, "shared_expert_intermediate_size": 44},
        {"sparse-step": {"decoder_sparse_step": 2}, "dense-0": {"mlp_only_layers": [0]}},
    ),
    "qwen3_moe": Row("Qwen3MoeForCausalLM", {**MOE, "head_dim": 20}, {**TIED, **BIASES}),
}

NEWER: dict[str, Row] = {
    "afmoe": Row("AfmoeForCausalLM", {**MOE, "head_dim": 20, "num_dense_layers": 1}),
    "deepseek_v32": Row("DeepseekV32ForCausalLM", LATENT),
    "exaone_moe": Row("ExaoneMoeForCausalLM", {**MOE, "first_k_dense_replace": 1, "n_group": 1}),
    "glm_moe_dsa": Row(
        "GlmMoeDsaForCausalLM",
        LATENT,
        {
            "shared-indexers": {"index_topk_freq": 2, "index_skip_topk_offset": 1},
            "pattern": {"index_topk_pattern": "FSF"},
        },
    ),
    "hunyuan_v1_moe": Row("HunYuanMoEV1ForCausalLM", {**WIDE, "num_experts": 5}),
    "hy_v3": Row("HYV3ForCausalLM", {**MOE, "head_dim": 20}),
    "minicpm3": Row("MiniCPM3ForCausalLM", LATENT),
    "mistral4": Row("Mistral4ForCausalLM", LATENT),
    "youtu": Row("YoutuForCausalLM", LATENT),
}

HYBRIDS: dict[str, Row] = {
    "bamba": Row(
        "BambaForCausalLM",
        {**DECODER, **MAMBA2, "attn_layer_indices": [1]},
        {"biases": {"attention_bias": True, "mamba_proj_bias": True, "mlp_bias": True}},
    ),
    "falcon_h1": Row(
        "FalconH1ForCausalLM",
        {**WIDE, **MAMBA2, "mamba_d_ssm": 144},
        {"norm": {"mamba_rms_norm": True}, "biases": {"projectors_bias": True, "mlp_bias": True}},
    ),
    "falcon_mamba": Row("FalconMambaForCausalLM", STATE, UNTIED),
    "granitemoehybrid": Row(
        "GraniteMoeHybridForCausalLM",
        {
            **DECODER,
            **MAMBA2,
            "num_local_experts": 5,
            "num_experts_per_tok": 2,
            "shared_intermediate_size": 44,
            "layer_types": ["mamba", "attention", "mamba"],
        },
        {"dense": {"num_local_experts": 0}},
    ),
    "jamba": Row(
        "JambaForCausalLM",
        {
            **DECODER,
            "num_hidden_layers": 4,
            "num_experts": 5,
            "num_experts_per_tok": 2,
            "mamba_d_state": 10,
            "mamba_d_conv": 4,
            "mamba_expand": 2,
            "mamba_dt_rank": 5,
            "attn_layer_period": 4,
            "attn_layer_offset": 2,
            "expert_layer_period": 2,
            "expert_layer_offset": 1,
        },
        {"biases": {"mamba_proj_bias": True}, "no-conv-bias": {"mamba_conv_bias": False}},
    ),
    "lfm2": Row(
        "Lfm2ForCausalLM",
        {
            **DECODER,
            "layer_types": ["conv", "full_attention", "conv"],
            "block_multiple_of": 16,
            "conv_L_cache": 3,
        },
        {"biases": {"conv_bias": True}, "as-given": {"block_auto_adjust_ff_dim": False}},
    ),
    "lfm2_moe": Row(
        "Lfm2MoeForCausalLM",
        {**MOE, "layer_types": ["conv", "full_attention", "conv"], "num_dense_layers": 1},
        {"no-expert-bias": {"use_expert_bias": False}},
    ),
    "mamba": Row(
        "MambaForCausalLM",
        STATE,
        {**UNTIED, "biases": {"use_bias": True}, "rank": {"time_step_rank": 7}},
    ),
    "mamba2": Row(
        "Mamba2ForCausalLM",
        {**STATE, "num_heads": 6, "head_dim": 24, "n_groups": 2},
        {**TIED, "biases": {"use_bias": True, "use_conv_bias": False}},
    ),
    "nemotron_h": Row(
        "NemotronHForCausalLM",
        {
            **WIDE,
            "num_hidden_layers": 4,
            "layers_block_type": ["mamba", "moe", "attention", "mamba"],
            "mamba_num_heads": 6,
            "mamba_head_dim": 24,
            "ssm_state_size": 10,
            "n_groups": 2,
            "n_routed_experts": 6,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 28,
            "moe_shared_expert_intermediate_size": 44,
            "n_group": 1,
            "topk_group": 1,
        },
        {"biases": {"use_bias": True, "mlp_bias": True, "attention_bias": True}},
    ),
    "qwen3_next": Row(
        "Qwen3NextForCausalLM",
        {
            **DELTA,
            "num_experts": 5,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 28,
            "shared_expert_intermediate_size": 44,
        },
        {**TIED, "interval": {"full_attention_interval": 2}},
    ),
    "qwen3_5_text": Row("Qwen3_5ForCausalLM", DELTA, TIED),
    "qwen3_5_moe_text": Row(
        "Qwen3_5MoeForCausalLM",
        {
            **DELTA,
            "num_experts": 5,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 28,
            "shared_expert_intermediate_size": 44,
        },
    ),
    "zamba2": Row(
        "Zamba2ForCausalLM",
        {
            **DECODER,
            "num_hidden_layers": 5,
            "num_key_value_heads": 6,
            "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid", "hybrid"],
            "n_mamba_heads": 6,
            "mamba_headdim": 24,
            "mamba_d_state": 10,
            "mamba_ngroups": 2,
            "num_mem_blocks": 2,
            "adapter_rank": 7,
        },
        {"attention-adapters": {"use_shared_attention_adapter": True}},
    ),
}

ENCODER_DECODERS: dict[str, Row] = {
    "bart": Row("BartForConditionalGeneration", BART, UNTIED),
    "blenderbot": Row("BlenderbotForConditionalGeneration", BART),
    "m2m_100": Row("M2M100ForConditionalGeneration", BART),
    "marian": Row("MarianMTModel", BART),
    "mbart": Row("MBartForConditionalGeneration", BART),
    "mt5": Row("MT5ForConditionalGeneration", T5),
    "pegasus": Row("PegasusForConditionalGeneration", BART),
    "t5": Row("T5ForConditionalGeneration", T5, {"gated": {"feed_forward_proj": "gated-gelu"}}),
    "umt5": Row("UMT5ForConditionalGeneration", T5),
    "whisper": Row(
        "WhisperForConditionalGeneration",
        {
            **{key: value for key, value in BART.items() if key != "max_position_embeddings"},
            "decoder_attention_heads": 6,
            "max_source_positions": 25,
            "max_target_positions": 48,
            "num_mel_bins": 10,
            "decoder_start_token_id": 1,
        },
    ),
}

ENCODERS: dict[str, Row] = {
    "albert": Row("AlbertForMaskedLM", {**BERT, "embedding_size": 20}),
    "bert": Row("BertForMaskedLM", BERT, UNTIED),
    "camembert": Row("CamembertForMaskedLM", BERT),
    "deberta-v2": Row("DebertaV2ForMaskedLM", BERT),
    "deit": Row("DeiTForImageClassification", IMAGES),
    "dinov2": Row(
        "Dinov2Model",
        {**{k: v for k, v in IMAGES.items() if k != "intermediate_size"}, "mlp_ratio": 3},
        {"swiglu": {"use_swiglu_ffn": True}},
    ),
    "distilbert": Row(
        "DistilBertForMaskedLM",
        {
            "dim": 72,
            "hidden_dim": 100,
            "n_layers": 3,
            "n_heads": 6,
            "vocab_size": 113,
            "max_position_embeddings": 48,
        },
    ),
    "electra": Row("ElectraForMaskedLM", {**BERT, "embedding_size": 20}),
    "modernbert": Row(
        "ModernBertForMaskedLM",
        {**BERT, "num_hidden_layers": 4},
        {"biases": {"attention_bias": True, "mlp_bias": True, "norm_bias": True}},
    ),
    "mpnet": Row("MPNetForMaskedLM", BERT),
    "roberta": Row("RobertaForMaskedLM", BERT),
    "vit": Row("ViTForImageClassification", IMAGES, {"unbiased": {"qkv_bias": False}}),
    "xlm-roberta": Row("XLMRobertaForMaskedLM", BERT),
}

SIGLIP = {**IMAGES, "model_type": "siglip_vision_model"}
CLIP = {**IMAGES, "model_type": "clip_vision_model", "projection_dim": 36}
IDEFICS = {
    "text_config": {**DECODER, "model_type": "llama"},
    "vision_config": IMAGES,
    "image_token_id": 112,
}
QWEN_TOWER = {
    "depth": 2,
    "num_heads": 4,
    "hidden_size": 48,
    "intermediate_size": 60,
    "in_channels": 3,
    "patch_size": 8,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "out_hidden_size": 72,
    "num_position_embeddings": 16,
}
QWEN_TOKENS = {
    "image_token_id": 110,
    "video_token_id": 111,
    "vision_start_token_id": 108,
    "vision_end_token_id": 109,
}
SECTIONS_OF_ROTATION = {"rope_type": "default", "mrope_section": [2, 2, 2], "rope_theta": 10000.0}
TURNED = {**DECODER, "rope_parameters": SECTIONS_OF_ROTATION}
WIDE_TURNED = {
    **WIDE,
    "rope_parameters": {**SECTIONS_OF_ROTATION, "mrope_section": [4, 3, 3]},
}
NEXT_TURNED = {
    "rope_parameters": {
        **SECTIONS_OF_ROTATION,
        "mrope_section": [2, 2, 1],
        "partial_rotary_factor": 0.5,
    }
}

TEXT_TOWER = {
    **{key: value for key, value in BERT.items() if key != "type_vocab_size"},
    "eos_token_id": 2,
    "projection_dim": 36,
}

COMPOSITES: dict[str, Row] = {
    "clip_text_model": Row(
        "CLIPTextModel",
        TEXT_TOWER,
        {"projected": {"architectures": ["CLIPTextModelWithProjection"]}},
    ),
    "clip_vision_model": Row("CLIPVisionModel", CLIP),
    "clip": Row(
        "CLIPModel", {"text_config": TEXT_TOWER, "vision_config": CLIP, "projection_dim": 36}
    ),
    "siglip": Row("SiglipModel", {"text_config": TEXT_TOWER, "vision_config": SIGLIP}),
    "gemma3": Row(
        "Gemma3ForConditionalGeneration",
        {
            "text_config": {**WIDE, "model_type": "gemma3_text"},
            "vision_config": SIGLIP,
            "mm_tokens_per_image": 4,
        },
    ),
    "idefics3": Row("Idefics3ForConditionalGeneration", IDEFICS, TIED),
    "internvl": Row(
        "InternVLForConditionalGeneration",
        {
            "text_config": {**DECODER, "model_type": "qwen2"},
            "vision_config": {
                **IMAGES,
                "model_type": "internvl_vision",
                "image_size": [32, 32],
                "patch_size": [8, 8],
            },
            "image_token_id": 112,
            "tie_word_embeddings": False,
        },
    ),
    "llama4": Row(
        "Llama4ForConditionalGeneration",
        {
            "text_config": {
                **LOCAL_MOE,
                "model_type": "llama4_text",
                "intermediate_size_mlp": 88,
                "interleave_moe_layer_step": 2,
            },
            "vision_config": {
                **IMAGES,
                "model_type": "llama4_vision_model",
                "intermediate_size": 4 * 72,
                "projector_input_dim": 40,
                "projector_output_dim": 40,
                "vision_output_dim": 40,
            },
        },
    ),
    "llava": Row(
        "LlavaForConditionalGeneration",
        {
            "text_config": {**DECODER, "model_type": "llama"},
            "vision_config": CLIP,
            "image_token_index": 112,
        },
        {
            "mistral": {"text_config": {**DECODER, "model_type": "mistral"}},
            "two-levels": {"vision_feature_layer": [-2, -1], "multimodal_projector_bias": False},
        },
    ),
    "llava_next": Row(
        "LlavaNextForConditionalGeneration",
        {
            "text_config": {**DECODER, "model_type": "mistral"},
            "vision_config": CLIP,
            "image_token_index": 112,
        },
    ),
    "llava_onevision": Row(
        "LlavaOnevisionForConditionalGeneration",
        {
            "text_config": {**DECODER, "model_type": "qwen2"},
            "vision_config": {**SIGLIP, "vision_use_head": False},
            "image_token_index": 111,
            "video_token_index": 112,
        },
    ),
    "mistral3": Row(
        "Mistral3ForConditionalGeneration",
        {
            "text_config": {**WIDE, "model_type": "mistral"},
            "vision_config": {**IMAGES, "model_type": "pixtral", "head_dim": 12},
            "image_token_index": 112,
            "tie_word_embeddings": False,
        },
    ),
    "mllama": Row(
        "MllamaForConditionalGeneration",
        {
            "text_config": {
                **DECODER,
                "model_type": "mllama_text_model",
                "num_hidden_layers": 4,
                "cross_attention_layers": [1, 3],
            },
            "vision_config": {
                "model_type": "mllama_vision_model",
                "hidden_size": 72,
                "intermediate_size": 100,
                "attention_heads": 6,
                "num_hidden_layers": 3,
                "num_global_layers": 2,
                "image_size": 32,
                "patch_size": 8,
                "max_num_tiles": 2,
                "intermediate_layers_indices": [0, 1],
                "vision_output_dim": 72 * 3,
                "supported_aspect_ratios": [[1, 1], [1, 2], [2, 1]],
            },
        },
    ),
    "paligemma": Row(
        "PaliGemmaForConditionalGeneration",
        {
            "text_config": {**WIDE, "model_type": "gemma"},
            "vision_config": {**SIGLIP, "projection_dim": 72},
            "projection_dim": 72,
            "image_token_index": 112,
        },
    ),
    "qwen2_vl": Row(
        "Qwen2VLForConditionalGeneration",
        {
            **QWEN_TOKENS,
            "text_config": TURNED,
            "vision_config": {**QWEN_TOWER, "embed_dim": 48, "hidden_size": 72, "mlp_ratio": 2},
        },
        TIED,
    ),
    "qwen2_5_vl": Row(
        "Qwen2_5_VLForConditionalGeneration",
        {**QWEN_TOKENS, "text_config": TURNED, "vision_config": QWEN_TOWER},
        TIED,
    ),
    "qwen3_vl": Row(
        "Qwen3VLForConditionalGeneration",
        {
            **QWEN_TOKENS,
            "text_config": WIDE_TURNED,
            "vision_config": {**QWEN_TOWER, "deepstack_visual_indexes": [0]},
        },
        TIED,
    ),
    "qwen3_vl_moe": Row(
        "Qwen3VLMoeForConditionalGeneration",
        {
            **QWEN_TOKENS,
            "text_config": {
                **WIDE_TURNED,
                "num_experts": 5,
                "num_experts_per_tok": 2,
                "moe_intermediate_size": 28,
            },
            "vision_config": {**QWEN_TOWER, "deepstack_visual_indexes": [0, 1]},
        },
    ),
    "qwen3_5": Row(
        "Qwen3_5ForConditionalGeneration",
        {**QWEN_TOKENS, "text_config": {**DELTA, **NEXT_TURNED}, "vision_config": QWEN_TOWER},
    ),
    "qwen3_5_moe": Row(
        "Qwen3_5MoeForConditionalGeneration",
        {
            **QWEN_TOKENS,
            "text_config": {
                **DELTA,
                **NEXT_TURNED,
                "num_experts": 5,
                "num_experts_per_tok": 2,
                "moe_intermediate_size": 28,
                "shared_expert_intermediate_size": 44,
            },
            "vision_config": QWEN_TOWER,
        },
    ),
    "smolvlm": Row("SmolVLMForConditionalGeneration", IDEFICS),
}

GEMMA4_TEXT = {
    **WIDE,
    "num_hidden_layers": 7,
    "global_head_dim": 24,
    "hidden_size_per_layer_input": 0,
    "sliding_window": 8,
}
GEMMA4_VARIANTS: dict[str, Config] = {
    "experts": {
        "enable_moe_block": True,
        "num_experts": 5,
        "top_k_experts": 2,
        "moe_intermediate_size": 28,
        "attention_k_eq_v": True,
        "num_global_key_value_heads": 1,
    },
    "small": {
        "hidden_size_per_layer_input": 14,
        "vocab_size_per_layer_input": 113,
        "num_kv_shared_layers": 2,
        "num_hidden_layers": 12,
        "use_double_wide_mlp": True,
    },
}
GEMMA4_VISION = {
    **{k: v for k, v in IMAGES.items() if k in ("hidden_size", "intermediate_size")},
    "model_type": "gemma4_vision",
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 6,
    "head_dim": 12,
    "patch_size": 8,
    "position_embedding_size": 40,
}
GEMMA4_AUDIO = {
    "model_type": "gemma4_audio",
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "subsampling_conv_channels": [16, 8],
    "output_proj_dims": 36,
}
GEMMA4: dict[str, Row] = {
    "gemma4_text": Row("Gemma4ForCausalLM", GEMMA4_TEXT, GEMMA4_VARIANTS),
    "gemma4": Row(
        "Gemma4ForConditionalGeneration",
        {
            "text_config": {**GEMMA4_TEXT, "model_type": "gemma4_text"},
            "vision_config": GEMMA4_VISION,
        },
        {
            "audio": {"audio_config": GEMMA4_AUDIO},
            "standardized": {"vision_config": {**GEMMA4_VISION, "standardize": True}},
            "clipped": {"vision_config": {**GEMMA4_VISION, "use_clipped_linears": True}},
            "blind": {"vision_config": None},
        },
    ),
}

KNOWN: dict[str, Row] = {
    **DENSE,
    **GPTS,
    **MIXTURES,
    **NEWER,
    **HYBRIDS,
    **ENCODER_DECODERS,
    **ENCODERS,
    **COMPOSITES,
    **GEMMA4,
}
"""Families that paramtui has a blueprint for."""


def cases(rows: Mapping[str, Row], *, variants: bool = True) -> list[Case]:
    """Every row and, unless told otherwise, every variant of it."""
    return [
        _case(model_type, row, variant, changes)
        for model_type, row in rows.items()
        for variant, changes in {"": {}, **(row.variants if variants else {})}.items()
    ]


def with_reasons(
    found: list[Case], differs: Mapping[str, str], *, strict: bool = True
) -> list[ParameterSet]:
    """The cases as parameters; one whose family or name is in `differs` must fail, and says why."""
    return [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(strict=strict, reason=differs[key]) for key in keys],
        )
        for case in found
        for keys in [[key for key in (case.name, case.config["model_type"]) if key in differs][:1]]
    ]


def _case(model_type: str, row: Row, variant: str, changes: Config) -> Case:
    name = f"{model_type}+{variant}" if variant else model_type
    config = {"architectures": [row.architecture], "model_type": model_type, **row.config}
    return Case(name, row.architecture, {**config, **changes, "torch_dtype": "bfloat16"})
