"""State space models and their mixtures with attention: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import PRE_NORMS, QK
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import experts, gated_mlp
from paramtui.checkpoint.blueprint.mixtures import MOE_WIDTH, qwen_sparse, shared_expert
from paramtui.checkpoint.blueprint.parts import Test, either, in_turn, norms
from paramtui.checkpoint.blueprint.state_space import delta_net, expanded, mamba1
from paramtui.checkpoint.blueprint.zamba import zamba2_layer


def full_attention(facts: Facts) -> bool:
    """By the list of layer types, else every `full_attention_interval`-th layer."""
    kinds = facts.words("layer_types", "layers_block_type")
    if kinds and facts.layer < len(kinds):
        return kinds[facts.layer] in ("full_attention", "attention")
    return (facts.layer + 1) % facts.need("full_attention_interval") == 0


def periodic(kind: str) -> Test:
    """Jamba's rule: in every `period` layers the `offset`-th."""

    def test(facts: Facts) -> bool:
        period, offset = facts.need(f"{kind}_layer_period"), facts.whole(f"{kind}_layer_offset")
        return facts.layer % period == offset

    return test


def mamba_width(facts: Facts) -> int:
    """The inner width, given or by `expand`."""
    return facts.find("intermediate_size") or expanded(facts)


MAMBA = in_turn(
    norms("norm"),
    mamba1("mixer", bias="use_bias", conv_bias="use_conv_bias", inner_size=mamba_width),
)
QWEN_NEXT_MOE = in_turn(experts(size=MOE_WIDTH), shared_expert())

HYBRIDS: dict[str, Family] = {
    "mamba": Family(
        decoder(MAMBA, base="backbone", embedding="embeddings", final_norm="norm_f"),
        {"use_conv_bias": True, "conv_kernel": 4, "expand": 2, "state_size": 16},
    ),
    "jamba": Family(
        decoder(
            in_turn(
                either(
                    periodic("attn"),
                    attention(),
                    mamba1(
                        "mamba",
                        bias="mamba_proj_bias",
                        conv_bias="mamba_conv_bias",
                        inner_size=expanded,
                        inner_norms=True,
                    ),
                ),
                either(
                    periodic("expert"),
                    experts(module="feed_forward", router="router"),
                    gated_mlp(module="feed_forward"),
                ),
                norms("input_layernorm", "pre_ff_layernorm"),
            ),
            final_norm="final_layernorm",
        ),
        {
            "attn_layer_period": 8,
            "attn_layer_offset": 4,
            "expert_layer_period": 2,
            "expert_layer_offset": 1,
            "mamba_conv_bias": True,
            "mamba_d_conv": 4,
            "mamba_d_state": 16,
            "mamba_expand": 2,
            "num_key_value_heads": 8,
        },
    ),
    "zamba2": Family(
        decoder(zamba2_layer, final_norm="final_layernorm"),
        {
            "adapter_rank": 128,
            "mamba_d_conv": 4,
            "mamba_d_state": 64,
            "mamba_expand": 2,
            "mamba_ngroups": 1,
            "n_mamba_heads": 8,
            "num_mem_blocks": 1,
            "use_conv_bias": True,
        },
    ),
    "qwen3_next": Family(
        decoder(
            in_turn(
                either(
                    full_attention,
                    attention(bias="attention_bias", head_norms=QK, gated=True),
                    delta_net(fused=True),
                ),
                either(qwen_sparse, QWEN_NEXT_MOE, gated_mlp()),
                PRE_NORMS,
            )
        ),
        {
            "full_attention_interval": 4,
            "head_dim": 256,
            "linear_conv_kernel_dim": 4,
            "linear_key_head_dim": 128,
            "linear_value_head_dim": 128,
            "linear_num_key_heads": 16,
            "linear_num_value_heads": 32,
        },
    ),
}
