"""Tiny models of families that have no blueprint: their tensors speak for themselves."""

from tests.truth.software.cases import (
    BART,
    BERT,
    CLIP,
    DECODER,
    DEEPSEEK,
    DELTA,
    GPT,
    IMAGES,
    LATENT,
    LOCAL_MOE,
    MOE,
    SIGLIP,
    T5,
    UNTIED,
    WIDE,
    Config,
    Row,
)

LLAMA_TEXT: Config = {**DECODER, "model_type": "llama"}
AUDIO = {"max_source_positions": 25, "num_mel_bins": 10}
LATENT_WIDE = {**LATENT, "num_experts": 5, "num_experts_per_token": 2}
DECODERS: dict[str, Row] = {
    "biogpt": Row("BioGptForCausalLM", DECODER),
    "bitnet": Row("BitNetForCausalLM", DECODER),
    "gpt_neox_japanese": Row("GPTNeoXJapaneseForCausalLM", DECODER),
    "granite_swa": Row("GraniteSWAForCausalLM", DECODER),
    "jais2": Row("Jais2ForCausalLM", WIDE),
    "lfm3": Row("Lfm3ForCausalLM", WIDE),
    "modernbert-decoder": Row("ModernBertDecoderForCausalLM", DECODER),
    "nanochat": Row("NanoChatForCausalLM", DECODER),
    "openai-gpt": Row("OpenAIGPTLMHeadModel", GPT),
    "xglm": Row(
        "XGLMForCausalLM",
        {"d_model": 72, "ffn_dim": 100, "num_layers": 3, "attention_heads": 6, "vocab_size": 113},
    ),
}

MIXTURES: dict[str, Row] = {
    "axk1": Row("AXK1ForCausalLM", LATENT),
    "doge": Row("DogeForCausalLM", MOE, {"experts": {"is_moe": True, "num_experts": 16}}),
    "granitemoe_swa": Row("GraniteMoeSWAForCausalLM", LOCAL_MOE),
    "jetmoe": Row(
        "JetMoeForCausalLM",
        {**DECODER, "kv_channels": 12, "num_local_experts": 5, "num_experts_per_tok": 2},
    ),
    "laguna": Row("LagunaForCausalLM", {**MOE, "shared_expert_intermediate_size": 44}),
    "mellum": Row("MellumForCausalLM", {**LOCAL_MOE, "moe_intermediate_size": 28}),
    "mimo_v2_flash": Row(
        "MiMoV2FlashForCausalLM",
        {
            **DEEPSEEK,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "head_dim": 20,
            "v_head_dim": 12,
        },
    ),
    "solar_open": Row("SolarOpenForCausalLM", {**DEEPSEEK, "head_dim": 20}),
}

HYBRIDS: dict[str, Row] = {
    "bailing_hybrid": Row(
        "BailingHybridForCausalLM", {**LATENT_WIDE, "head_dim": 20, "num_hidden_layers": 6}
    ),
    "minimax": Row("MiniMaxForCausalLM", {**LOCAL_MOE, "num_hidden_layers": 4}),
    "olmo_hybrid": Row("OlmoHybridForCausalLM", DELTA),
    "recurrent_gemma": Row("RecurrentGemmaForCausalLM", {**WIDE, "lru_width": 72}),
    "rwkv": Row("RwkvForCausalLM", {"hidden_size": 72, "num_hidden_layers": 3, "vocab_size": 113}),
    "xlstm": Row("xLSTMForCausalLM", {**DECODER, "num_heads": 6}),
}

ENCODER_DECODERS: dict[str, Row] = {
    "led": Row("LEDForConditionalGeneration", {**BART, "max_encoder_position_embeddings": 48}),
    "longt5": Row("LongT5ForConditionalGeneration", T5),
    "moonshine": Row(
        "MoonshineForConditionalGeneration", {**DECODER, "pad_head_dim_to_multiple_of": None}
    ),
    "nllb-moe": Row("NllbMoeForConditionalGeneration", {**BART, "num_experts": 5}),
    "plbart": Row("PLBartForConditionalGeneration", BART),
    "speech_to_text": Row(
        "Speech2TextForConditionalGeneration",
        {**BART, **AUDIO, "max_target_positions": 48, "input_feat_per_channel": 10},
    ),
    "switch_transformers": Row(
        "SwitchTransformersForConditionalGeneration", {**T5, "num_experts": 5}
    ),
}

ENCODERS: dict[str, Row] = {
    "beit": Row("BeitForImageClassification", IMAGES),
    "bert-generation": Row("BertGenerationDecoder", BERT, UNTIED),
    "big_bird": Row("BigBirdForMaskedLM", BERT),
    "convbert": Row("ConvBertForMaskedLM", BERT),
    "dpr": Row("DPRQuestionEncoder", BERT),
    "ernie": Row("ErnieForMaskedLM", BERT),
    "esm": Row("EsmForMaskedLM", {**BERT, "mask_token_id": 4}),
    "eurobert": Row("EuroBertForMaskedLM", DECODER),
    "layoutlm": Row("LayoutLMForMaskedLM", BERT),
    "longformer": Row("LongformerForMaskedLM", BERT),
    "nystromformer": Row("NystromformerForMaskedLM", BERT),
    "rembert": Row("RemBertForMaskedLM", {**BERT, "input_embedding_size": 20}),
    "roformer": Row("RoFormerForMaskedLM", BERT),
    "splinter": Row("SplinterModel", BERT),
    "vit_mae": Row("ViTMAEModel", IMAGES),
    "xlm-roberta-xl": Row("XLMRobertaXLForMaskedLM", BERT),
}

COMPOSITES: dict[str, Row] = {
    "aya_vision": Row(
        "AyaVisionForConditionalGeneration",
        {"text_config": {**WIDE, "model_type": "cohere2"}, "vision_config": SIGLIP},
    ),
    "fuyu": Row(
        "FuyuForCausalLM", {**DECODER, "text_config": {**DECODER, "model_type": "persimmon"}}
    ),
    "git": Row("GitForCausalLM", {**DECODER, "vision_config": CLIP}),
    "idefics2": Row(
        "Idefics2ForConditionalGeneration",
        {
            "text_config": {**DECODER, "model_type": "mistral"},
            "vision_config": IMAGES,
            "perceiver_config": {
                "hidden_size": 72,
                "resampler_n_latents": 4,
                "num_key_value_heads": 4,
            },
        },
    ),
    "llava_next_video": Row(
        "LlavaNextVideoForConditionalGeneration",
        {"text_config": LLAMA_TEXT, "vision_config": CLIP, "image_token_index": 112},
    ),
    "qwen2_audio": Row(
        "Qwen2AudioForConditionalGeneration",
        {
            "text_config": {**DECODER, "model_type": "qwen2"},
            "audio_config": {
                **AUDIO,
                "model_type": "qwen2_audio_encoder",
                "d_model": 72,
                "encoder_ffn_dim": 100,
                "encoder_layers": 2,
                "encoder_attention_heads": 6,
            },
        },
    ),
    "voxtral": Row(
        "VoxtralForConditionalGeneration",
        {
            "text_config": LLAMA_TEXT,
            "audio_config": {**AUDIO, **BERT, "model_type": "voxtral_encoder"},
        },
    ),
}

UNKNOWN: dict[str, Row] = {
    **DECODERS,
    **MIXTURES,
    **HYBRIDS,
    **ENCODER_DECODERS,
    **ENCODERS,
    **COMPOSITES,
}
"""Families without a blueprint; one that gets one moves to the other table."""
