"""What PEFT adapts when the user names no targets, by model type."""

DEFAULT_TARGETS: dict[str, str] = {
    family: targets
    for targets, families in (
        ("q_proj,v_proj", "llama llama4 mistral mixtral stablelm gemma gemma2 gemma3_text"),
        ("q_proj,v_proj", "qwen2 qwen3 bart opt gptj gpt_neo"),
        ("q,v,q_proj,v_proj", "blip-2"),
        (r".*language_model\..*\.(q_proj|v_proj)", "gemma4"),
        ("q_proj,v_proj,fc1,fc2", "phi"),
        ("q_proj,k_proj,v_proj,o_proj", "nemotron_h"),
        ("query_key_value", "bloom gpt_neox falcon RefinedWeb RefinedWebModel chatglm"),
        ("query,value", "bert roberta xlm-roberta electra layoutlm"),
        ("query_proj,value_proj", "deberta-v2"),
        ("in_proj", "deberta"),
        ("q,v", "t5 mt5"),
        ("c_attn", "gpt2 gpt_bigcode"),
        ("c_proj,c_attn", "btlm"),
        ("qkv_proj", "codegen"),
        ("Wqkv", "mpt"),
        ("key,value,receptance,output", "rwkv"),
        ("r_proj,k_proj,v_proj,o_proj,key,value", "rwkv7"),
    )
    for family in families.split()
}
"""PEFT 0.21, TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING (peft/utils/constants.py)."""
