"""Dense decoders: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention, fused_attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import fused_mlp, gated_mlp
from paramtui.checkpoint.blueprint.parts import Parts, in_turn, norm, norms

PRE_NORMS = norms("input_layernorm", "post_attention_layernorm")
PRE_LAYER_NORMS = norms("input_layernorm", "post_attention_layernorm", bias=True)
POST_NORMS = norms("post_attention_layernorm", "post_feedforward_layernorm")
FOUR_NORMS = norms(
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)
GLM_NORMS = norms(
    "input_layernorm",
    "post_attention_layernorm",
    "post_self_attn_layernorm",
    "post_mlp_layernorm",
)
QK = ("q_norm", "k_norm")

LLAMA = in_turn(attention(bias="attention_bias"), gated_mlp(bias="mlp_bias"), PRE_NORMS)
MISTRAL = in_turn(attention(), gated_mlp(), PRE_NORMS)
QWEN2 = in_turn(attention(bias=True, out_bias=False), gated_mlp(), PRE_NORMS)
QWEN3 = in_turn(attention(bias="attention_bias", head_norms=QK), gated_mlp(), PRE_NORMS)
GEMMA2 = in_turn(attention(bias="attention_bias"), gated_mlp(), FOUR_NORMS)
GEMMA3 = in_turn(attention(bias="attention_bias", head_norms=QK), gated_mlp(), FOUR_NORMS)
OLMO2 = in_turn(attention(bias="attention_bias", wide_norms=QK), gated_mlp(), POST_NORMS)
PHI3 = in_turn(fused_attention(), fused_mlp(), PRE_NORMS)


def stablelm_layer(facts: Facts) -> Parts:
    """LayerNorms; optionally a norm for each head, and one norm less where both run in parallel."""
    yield from attention(bias="use_qkv_bias", out_bias=False)(facts)
    if facts.on("qk_layernorm"):
        for name, heads in (("q_layernorm", facts.heads), ("k_layernorm", facts.kv_heads)):
            for head in range(heads):
                yield from norm(f"self_attn.{name}.norms.{head}", facts.head_dim)
    yield from gated_mlp()(facts)
    yield from norm("input_layernorm", facts.hidden, bias=True)
    if not facts.on("use_parallel_residual"):
        yield from norm("post_attention_layernorm", facts.hidden, bias=True)


DECODERS: dict[str, Family] = {
    "llama": Family(decoder(LLAMA)),
    "mistral": Family(decoder(MISTRAL), {"num_key_value_heads": 8}),
    "qwen2": Family(decoder(QWEN2)),
    "qwen3": Family(decoder(QWEN3), {"head_dim": 128}),
    "gemma2": Family(decoder(GEMMA2), {"head_dim": 256}),
    "gemma3_text": Family(
        decoder(GEMMA3),
        {"head_dim": 256},
        {
            "vocab_size": 262208,
            "hidden_size": 2304,
            "intermediate_size": 9216,
            "num_hidden_layers": 26,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
        },
    ),
    "cohere2": Family(
        decoder(in_turn(attention(bias="attention_bias"), gated_mlp(), norms("input_layernorm")))
    ),
    "stablelm": Family(decoder(stablelm_layer, norm_bias=True)),
    "olmo2": Family(decoder(OLMO2)),
    "phi3": Family(decoder(PHI3)),
}
