"""LFM2 (arXiv:2511.23404): short convolutions among attention; one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import QK_LAYER
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import experts, gated_mlp
from paramtui.checkpoint.blueprint.mixtures import MOE_WIDTH, W123
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    either,
    in_turn,
    linear,
    norms,
    tensor,
)
from paramtui.checkpoint.blueprint.routing import (
    after_dense_layers,
    attends,
)
from paramtui.checkpoint.config import EXPERTS


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
    inner = int(facts.ratio("block_ffn_dim_multiplier", 1) * (2 * inner // 3))
    multiple = facts.need("block_multiple_of")
    return -(-inner // multiple) * multiple


def lfm2_moe(facts: Facts) -> Parts:
    """Mixtral's names; the balancing bias is of the block, not of the router."""
    yield from experts(module="feed_forward", names=W123, size=MOE_WIDTH)(facts)
    if facts.on("use_expert_bias"):
        yield from tensor("feed_forward.expert_bias", facts.need(*EXPERTS))


LFM2_MIXER = either(
    lfm2_attends,
    attention(names=("q_proj", "k_proj", "v_proj", "out_proj"), head_norms=QK_LAYER),
    lfm2_conv,
)
LFM2_NORMS = norms("operator_norm", "ffn_norm")
LFM2_MLP = gated_mlp(module="feed_forward", names=W123, size=lfm2_width)
LFM2_DENSE = gated_mlp(module="feed_forward", names=W123)

LFM2: dict[str, Family] = {
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
}
