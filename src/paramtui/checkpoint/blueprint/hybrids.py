"""State space models and their mixtures with attention: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import BIASED, PRE_NORMS, QK, QK_LAYER
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import (
    GRANITE_MOE,
    experts,
    gated_mlp,
    shared_mlp,
)
from paramtui.checkpoint.blueprint.mixtures import MOE_WIDTH, QWEN2_MOE
from paramtui.checkpoint.blueprint.nemotron import nemotron_h
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    Test,
    either,
    in_turn,
    linear,
    moved,
    norms,
    tensor,
)
from paramtui.checkpoint.blueprint.routing import after_dense_layers, qwen_sparse
from paramtui.checkpoint.blueprint.state_space import delta_net, expanded, mamba1, mamba2
from paramtui.checkpoint.blueprint.zamba import zamba2_layer
from paramtui.checkpoint.config import EXPERTS


def full_attention(facts: Facts) -> bool:
    """By the list of layer types, else every `full_attention_interval`-th layer."""
    if facts.words("layer_types") is None:
        return (facts.layer + 1) % facts.need("full_attention_interval") == 0
    return attends(facts)


def attends(facts: Facts) -> bool:
    """By the list of layer types, under its old words or its new ones."""
    return facts.kind("layer_types", "layers_block_type") in ("full_attention", "attention")


def periodic(kind: str) -> Test:
    """Jamba's rule: in every `period` layers the `offset`-th."""

    def test(facts: Facts) -> bool:
        period, offset = facts.need(f"{kind}_layer_period"), facts.whole(f"{kind}_layer_offset")
        return facts.layer % period == offset

    return test


def jamba_sparse(facts: Facts) -> bool:
    """A lone expert is an ordinary network."""
    return facts.need(*EXPERTS) > 1 and periodic("expert")(facts)


def mamba_width(facts: Facts) -> int:
    """The inner width, given or by `expand`."""
    return facts.find("intermediate_size") or expanded(facts)


MAMBA = in_turn(
    norms("norm"),
    mamba1("mixer", bias="use_bias", conv_bias="use_conv_bias", inner_size=mamba_width),
)
MAMBA2 = mamba2("mixer", bias="use_bias", conv_bias="use_conv_bias")
BAMBA = mamba2("mamba", bias="mamba_proj_bias", conv_bias="mamba_conv_bias")
FALCON_MAMBA = mamba2(
    "mamba",
    bias="mamba_proj_bias",
    conv_bias="mamba_conv_bias",
    out_bias="projectors_bias",
    gate_norm="mamba_rms_norm",
)
FEED_FORWARD = gated_mlp(module="feed_forward", bias="mlp_bias")


def backbone(layer: Part) -> Part:
    """Mamba's frame around a layer."""
    return decoder(layer, base="backbone", embedding="embeddings", final_norm="norm_f")


def bamba_attention(facts: Facts) -> bool:
    """The layers the config lists."""
    return facts.layer in (facts.numbers("attn_layer_indices") or ())


def granite_moe(facts: Facts) -> Parts:
    """Experts where there are any, and the network beside them."""
    if facts.find(*EXPERTS):
        yield from GRANITE_MOE(facts)
    yield from shared_mlp(facts)


def lfm2_conv(facts: Facts) -> Parts:
    """A gated short convolution instead of attention."""
    size, biased = facts.hidden, facts.on("conv_bias")
    yield from tensor("conv.conv.weight", size, 1, facts.need("conv_L_cache"))
    if biased:
        yield from tensor("conv.conv.bias", size)
    yield from linear("conv.in_proj", size, 3 * size, biased)
    yield from linear("conv.out_proj", size, size, biased)


def lfm2_attends(facts: Facts) -> bool:
    """By the list of layer types or of attention layers, else always."""
    if facts.words("layer_types"):
        return attends(facts)
    layers = facts.numbers("full_attn_idxs")
    return layers is None or facts.layer in layers


def lfm2_width(facts: Facts) -> int:
    """Two thirds of the given width, rounded up to a multiple, unless that is switched off."""
    inner = facts.need("block_ff_dim", "intermediate_size")
    if not facts.on("block_auto_adjust_ff_dim"):
        return inner
    inner = int((facts.fields.number("block_ffn_dim_multiplier") or 1) * (2 * inner // 3))
    multiple = facts.need("block_multiple_of")
    return -(-inner // multiple) * multiple


def lfm2_moe(facts: Facts) -> Parts:
    """Mixtral's names; the balancing bias is of the block, not of the router."""
    yield from experts(module="feed_forward", names=W123, size=MOE_WIDTH)(facts)
    if facts.on("use_expert_bias"):
        yield from tensor("feed_forward.expert_bias", facts.need(*EXPERTS))


W123 = ("w1", "w3", "w2")
LFM2_MIXER = either(
    lfm2_attends,
    attention(names=("q_proj", "k_proj", "v_proj", "out_proj"), head_norms=QK_LAYER),
    lfm2_conv,
)
LFM2_NORMS = norms("operator_norm", "ffn_norm")
LFM2_MLP = gated_mlp(module="feed_forward", names=W123, size=lfm2_width)
LFM2_DENSE = gated_mlp(module="feed_forward", names=W123)
GATED_ATTENTION = attention(bias="attention_bias", head_norms=QK, gated=True)
DELTA_SIZES = {
    "full_attention_interval": 4,
    "head_dim": 256,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
}


def qwen35(feed_forward: Part) -> Part:
    """Qwen3.5's text model; a multimodal class that lost its tower keeps the longer names."""
    mixer = either(full_attention, GATED_ATTENTION, delta_net(fused=False))
    plain = decoder(in_turn(mixer, feed_forward, PRE_NORMS))

    def parts(facts: Facts) -> Parts:
        if (facts.architecture or "").endswith("ForConditionalGeneration"):
            return moved(plain(facts), "model.", "model.language_model.")
        return plain(facts)

    return parts


HYBRIDS: dict[str, Family] = {
    "mamba": Family(
        backbone(MAMBA),
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
                    jamba_sparse,
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
                either(full_attention, GATED_ATTENTION, delta_net(fused=True)),
                either(qwen_sparse, QWEN2_MOE, gated_mlp()),
                PRE_NORMS,
            )
        ),
        DELTA_SIZES,
    ),
    "qwen3_5_text": Family(qwen35(gated_mlp()), DELTA_SIZES),
    "qwen3_5_moe_text": Family(qwen35(QWEN2_MOE), DELTA_SIZES),
    "falcon_mamba": Family(
        backbone(MAMBA),
        {"use_conv_bias": True, "conv_kernel": 4, "expand": 2, "state_size": 16},
    ),
    "mamba2": Family(
        backbone(in_turn(norms("norm"), MAMBA2)),
        {"use_conv_bias": True, "conv_kernel": 4, "head_dim": 64, "n_groups": 8},
    ),
    "bamba": Family(
        decoder(
            in_turn(
                either(bamba_attention, BIASED, BAMBA),
                FEED_FORWARD,
                norms("input_layernorm", "pre_ff_layernorm"),
            ),
            final_norm="final_layernorm",
        ),
        {"mamba_conv_bias": True, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_n_groups": 1},
    ),
    "falcon_h1": Family(
        decoder(
            in_turn(
                BIASED, FALCON_MAMBA, FEED_FORWARD, norms("input_layernorm", "pre_ff_layernorm")
            ),
            final_norm="final_layernorm",
        ),
        {"mamba_conv_bias": True, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_n_groups": 1},
    ),
    "granitemoehybrid": Family(
        decoder(in_turn(either(attends, BIASED, BAMBA), granite_moe, PRE_NORMS)),
        {
            "mamba_conv_bias": True,
            "mamba_d_conv": 4,
            "mamba_expand": 2,
            "mamba_n_groups": 1,
            "shared_intermediate_size": 1024,
        },
    ),
    "lfm2": Family(
        decoder(in_turn(LFM2_MIXER, LFM2_MLP, LFM2_NORMS), final_norm="embedding_norm"),
        {
            "block_auto_adjust_ff_dim": True,
            "block_multiple_of": 256,
            "conv_L_cache": 3,
            "num_key_value_heads": 8,
        },
    ),
    "lfm2_moe": Family(
        decoder(
            in_turn(LFM2_MIXER, either(after_dense_layers, lfm2_moe, LFM2_DENSE), LFM2_NORMS),
            final_norm="embedding_norm",
        ),
        {
            "conv_L_cache": 3,
            "num_dense_layers": 2,
            "num_key_value_heads": 8,
            "use_expert_bias": True,
        },
        float32=(".expert_bias",),
    ),
    "nemotron_h": Family(
        nemotron_h,
        {
            "conv_kernel": 4,
            "head_dim": 128,
            "n_groups": 8,
            "num_key_value_heads": 8,
            "use_conv_bias": True,
        },
    ),
}
