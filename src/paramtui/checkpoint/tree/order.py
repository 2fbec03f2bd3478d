"""The order of siblings, as the data flows: files name them in any order."""

import re
from functools import lru_cache

from paramtui.checkpoint.pattern import number

_ROWS = (
    # tensors of one module
    r"(q|base_)?weight|weight_packed|W_q|\w*proj\w*_blocks",
    r"bias",
    # a whole model
    r"shared|wte|word_embeddings|tok_embeddings|embed_tokens|embed_in|embedding|embeddings",
    r"token_type_embeddings|.*_embed(der|dings?)?|patch_embed.*|cls_token|class_embedding",
    r"conv1|conv2|project_in|proj_in|feature_(extractor|projection)",
    r"wpe|.*pos(ition)?_?(emb|ids).*|embed_positions",
    r"word_embeddings_layernorm|embed_norm|embedding_norm|ln_pre|pre_layrnorm|embed_layer_norm",
    r"visual|vision.*|vpm|vit|img_processor",
    r"audio.*|speech.*",
    r".*projector|connector|resampler|aligner|embed_vision|embed_audio",
    r"(text_|speech_)?encoder",
    r"(text_)?decoder|model|language_model|transformer|backbone|llm|text_model|gpt_neox",
    r"layers?|h|blocks?|resblocks|transformer_blocks|double_blocks",
    r"single_(transformer_)?blocks",
    r"\w*merger(_list)?",
    # an attention, a state space model
    r"(c_|w)?qkv.*|query_key_value|W_pack|Wqkv|c_attn|in_proj.*",
    r"(q|query|to_q|wq)(_proj)?|q_a_proj|linear_q",
    r"q_a_(layer)?norm",
    r"q_b_proj",
    r"q_(layer)?norm|norm_q|query_norm",
    r"(k|key|to_k|wk)(_proj)?|kv_a_proj.*|linear_k",
    r"kv_a_(layer)?norm",
    r"kv_b_proj",
    r"k_(layer)?norm|norm_k|key_norm",
    r"(v|value|to_v|wv)(_proj)?|linear_v",
    r"conv1d|[qkv]_conv1d|x_proj|dt_proj|A_log|D|dt_bias|b_proj|f_[ab]_proj|g_[ab]_proj",
    # a layer
    (
        r"input_(layer)?norm|ln_?1|norm_?1|layer_norm1|attention_norm|ln_attn|norm"
        r"|self_attn_layer_norm|layernorm_before|pre_norm|operator_norm"
    ),
    r"self_attn|attention|attn|linear_attn|mamba|mixer|self_attention|self|SelfAttention|conv",
    r"encoder_attn_layer_norm|cross_attention_layer_norm",
    r"encoder_attn|cross_attn|cross_attention|crossattention|EncDecAttention",
    r"(o|out|wo|to_out|c|linear_out|dense)(_proj)?|proj",
    r"post_(self_)?attention_(layer)?norm|post_attn_norm",
    (
        r"ln_?2|norm_?2|layer_norm2|layernorm_after|ln_mlp|ffn_norm|(final_)?layer_norm|LayerNorm"
        r"|pre_(feedforward|mlp|ff)_(layer)?norm"
    ),
    r"router|gate|.*router.*",
    r"experts|switch_mlp|input_linear",
    r"shared_expert_gate",
    r"shared_experts?|shared_mlp|output_linear",
    r"mlp|feed_forward|ffn|block_sparse_moe|DenseReluDense|intermediate|ff|moe",
    r"output",
    r"gate_up_proj.*|gate_proj.*|w1|fc1|c_fc|wi(_0)?|dense_h_to_4h",
    r"up_proj.*|w3|wi_1",
    r"down_proj.*|w2|fc2|dense_4h_to_h",
    r"post_(feedforward|mlp|ff|ffw)_(layer)?norm|post_layernorm|post_norm",
    r"ln_f|norm_f|ln_post|final_norm|final_layer_?norm|norm_out",
    # the end
    r"lm_head|embed_out|output_layer|score|classifier|pooler|proj_out|cls|.*_head|head",
    r"mtp.*",
)


@lru_cache(maxsize=16384)
def order(name: str) -> tuple[int, int, str]:
    """Sort key of one name among its siblings; numbers go by value, where layers stand."""
    value = number(name)
    if value is not None:
        return _rank("layers"), value, ""
    return _rank(name), 0, name


def _rank(name: str) -> int:
    """The row that names it; an unknown name stands before the heads."""
    ranks = (rank for rank, row in enumerate(_ROWS) if re.fullmatch(row, name))
    return next(ranks, len(_ROWS) - 3)
