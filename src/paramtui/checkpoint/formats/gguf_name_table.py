"""What llama.cpp and transformers call the same module: one table for each part of a model.

Names of llama.cpp: gguf-py/gguf/constants.py, TENSOR_NAMES.
"""


def _table(rows: str) -> dict[str, str]:
    """Lines of `ours: theirs theirs …`."""
    pairs = (line.split(":") for line in rows.strip().splitlines())
    return {theirs: ours.strip() for ours, names in pairs for theirs in names.split()}


TOP = _table(
    """
    model.embed_tokens: token_embd
    model.embed_norm: token_embd_norm
    model.token_type_embeddings: token_types
    model.embed_positions: position_embd
    model.norm: output_norm
    lm_head: output
    model.embed_tokens_per_layer: per_layer_token_embd
    model.per_layer_model_projection: per_layer_model_proj
    model.per_layer_projection_norm: per_layer_proj_norm
    model.altup_projections: altup_proj
    model.altup_unembed_projections: altup_unembd_proj
    classifier.dense: cls
    classifier.out_proj: cls.output
    classifier.norm: cls.norm
    """
)
"""Modules beside the layers."""

LAYER = _table(
    """
    input_layernorm: attn_norm
    input_layernorm_2: attn_norm_2
    self_attn.q_proj: attn_q
    self_attn.k_proj: attn_k
    self_attn.v_proj: attn_v
    self_attn.qkv_proj: attn_qkv
    self_attn.o_proj: attn_output attn_o attn_out self_attn_out
    self_attn.gate_proj: attn_gate
    self_attn.sinks: attn_sinks
    self_attn.q_norm: attn_q_norm
    self_attn.k_norm: attn_k_norm
    self_attn.output_norm: attn_output_norm attn_out_norm
    self_attn.sub_norm: attn_sub_norm
    self_attn.rotary_emb.inv_freq: attn_rot_embd
    self_attn.relative_attention_bias: attn_rel_b
    self_attn.q_a_proj: attn_q_a
    self_attn.q_b_proj: attn_q_b
    self_attn.q_a_layernorm: attn_q_a_norm
    self_attn.kv_a_proj_with_mqa: attn_kv_a_mqa
    self_attn.kv_b_proj: attn_kv_b
    self_attn.kv_a_layernorm: attn_kv_a_norm
    self_attn.embed_q: attn_k_b
    self_attn.unembed_out: attn_v_b
    self_attn.indexer.k_norm: indexer.k_norm
    self_attn.indexer.weights_proj: indexer.proj
    self_attn.indexer.wk: indexer.attn_k
    self_attn.indexer.wq_b: indexer.attn_q_b
    self_attn.vision_expert_query_key_value: vis_attn_qkv
    self_attn.vision_expert_dense: vis_attn_output
    cross_attn_layer_norm: cross_attn_norm
    cross_attn.q_proj: cross_attn_q
    cross_attn.k_proj: cross_attn_k
    cross_attn.v_proj: cross_attn_v
    cross_attn.o_proj: cross_attn_o cross_attn_out
    cross_attn.relative_attention_bias: cross_attn_rel_b
    post_attention_layernorm: post_attention_norm
    post_feedforward_layernorm: post_ffw_norm
    post_feedforward_layernorm_1: post_ffw_norm_1
    post_feedforward_layernorm_2: post_ffw_norm_2
    pre_feedforward_layernorm_2: pre_ffw_norm_2
    experts_layernorm: ffn_norm_exps
    layer_scalar: layer_output_scale
    mlp.gate_proj: ffn_gate
    mlp.up_proj: ffn_up
    mlp.down_proj: ffn_down
    mlp.sub_norm: ffn_sub_norm
    mlp.act: ffn
    mlp.gate: ffn_gate_inp
    mlp.gate.e_score_correction_bias: exp_probs_b
    mlp.experts.gate_proj: ffn_gate_exps
    mlp.experts.up_proj: ffn_up_exps
    mlp.experts.down_proj: ffn_down_exps
    mlp.experts.gate_up_proj: ffn_gate_up_exps
    mlp.chunk_experts.gate_proj: ffn_gate_chexps
    mlp.chunk_experts.up_proj: ffn_up_chexps
    mlp.chunk_experts.down_proj: ffn_down_chexps
    mlp.shared_experts.gate_proj: ffn_gate_shexp
    mlp.shared_experts.up_proj: ffn_up_shexp
    mlp.shared_experts.down_proj: ffn_down_shexp
    mlp.shared_expert_gate: ffn_gate_inp_shexp
    mlp.latent_down_proj: ffn_latent_down
    mlp.latent_up_proj: ffn_latent_up
    mlp.vision_mlp.gate_proj: vis_gate
    mlp.vision_mlp.up_proj: vis_up
    mlp.vision_mlp.down_proj: vis_down
    per_layer_input_gate: inp_gate
    per_layer_projection: proj
    post_per_layer_input_norm: post_norm
    altup.correction_coefs: altup_correct_coef
    altup.correct_output_scale: altup_correct_scale
    altup.prediction_coefs: altup_predict_coef
    altup.modality_router: altup_router
    altup.router_norm: altup_router_norm
    laurel.linear_left: laurel_l
    laurel.linear_right: laurel_r
    laurel.post_laurel_norm: laurel_post_norm
    conv.conv: shortconv.conv
    conv.in_proj: shortconv.in_proj
    conv.out_proj: shortconv.out_proj
    eh_proj: nextn.eh_proj
    embed_tokens: nextn.embed_tokens
    enorm: nextn.enorm
    hnorm: nextn.hnorm
    shared_head.head: nextn.shared_head_head
    shared_head.norm: nextn.shared_head_norm
    layer_norm1: ln1
    layer_norm2: ln2
    linear_attention.time_decay: time_mix_decay time_mix_w0
    linear_attention.ln: time_mix_ln
    """
)
"""Modules of a layer."""

MIXER = _table(
    """
    in_proj: ssm_in
    conv1d: ssm_conv1d
    x_proj: ssm_x
    dt_proj: ssm_dt
    dt_layernorm: ssm_dt_norm
    b_layernorm: ssm_b_norm
    c_layernorm: ssm_c_norm
    A_log: ssm_a
    D: ssm_d
    norm: ssm_norm
    out_proj: ssm_out
    """
)
"""Parts of a state-space mixer."""

DELTA = MIXER | _table(
    """
    in_proj_qkvz: ssm_in
    in_proj_qkv: attn_qkv
    in_proj_z: attn_gate
    in_proj_ba: ssm_ba
    in_proj_a: ssm_alpha
    in_proj_b: ssm_beta
    q_conv1d: ssm_conv1d_q
    k_conv1d: ssm_conv1d_k
    v_conv1d: ssm_conv1d_v
    f_a_proj: ssm_f_a
    f_b_proj: ssm_f_b
    g_a_proj: ssm_g_a
    g_b_proj: ssm_g_b
    q_proj: attn_q
    k_proj: attn_k
    v_proj: attn_v
    o_proj: attn_output
    """
)
"""Parts of a gated delta net, which llama.cpp names after state spaces and attention alike."""

DELTA_SIGNS = ({"ssm_ba"}, {"ssm_alpha"}, {"ssm_beta"}, {"ssm_f_a"}, {"ssm_conv1d", "attn_gate"})
"""Modules that make a layer one: any of these sets."""

TOWER = _table(
    """
    patch_embed: patch_embd
    class_embedding: class_embd
    position_embedding: position_embd
    pre_layernorm: pre_ln
    post_layernorm: post_ln
    """
)
"""Parts of a vision or audio tower beside its layers."""

PLACES = (
    ("dec.blk.", "decoder.layers."),
    ("enc.blk.", "encoder.layers."),
    ("blk.", "model.layers."),
    ("v.blk.", "vision_tower.layers."),
    ("a.blk.", "audio_tower.layers."),
    ("mm.a.", "audio_multi_modal_projector."),
    ("mm.", "multi_modal_projector."),
    ("v.", "vision_tower."),
    ("a.", "audio_tower."),
    ("dec.output_norm", "decoder.final_layer_norm"),
    ("enc.output_norm", "encoder.final_layer_norm"),
)
"""How names begin there, and here."""

BARE = frozenset(
    {"A_log", "D", "dt_bias", "sinks", "inv_freq", "layer_scalar", "e_score_correction_bias"}
)
"""Parameters that have no module of their own."""
