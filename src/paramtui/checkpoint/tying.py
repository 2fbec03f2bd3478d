"""Whether embedding and output head are one matrix: the flag, else the family's default."""

from paramtui.checkpoint.config import ModelConfig

_TIED = """
    albert aya_vision bart bert bert-generation big_bird bigbird_pegasus biogpt blenderbot
    blenderbot-small blip blip_text_model bloom camembert cohere cohere2 cohere2_moe cohere2_vision
    colpali convbert cpmant csm ctrl data2vec-text deberta deberta-v2 diffusion_gemma
    diffusion_gemma_text distilbert electra ernie ernie4_5 ernie4_5_moe ernie4_5_vl_moe
    ernie4_5_vl_moe_text esm falcon falcon_mamba flaubert florence2 fnet funnel gemma gemma2 gemma3
    gemma3_text gemma3n gemma3n_text gemma4 gemma4_text gemma4_unified gemma4_unified_text got_ocr2
    gpt-sw3 gpt2 gpt_bigcode gpt_neo gpt_neox_japanese granite_docling granite_docling_text
    granite_swa gte hunyuan_vl hunyuan_vl_text ibert jetmoe kosmos-2 kosmos-2.5 layoutlm led lfm2
    lfm2_moe lfm2_vl lfm3 lfm3_vl longformer longt5 luke m2m_100 mamba marian mbart megatron-bert
    minicpm3 mobilebert modernbert modernbert-decoder modernvbert moonshine mpnet mpt mra mt5 mvp
    nllb-moe nomic_bert nystromformer openai-gpt opt paddleocr_vl paddleocr_vl_text paligemma
    pegasus pegasus_x plbart pop2piano prophetnet qwen2_5_omni_text recurrent_gemma refinedweb
    refinedwebmodel roberta roberta-prelayernorm roc_bert roformer seamless_m4t seamless_m4t_v2
    shieldgemma2 smollm3 speech_to_text speecht5 squeezebert starcoder2 switch_transformers t5
    t5_gemma_module t5gemma t5gemma2 t5gemma2_text tapas trocr udop umt5 vaultgemma vilt visual_bert
    whisper xglm xlm xlm-roberta xlm-roberta-xl xlnet xmod yoso youtu zamba zamba2 zaya
"""

TIED_BY_DEFAULT = frozenset(_TIED.split())
"""Model types whose config class ties (transformers 5.23, `tie_word_embeddings` of each class);
`refinedweb*` is Falcon's first name."""


def tied_by_default(model_type: str | None) -> bool:
    """What the family does when its config is silent; a family we do not know keeps two."""
    return (model_type or "").lower() in TIED_BY_DEFAULT


def is_tied(config: ModelConfig) -> bool:
    """The config's own flag if it has one, else the default of its language model's family."""
    if config.tied is not None:
        return config.tied
    return tied_by_default(config.text_model_type)
