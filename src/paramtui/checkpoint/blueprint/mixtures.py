"""Mixtures of experts: one row a model_type, defaults as transformers' config classes have them."""

from paramtui.checkpoint.blueprint.attention import attention, latent_attention
from paramtui.checkpoint.blueprint.dbrx import DBRX
from paramtui.checkpoint.blueprint.decoders import (
    BIASED,
    POST_NORMS,
    PRE_LAYER_NORMS,
    PRE_NORMS,
    QK,
)
from paramtui.checkpoint.blueprint.facts import Facts, Option
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import (
    GRANITE_MOE,
    biased_experts,
    experts,
    gated_mlp,
    shared_expert,
    shared_experts,
    shared_mlp,
    width,
)
from paramtui.checkpoint.blueprint.mtp import block_mtp, numbered_mtp
from paramtui.checkpoint.blueprint.parts import Part, Parts, either, in_turn, linear, tensor, within
from paramtui.checkpoint.blueprint.routing import (
    deepseek_sparse,
    ernie_sparse,
    llama4_sparse,
    qwen_sparse,
)
from paramtui.checkpoint.config import EXPERTS
from paramtui.checkpoint.dtype import BF16

MOE_WIDTH = width("moe_intermediate_size")
W123 = ("w1", "w3", "w2")
MIXTRAL_MOE = experts(module="block_sparse_moe", names=W123)
QWEN2_MOE = in_turn(experts(size=MOE_WIDTH), shared_expert)


def deepseek(mixer: Part, *, correction: Option = True, mlp_bias: Option = False) -> Part:
    """Dense layers first, then experts beside shared ones; the router has a balancing bias."""
    moe = in_turn(experts(size=MOE_WIDTH, correction=correction), shared_experts(mlp_bias))
    return in_turn(mixer, either(deepseek_sparse, moe, gated_mlp(bias=mlp_bias)), PRE_NORMS)


def with_mtp(layer: Part) -> Part:
    """A decoder whose files hold the layers that predict further tokens."""
    return decoder(layer, after=numbered_mtp(layer))


def ernie_moe(facts: Facts) -> Parts:
    """Ernie 4.5's experts: a router with its balancing bias beside it, and shared experts."""
    count = facts.need(*EXPERTS)
    yield from tensor("mlp.moe_statics.e_score_correction_bias", 1, count)
    yield from experts(size=MOE_WIDTH)(facts)
    yield from shared_experts("use_bias")(facts)


def minimax_m2_moe(facts: Facts) -> Parts:
    """Mixtral's experts with a balancing bias."""
    yield from tensor("block_sparse_moe.e_score_correction_bias", facts.need(*EXPERTS))
    yield from MIXTRAL_MOE(facts)


def llama4_moe(facts: Facts) -> Parts:
    """Experts packed in × out, and one that every token visits."""
    count, size, inner = facts.need(*EXPERTS), facts.hidden, facts.intermediate
    yield from within(
        "feed_forward",
        tensor("experts.gate_up_proj", count, size, 2 * inner),
        tensor("experts.down_proj", count, inner, size),
        linear("router", size, count),
    )
    yield from gated_mlp(module="feed_forward.shared_expert")(facts)


MLA = latent_attention()
GLM4_ATTENTION = attention(bias="attention_bias", out_bias=False, head_norms=QK, when="use_qk_norm")
ERNIE_ATTENTION, ERNIE_DENSE = attention(bias="use_bias"), gated_mlp(bias="use_bias")
LLAMA4_DENSE = gated_mlp(module="feed_forward", size=width("intermediate_size_mlp"))

MIXTURES: dict[str, Family] = {
    "dbrx": DBRX,
    "deepseek_v2": Family(
        decoder(deepseek(MLA, correction=False, mlp_bias="mlp_bias")),
    ),
    "deepseek_v3": Family(
        with_mtp(deepseek(MLA)), {"first_k_dense_replace": 3, "n_shared_experts": 1}
    ),
    "dots1": Family(decoder(deepseek(attention(bias="attention_bias", head_norms=QK)))),
    "ernie4_5_moe": Family(
        decoder(
            in_turn(
                ERNIE_ATTENTION,
                either(ernie_sparse, ernie_moe, ERNIE_DENSE),
                PRE_NORMS,
            ),
            head_bias="use_bias",
            after=block_mtp(in_turn(ERNIE_ATTENTION, ERNIE_DENSE, PRE_NORMS)),
        ),
        {
            "moe_layer_start_index": 1,
            "moe_num_experts": 64,
            "moe_num_shared_experts": 2,
            "num_key_value_heads": 4,
        },
        float32=(".mlp.gate.weight", "e_score_correction_bias"),
    ),
    "flex_olmo": Family(
        decoder(in_turn(attention(bias="attention_bias", wide_norms=QK), experts(), POST_NORMS)),
    ),
    "glm4_moe": Family(
        with_mtp(deepseek(GLM4_ATTENTION)),
        {"first_k_dense_replace": 1, "n_shared_experts": 1, "num_key_value_heads": 8},
        float32=("e_score_correction_bias",),
    ),
    "glm4_moe_lite": Family(
        with_mtp(deepseek(MLA)),
        {"first_k_dense_replace": 1, "n_shared_experts": 1},
        float32=("e_score_correction_bias",),
    ),
    "gpt_oss": Family(
        decoder(in_turn(attention(bias="attention_bias", sinks=True), biased_experts(), PRE_NORMS)),
        {"attention_bias": True, "head_dim": 64, "num_key_value_heads": 8},
        silent=BF16,
    ),
    "granitemoe": Family(decoder(in_turn(BIASED, GRANITE_MOE, PRE_NORMS))),
    "granitemoeshared": Family(decoder(in_turn(BIASED, GRANITE_MOE, shared_mlp, PRE_NORMS))),
    "llama4_text": Family(
        decoder(in_turn(BIASED, either(llama4_sparse, llama4_moe, LLAMA4_DENSE), PRE_NORMS)),
        {"head_dim": 128, "num_key_value_heads": 8, "intermediate_size_mlp": 16384},
    ),
    "minimax_m2": Family(
        decoder(in_turn(attention(wide_norms=QK), minimax_m2_moe, PRE_NORMS)),
        {"head_dim": 128, "num_key_value_heads": 8},
        float32_beside_fp8=("e_score_correction_bias", ".gate.weight"),
    ),
    "mixtral": Family(
        decoder(in_turn(attention(), MIXTRAL_MOE, PRE_NORMS)),
        {"num_key_value_heads": 8, "num_local_experts": 8},
    ),
    "olmoe": Family(
        decoder(in_turn(attention(bias="attention_bias", wide_norms=QK), experts(), PRE_NORMS)),
        {"num_experts": 64},
    ),
    "phimoe": Family(
        decoder(
            in_turn(BIASED, MIXTRAL_MOE, PRE_LAYER_NORMS), norm_bias=True, head_bias="lm_head_bias"
        ),
        {"num_key_value_heads": 8, "num_local_experts": 16},
    ),
    "qwen2_moe": Family(
        decoder(
            in_turn(
                attention(bias="qkv_bias", out_bias=False),
                either(qwen_sparse, QWEN2_MOE, gated_mlp()),
                PRE_NORMS,
            )
        ),
        {"qkv_bias": True},
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
}
