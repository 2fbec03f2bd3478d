"""What the numbers of a tensor are: learned, or something that only comes along."""

import re
from math import prod

from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.group import Kind
from paramtui.checkpoint.names import Names
from paramtui.checkpoint.tensor import Shape

_BUFFERS = r"""
    (original_)?inv_freq rope_freqs rope_factors_long rope_factors_short freqs_cis
    cos_cached sin_cached cos_cache sin_cache _float_tensor
    position_ids token_type_ids relative_position_index relative_coords_table
    masked_bias attn_mask causal_mask attention_mask final_logits_bias
    (?<!moe_statics\.)e_score_correction_bias expert_bias exp_probs_b tid2eid
    router_bias (mlp|ffn)\.gate\.bias
    running_mean running_var num_batches_tracked
    layer_scalar std_bias std_scale embed_scale _extra_state
    input_min input_max output_min output_max act_fn\.(beta|eps) slope_rate
    query_decay key_decay diagonal_decay
    norm_mean norm_std norm_invstd global_mean global_std global_invstd balancing_biases
    saved_copy
    codebook\.(embed|embed_avg|embed_sum|cluster_size|cluster_usage|inited|initialized)
"""
"""Buffers by the names torch modules register them under."""

_BUFFER = Names(phrases=" ".join(rf"(^|\.){one}(\.(weight|bias))?$" for one in _BUFFERS.split()))

_SCALE = Names(
    phrases=r"""(\.|_)weight_scale(_inv|_2|s)?$ (\.|_)scale_inv$ \.qzeros$ \.g_idx$ \.SCB$
    \.weight_format$ \.absmax$ \.quant_map$ \.nested_absmax$ \.nested_quant_map$
    quant_state\.[^.]*$ \.weight_shape$ \.weight_zero_point$ \.weight_g_idx$ \.input_scale$
    \.output_scale$ \.weight_global_scale$ \.input_global_scale$"""
)
"""Scales whose matrix is not among the files read."""

_CACHE_SCALE = r"(^|\.)(k|v|q|kv|kv_cache|qkv|prob_output)_(output_)?scale$"

_INTEGERS = frozenset({"BOOL", "I16", "U16", "I32", "U32", "I64", "U64"})


def kind_of(pattern: str, dtype: Dtype, shape: Shape) -> Kind:
    """The kind of a tensor that belongs to no packed matrix."""
    last = pattern.rpartition(".")[2]
    mask = last == "bias" and len(shape) > 2 and shape[-1] == shape[-2]  # [1, 1, n, n]
    if mask or _BUFFER.hold(pattern):
        return Kind.BUFFER
    if _SCALE.hold(pattern) or (prod(shape) == 1 and re.search(_CACHE_SCALE, pattern)):
        return Kind.SCALE
    if dtype.name in _INTEGERS or (dtype.name in ("I8", "U8") and len(shape) < 2):
        return Kind.BUFFER
    return Kind.BIAS if last.endswith("bias") or last == "beta" else Kind.WEIGHT
