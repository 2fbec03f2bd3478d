"""Mixtures whose balancing bias stands beside the router (transformers 5.23)."""

from paramtui.checkpoint.blueprint.attention import attention, latent_attention
from paramtui.checkpoint.blueprint.decoders import PRE_NORMS, QK, QK_LONG
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import experts, gated_mlp, shared_experts
from paramtui.checkpoint.blueprint.mixtures import MOE_WIDTH
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    either,
    in_turn,
    linear,
    norms,
    tensor,
)
from paramtui.checkpoint.blueprint.routing import after_dense_layers, deepseek_sparse
from paramtui.checkpoint.config import EXPERTS


def balanced(bias: str, router: str, shared: str) -> Part:
    """Experts, their balancing bias, and those that every token visits as one network."""

    def parts(facts: Facts) -> Parts:
        yield from tensor(f"mlp.{bias}", facts.need(*EXPERTS))
        yield from experts(router=router, size=MOE_WIDTH)(facts)
        count = facts.find("num_shared_experts")
        if count:
            inner = count * facts.need("moe_intermediate_size")
            yield from gated_mlp(module=f"mlp.{shared}", size=lambda _: inner)(facts)

    return parts


def gated_attention(facts: Facts) -> Parts:
    """A norm for each head of query and key, and a gate on what comes out."""
    yield from attention(bias="attention_bias", head_norms=QK)(facts)
    yield from linear("self_attn.gate_proj", facts.hidden, facts.heads * facts.head_dim)


def hunyuan_moe(facts: Facts) -> Parts:
    """Experts as wide as the one that every token visits."""
    yield from experts(router="gate.wg")(facts)
    yield from gated_mlp(module="mlp.shared_mlp")(facts)


def packed_moe(facts: Facts) -> Parts:
    """Experts in two tensors, out × in, beside shared ones."""
    count, size, inner = facts.need(*EXPERTS), facts.hidden, facts.need("moe_intermediate_size")
    yield from linear("mlp.gate", size, count)
    yield from tensor("mlp.experts.gate_up_proj", count, 2 * inner, size)
    yield from tensor("mlp.experts.down_proj", count, size, inner)
    yield from shared_experts()(facts)


NORMED = attention(bias="attention_bias", head_norms=QK)
AFMOE_NORMS = norms(
    "input_layernorm", "post_attention_layernorm", "pre_mlp_layernorm", "post_mlp_layernorm"
)

BALANCED: dict[str, Family] = {
    "afmoe": Family(
        decoder(
            in_turn(
                gated_attention,
                either(
                    after_dense_layers,
                    balanced("expert_bias", "router.gate", "shared_experts"),
                    gated_mlp(),
                ),
                AFMOE_NORMS,
            )
        ),
        {"head_dim": 128, "num_dense_layers": 1, "num_shared_experts": 2},
    ),
    "exaone_moe": Family(
        decoder(
            in_turn(
                attention(head_norms=QK),
                either(
                    deepseek_sparse,
                    balanced("e_score_correction_bias", "gate", "shared_experts"),
                    gated_mlp(),
                ),
                PRE_NORMS,
            )
        ),
        {"first_k_dense_replace": 1, "num_shared_experts": 1},
    ),
    "hunyuan_v1_moe": Family(
        decoder(
            in_turn(attention(bias="attention_bias", head_norms=QK_LONG), hunyuan_moe, PRE_NORMS)
        ),
        float32=(".mlp.gate.wg.weight",),
    ),
    "hy_v3": Family(
        decoder(
            in_turn(
                NORMED,
                either(
                    deepseek_sparse,
                    balanced("expert_bias", "router.gate", "shared_mlp"),
                    gated_mlp(bias="mlp_bias"),
                ),
                PRE_NORMS,
            )
        ),
        {"first_k_dense_replace": 1, "head_dim": 128, "num_shared_experts": 1},
    ),
    "mistral4": Family(
        decoder(
            in_turn(latent_attention(), either(deepseek_sparse, packed_moe, gated_mlp()), PRE_NORMS)
        ),
        {"first_k_dense_replace": 0, "n_routed_experts": 128, "n_shared_experts": 1},
    ),
}
