"""State space models and their mixtures with attention: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import BIASED, PRE_NORMS
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import (
    GRANITE_MOE,
    experts,
    gated_mlp,
    shared_mlp,
)
from paramtui.checkpoint.blueprint.lfm2 import LFM2
from paramtui.checkpoint.blueprint.nemotron import nemotron_h
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    Test,
    either,
    in_turn,
    norms,
)
from paramtui.checkpoint.blueprint.qwen_next import QWEN_NEXT
from paramtui.checkpoint.blueprint.routing import attends
from paramtui.checkpoint.blueprint.state_space import expanded, mamba1, mamba2
from paramtui.checkpoint.blueprint.zamba import zamba2_layer
from paramtui.checkpoint.config import EXPERTS


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


HYBRIDS: dict[str, Family] = {
    **LFM2,
    **QWEN_NEXT,
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
