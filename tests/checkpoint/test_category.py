"""Names -> categories and operators, over the families' own spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.category import Category, Operator, categorise

BLOCK = "model.layers.*."

ROWS = {
    Category.EMBEDDING: """
        model.embed_tokens.weight transformer.wte.weight gpt_neox.embed_in.weight shared.weight
        model.tok_embeddings.weight bert.embeddings.token_type_embeddings.weight token_embd.weight
        vit.embeddings.cls_token transformer.tokens_embed.weight backbone.embeddings.weight
        model.embed_tokens_per_layer.weight embed.weight emb.weight""",
    Category.POSITION: """
        transformer.wpe.weight model.decoder.embed_positions.weight position_embd.weight
        vit.embeddings.position_embeddings deberta.encoder.rel_embeddings.weight
        bert.embeddings.position_embeddings.weight""",
    Category.ATTENTION: """
        model.layers.*.self_attn.q_proj.weight model.layers.*.self_attn.qkv_proj.weight
        model.layers.*.self_attn.kv_a_proj_with_mqa.weight transformer.h.*.attn.c_attn.weight
        model.layers.*.self_attn.sinks model.layers.*.attention.wqkv.weight
        transformer.encoder.layers.*.self_attention.query_key_value.weight
        bert.encoder.layer.*.attention.output.dense.weight blk.*.attn_q.weight
        decoder.block.*.layer.*.EncDecAttention.k.weight
        encoder.block.*.layer.*.SelfAttention.relative_attention_bias.weight
        transformer_blocks.*.attn.add_k_proj.weight backbone.layers.*.mixer.q_proj.weight
        model.layers.*.self_attn.gate_proj.weight transformer.blocks.*.attn.Wqkv.weight
        down_blocks.*.attentions.*.transformer_blocks.*.attn1.to_out.*.weight
        mid_block.attentions.*.proj_in.weight context_embedder.token_refiner.attn.to_q.weight""",
    Category.LINEAR_ATTENTION: """
        model.layers.*.linear_attn.in_proj_qkvz.weight model.layers.*.linear_attn.norm.weight
        model.layers.*.linear_attn.A_log model.layers.*.linear_attn.conv1d.weight""",
    Category.SSM: """
        backbone.layers.*.mixer.A_log backbone.layers.*.mixer.in_proj.weight
        model.layers.*.mamba.conv1d.weight model.layers.*.mamba.norm.weight
        model.layers.*.mamba_decoder.mamba.D blk.*.ssm_in.weight
        model.layers.*.conv.in_proj.weight model.layers.*.temporal_block.rg_lru.recurrent_param""",
    Category.MLP: """
        model.layers.*.mlp.gate_proj.weight model.layers.*.mlp.gate_up_proj.weight
        transformer.h.*.mlp.c_fc.weight model.layers.*.feed_forward.w1.weight
        bert.encoder.layer.*.intermediate.dense.weight bert.encoder.layer.*.output.dense.weight
        encoder.block.*.layer.*.DenseReluDense.wi_0.weight model.decoder.layers.*.fc1.weight
        transformer_blocks.*.ff.net.*.proj.weight blk.*.ffn_up.weight
        down_blocks.*.attentions.*.transformer_blocks.*.ff.net.*.weight
        backbone.layers.*.mixer.up_proj.weight""",
    Category.EXPERTS: """
        model.layers.*.mlp.experts.*.up_proj.weight model.layers.*.mlp.experts.gate_up_proj
        model.layers.*.block_sparse_moe.experts.*.w1.weight blk.*.ffn_up_exps.weight
        model.layers.*.block_sparse_moe.input_linear.weight
        model.layers.*.mlp.switch_mlp.up_proj.weight
        transformer.blocks.*.ffn.experts.mlp.w1""",
    Category.SHARED_EXPERTS: """
        model.layers.*.mlp.shared_experts.up_proj.weight blk.*.ffn_up_shexp.weight
        model.layers.*.mlp.shared_expert_gate.weight model.layers.*.shared_mlp.input_linear.weight
        model.layers.*.feed_forward.shared_expert.up_proj.weight""",
    Category.ROUTER: """
        model.layers.*.mlp.gate.weight model.layers.*.block_sparse_moe.gate.weight
        model.layers.*.mlp.router.weight model.layers.*.block_sparse_moe.router.layer.weight
        model.layers.*.feed_forward.router.weight blk.*.ffn_gate_inp.weight""",
    Category.NORM: """
        model.norm.weight model.layers.*.self_attn.q_norm.weight transformer.ln_f.bias
        model.layers.*.self_attn.kv_a_layernorm.weight transformer.h.*.ln_1.weight
        bert.embeddings.LayerNorm.gamma transformer.word_embeddings_layernorm.weight
        model.layers.*.mamba.dt_layernorm.weight output_norm.weight blk.*.attn_norm.weight""",
    Category.HEAD: """
        lm_head.weight language_model.lm_head.weight embed_out.weight output.weight
        transformer.output_layer.weight cls.predictions.decoder.weight head.weight""",
    Category.VISION: """
        vision_tower.encoder.layers.*.self_attn.q_proj.weight visual.blocks.*.norm1.weight
        vpm.embeddings.position_embedding.weight model.visual.patch_embed.proj.weight
        vision_model.embeddings.class_embedding v.blk.*.attn_q.weight""",
    Category.AUDIO: """
        audio_tower.layers.*.fc1.weight speech_encoder.encoder.layers.*.ffn1.output_dense.weight
        model.audio_tower.conv1.weight vocoder.hifi_gan.conv_pre.weight""",
    Category.PROJECTOR: """
        multi_modal_projector.linear_1.weight visual.merger.ln_q.weight
        resampler.attn.in_proj_weight
        model.visual.deepstack_merger_list.*.norm.weight mm.0.weight mlp1.*.weight
        model.vision_embed_tokens.img_projection.*.weight
        model.embed_vision.embedding_projection.weight""",
    Category.MTP: """
        mtp.layers.*.self_attn.q_proj.weight model.mtp_layers.*.mlp.up_proj.weight
        model.mtp_block.*.input_layernorm.weight model.mtp.layers.*.norm.weight""",
    Category.ADAPTER: """
        base_model.model.model.layers.*.self_attn.q_proj.lora_A.weight
        base_model.model.model.layers.*.mlp.up_proj.lora_magnitude_vector""",
    Category.CONVOLUTION: """
        conv_in.weight up_blocks.*.shuffle.weight down_blocks.*.resnets.*.conv_shortcut.weight
        encoder.down_blocks.*.downsamplers.*.conv.weight post_quant_conv.weight
        decoder.up_blocks.*.resnets.*.spatial_res_block.conv2.weight""",
    Category.CONDITIONING: """
        transformer_blocks.*.norm1.linear.weight single_transformer_blocks.*.norm.linear.weight
        norm_out.linear.weight time_text_embed.guidance_embedder.linear_1.weight
        time_embedding.linear_1.weight add_embedding.linear_2.weight context_embedder.weight
        transformer_blocks.*.img_mod.*.weight adaln_single.emb.timestep_embedder.linear_1.weight
        down_blocks.*.resnets.*.time_emb_proj.weight blocks.*.adaLN_modulation.*.weight
        condition_embedder.time_proj.weight blocks.*.scale_shift_table
        double_stream_modulation_img.linear.weight caption_projection.linear_1.weight""",
    Category.OTHER: """
        classifier.weight vit.pooler.dense.weight cls.predictions.transform.dense.weight
        model.decoder.project_in.weight model.encoder.conv1.weight proj_out.weight x_embedder.weight
        vit.embeddings.patch_embeddings.projection.weight entirely.unheard.of""",
}


@pytest.mark.parametrize(
    ("category", "name"), [(category, name) for category in ROWS for name in ROWS[category].split()]
)
def test_a_name_has_its_category(category: Category, name: str) -> None:
    assert categorise(name, 2).category is category


@pytest.mark.parametrize(
    ("name", "dimensions", "operator"),
    [
        ("model.layers.*.self_attn.q_proj.weight", 2, Operator.LINEAR),
        ("model.layers.*.mlp.gate.weight", 2, Operator.LINEAR),
        ("model.layers.*.mlp.experts.gate_up_proj", 3, Operator.LINEAR),
        ("model.layers.*.block_sparse_moe.input_linear.weight", 3, Operator.LINEAR),
        ("lm_head.weight", 2, Operator.LINEAR),
        ("model.layers.*.self_attn.unembed_out.weight", 3, Operator.LINEAR),
        ("classifier.weight", 2, Operator.LINEAR),
        ("visual.merger.mlp.*.weight", 2, Operator.LINEAR),
        ("transformer_blocks.*.norm1.linear.weight", 2, Operator.LINEAR),
        ("model.embed_tokens.weight", 2, Operator.EMBEDDING),
        ("transformer.wpe.weight", 2, Operator.EMBEDDING),
        ("vision_tower.embeddings.position_embedding.weight", 2, Operator.EMBEDDING),
        ("encoder.SelfAttention.relative_attention_bias.weight", 2, Operator.EMBEDDING),
        ("model.encoder.conv1.weight", 3, Operator.CONVOLUTION),
        ("model.layers.*.mamba.conv1d.weight", 3, Operator.CONVOLUTION),
        ("visual.patch_embed.proj.weight", 5, Operator.CONVOLUTION),
        ("blk.*.ssm_conv1d.weight", 2, Operator.CONVOLUTION),
        ("blk.*.shortconv.conv.weight", 2, Operator.CONVOLUTION),
        ("model.norm.weight", 1, Operator.NORM),
        ("model.layers.*.self_attn.q_norm.weight", 2, Operator.NORM),
        ("visual.merger.ln_q.weight", 1, Operator.NORM),
        ("model.layers.*.linear_attn.norm.weight", 1, Operator.NORM),
        ("model.layers.*.mamba.A_log", 2, Operator.OTHER),
        ("vit.embeddings.position_embeddings", 3, Operator.OTHER),
        ("vision_tower.embeddings.class_embedding", 1, Operator.OTHER),
        ("multi_modal_projector.mm_input_projection_weight", 2, Operator.OTHER),
        ("resampler.attn.in_proj_weight", 2, Operator.OTHER),
    ],
)
def test_an_operator_is_that_of_the_torch_module(
    name: str, dimensions: int, operator: Operator
) -> None:
    assert categorise(name, dimensions).operator is operator


def test_experts_are_routed_wherever_a_token_chooses_them() -> None:
    assert categorise("model.layers.*.mlp.experts.*.up_proj.weight", 2).routed
    assert categorise("mtp.layers.*.mlp.experts.*.up_proj.weight", 2).routed
    assert not categorise("model.layers.*.mlp.shared_experts.up_proj.weight", 2).routed


@given(st.text(max_size=2000), st.integers(0, 9))
def test_any_name_has_some_category(name: str, dimensions: int) -> None:
    assert categorise(name, dimensions).category in Category
