"""Mixtures of experts: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import PRE_NORMS, QK
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import (
    biased_experts,
    experts,
    gated_mlp,
    packed_experts,
    width,
)
from paramtui.checkpoint.blueprint.parts import either, in_turn
from paramtui.checkpoint.config import EXPERTS


def qwen_sparse(facts: Facts) -> bool:
    """Every `decoder_sparse_step`-th layer but those of `mlp_only_layers`."""
    if facts.layer in (facts.numbers("mlp_only_layers") or ()) or not facts.find(*EXPERTS):
        return False
    return (facts.layer + 1) % (facts.find("decoder_sparse_step") or 1) == 0


MOE_WIDTH = width("moe_intermediate_size")

MIXTURES: dict[str, Family] = {
    "mixtral": Family(
        decoder(
            in_turn(
                attention(),
                experts(module="block_sparse_moe", names=("w1", "w3", "w2")),
                PRE_NORMS,
            )
        ),
        {"num_key_value_heads": 8, "num_local_experts": 8},
    ),
    "qwen3_moe": Family(
        decoder(
            in_turn(
                attention(bias="attention_bias", head_norms=QK),
                either(qwen_sparse, experts(size=MOE_WIDTH), gated_mlp()),
                PRE_NORMS,
            )
        ),
    ),
    "gpt_oss": Family(
        decoder(in_turn(attention(bias="attention_bias", sinks=True), biased_experts(), PRE_NORMS)),
        {"attention_bias": True, "head_dim": 64, "num_key_value_heads": 8},
    ),
    "granitemoe": Family(
        decoder(in_turn(attention(bias="attention_bias"), packed_experts(), PRE_NORMS))
    ),
}
