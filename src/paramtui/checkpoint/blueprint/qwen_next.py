"""Qwen3-Next and Qwen3.5: gated delta nets among gated attention; one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import PRE_NORMS, QK
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import gated_mlp
from paramtui.checkpoint.blueprint.mixtures import QWEN2_MOE
from paramtui.checkpoint.blueprint.mtp import separate_mtp
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    either,
    in_turn,
    moved,
)
from paramtui.checkpoint.blueprint.routing import (
    full_attention,
    qwen_sparse,
)
from paramtui.checkpoint.blueprint.state_space import delta_net
from paramtui.checkpoint.config import Json

GATED_ATTENTION = attention(bias="attention_bias", head_norms=QK, gated=True)
DELTA_SIZES: dict[str, Json] = {
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
    further = separate_mtp(in_turn(GATED_ATTENTION, feed_forward, PRE_NORMS))

    def parts(facts: Facts) -> Parts:
        longer = (facts.architecture or "").endswith("ForConditionalGeneration")
        base = "model.language_model." if longer else "model."
        yield from moved(plain(facts), "model.", base)
        yield from further(facts)

    return parts


QWEN_NEXT: dict[str, Family] = {
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
    "qwen3_5_moe_text": Family(qwen35(QWEN2_MOE), DELTA_SIZES),
    "qwen3_5_text": Family(qwen35(gated_mlp()), DELTA_SIZES),
}
