"""Mixtures of experts: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention, latent_attention
from paramtui.checkpoint.blueprint.decoders import PRE_NORMS, QK
from paramtui.checkpoint.blueprint.facts import Facts, Option
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import (
    biased_experts,
    experts,
    gated_mlp,
    packed_experts,
    width,
)
from paramtui.checkpoint.blueprint.parts import Part, Parts, either, in_turn, linear
from paramtui.checkpoint.config import EXPERTS

MOE_WIDTH = width("moe_intermediate_size")


def qwen_sparse(facts: Facts) -> bool:
    """Every `decoder_sparse_step`-th layer but those of `mlp_only_layers`."""
    if facts.layer in (facts.numbers("mlp_only_layers") or ()) or not facts.find(*EXPERTS):
        return False
    return (facts.layer + 1) % (facts.find("decoder_sparse_step") or 1) == 0


def shared_expert(*, gate: bool = True) -> Part:
    """Qwen's shared expert and the gate that weighs it."""

    def parts(facts: Facts) -> Parts:
        inner = facts.need("shared_expert_intermediate_size")
        yield from gated_mlp(module="mlp.shared_expert", size=lambda _: inner)(facts)
        if gate:
            yield from linear("mlp.shared_expert_gate", facts.hidden, 1)

    return parts


def shared_experts(facts: Facts) -> Parts:
    """DeepSeek's shared experts, stored as one wide network."""
    count = facts.find("n_shared_experts", "num_shared_experts")
    if count is None:
        return iter(())
    inner = count * facts.need("moe_intermediate_size")
    return gated_mlp(module="mlp.shared_experts", size=lambda _: inner)(facts)


def deepseek_sparse(facts: Facts) -> bool:
    """All but the first `first_k_dense_replace` layers."""
    if facts.find(*EXPERTS) is None or facts.layer < (facts.whole("first_k_dense_replace") or 0):
        return False
    return facts.layer % (facts.find("moe_layer_freq") or 1) == 0


def deepseek(correction: Option) -> Part:
    """Latent attention, dense layers first, then experts beside shared ones."""
    moe = in_turn(experts(size=MOE_WIDTH, correction=correction), shared_experts)
    return in_turn(latent_attention(), either(deepseek_sparse, moe, gated_mlp()), PRE_NORMS)


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
    "deepseek_v2": Family(decoder(deepseek(correction=False))),
    "granitemoe": Family(
        decoder(in_turn(attention(bias="attention_bias"), packed_experts(), PRE_NORMS))
    ),
}
