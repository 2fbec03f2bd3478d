"""Dense decoders: one row a model_type, defaults as transformers' config classes have them."""

from paramtui.checkpoint.blueprint.attention import (
    attention,
    fused_attention,
    latent_attention,
)
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import fused_mlp, gated_mlp, plain_mlp
from paramtui.checkpoint.blueprint.parts import Parts, in_turn, norm, norms, tensor

PRE_NORMS = norms("input_layernorm", "post_attention_layernorm")
PRE_LAYER_NORMS = norms("input_layernorm", "post_attention_layernorm", bias=True)
POST_NORMS = norms("post_attention_layernorm", "post_feedforward_layernorm")
FOUR_NORMS = norms(
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)
GLM_NORMS = norms("post_self_attn_layernorm", "post_mlp_layernorm")
QK = ("q_norm", "k_norm")
QK_LONG = ("query_layernorm", "key_layernorm")
QK_LAYER = ("q_layernorm", "k_layernorm")
UP_DOWN = ("up_proj", "down_proj")

BIASED = attention(bias="attention_bias")
HALF_BIASED = attention(bias="attention_bias", out_bias=False)
LLAMA = in_turn(BIASED, gated_mlp(bias="mlp_bias"), PRE_NORMS)
MISTRAL = in_turn(attention(), gated_mlp(), PRE_NORMS)
QWEN2 = in_turn(attention(bias=True, out_bias=False), gated_mlp(), PRE_NORMS)
QWEN3 = in_turn(attention(bias="attention_bias", head_norms=QK), gated_mlp(), PRE_NORMS)
GEMMA = in_turn(BIASED, gated_mlp(), PRE_NORMS)
GEMMA2 = in_turn(BIASED, gated_mlp(), FOUR_NORMS)
GEMMA3 = in_turn(attention(bias="attention_bias", head_norms=QK), gated_mlp(), FOUR_NORMS)
OLMO2 = in_turn(attention(bias="attention_bias", wide_norms=QK), gated_mlp(), POST_NORMS)
PHI3 = in_turn(fused_attention(), fused_mlp(), PRE_NORMS)
NEMOTRON_MLP = plain_mlp(names=UP_DOWN, bias="mlp_bias")
SEED = attention(bias="attention_bias", out_bias="attention_out_bias")
PHI_ATTENTION = attention(
    names=("q_proj", "k_proj", "v_proj", "dense"),
    bias=True,
    head_norms=QK_LAYER,
    when="qk_layernorm",
    norm_bias=True,
)


def cohere_layer(facts: Facts) -> Parts:
    """Attention and feed-forward in parallel after one norm; norms with a row for each head."""
    yield from BIASED(facts)
    if facts.on("use_qk_norm"):
        yield from tensor("self_attn.q_norm.weight", facts.heads, facts.head_dim)
        yield from tensor("self_attn.k_norm.weight", facts.kv_heads, facts.head_dim)
    yield from gated_mlp()(facts)
    yield from norm("input_layernorm", facts.hidden)


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


def apertus_layer(facts: Facts) -> Parts:
    """A learned activation (xIELU): two parameters and two constants a layer."""
    yield from attention(bias="attention_bias", head_norms=QK)(facts)
    yield from NEMOTRON_MLP(facts)
    yield from tensor("mlp.act_fn.alpha_p", 1)
    yield from tensor("mlp.act_fn.alpha_n", 1)
    yield from tensor("mlp.act_fn.beta")
    yield from tensor("mlp.act_fn.eps")
    yield from norms("attention_layernorm", "feedforward_layernorm")(facts)


DECODERS: dict[str, Family] = {
    "apertus": Family(decoder(apertus_layer)),
    "arcee": Family(decoder(in_turn(BIASED, NEMOTRON_MLP, PRE_NORMS))),
    "cohere": Family(decoder(cohere_layer)),
    "cohere2": Family(decoder(in_turn(BIASED, gated_mlp(), norms("input_layernorm")))),
    "cwm": Family(
        decoder(in_turn(attention(), gated_mlp(bias="mlp_bias"), PRE_NORMS)),
        {"head_dim": 128, "num_key_value_heads": 8},
    ),
    "ernie4_5": Family(
        decoder(in_turn(attention(bias="use_bias"), gated_mlp(bias="use_bias"), PRE_NORMS)),
        {"head_dim": 128, "num_key_value_heads": 2},
    ),
    "exaone4": Family(decoder(in_turn(attention(head_norms=QK), gated_mlp(), POST_NORMS))),
    "gemma": Family(
        decoder(GEMMA),
        {"head_dim": 256},
    ),
    "gemma2": Family(
        decoder(GEMMA2),
        {"head_dim": 256},
    ),
    "gemma3_text": Family(
        decoder(GEMMA3),
        {"head_dim": 256},
    ),
    "glm": Family(
        decoder(in_turn(HALF_BIASED, fused_mlp(), PRE_NORMS)),
        {"attention_bias": True, "head_dim": 128, "num_key_value_heads": 2},
    ),
    "glm4": Family(
        decoder(in_turn(HALF_BIASED, fused_mlp(), PRE_NORMS, GLM_NORMS)),
        {"attention_bias": True, "head_dim": 128, "num_key_value_heads": 2},
    ),
    "granite": Family(decoder(LLAMA)),
    "helium": Family(
        decoder(in_turn(HALF_BIASED, gated_mlp(bias="mlp_bias"), PRE_NORMS)), {"head_dim": 128}
    ),
    "hunyuan_v1_dense": Family(
        decoder(
            in_turn(attention(bias="attention_bias", head_norms=QK_LONG), gated_mlp(), PRE_NORMS)
        )
    ),
    "llama": Family(
        decoder(LLAMA),
    ),
    "minicpm3": Family(
        decoder(in_turn(latent_attention(), gated_mlp(bias="mlp_bias"), PRE_NORMS)),
    ),
    "ministral": Family(decoder(MISTRAL), {"num_key_value_heads": 8}),
    "ministral3": Family(decoder(MISTRAL), {"head_dim": 128, "num_key_value_heads": 8}),
    "mistral": Family(
        decoder(MISTRAL),
        {"num_key_value_heads": 8},
    ),
    "nemotron": Family(
        decoder(in_turn(BIASED, NEMOTRON_MLP, PRE_LAYER_NORMS), norm_bias=True),
    ),
    "olmo": Family(decoder(in_turn(BIASED, gated_mlp()), final_norm=None)),
    "olmo2": Family(decoder(OLMO2)),
    "olmo3": Family(decoder(OLMO2)),
    "phi": Family(
        decoder(
            in_turn(PHI_ATTENTION, plain_mlp(), norms("input_layernorm", bias=True)),
            final_norm="final_layernorm",
            norm_bias=True,
            head_bias=True,
        )
    ),
    "phi3": Family(decoder(PHI3)),
    "qwen2": Family(
        decoder(QWEN2),
    ),
    "qwen3": Family(
        decoder(QWEN3),
        {"head_dim": 128},
    ),
    "seed_oss": Family(
        decoder(in_turn(SEED, gated_mlp(bias="mlp_bias"), PRE_NORMS)),
        {"attention_bias": True, "head_dim": 128, "num_key_value_heads": 8},
    ),
    "smollm3": Family(decoder(LLAMA), {"num_key_value_heads": 4}),
    "stablelm": Family(decoder(stablelm_layer, norm_bias=True)),
    "starcoder2": Family(
        decoder(
            in_turn(
                attention(bias="use_bias"),
                plain_mlp(names=("c_fc", "c_proj"), bias="use_bias"),
                PRE_LAYER_NORMS,
            ),
            norm_bias=True,
        ),
        {"num_key_value_heads": 2, "use_bias": True},
    ),
    "youtu": Family(
        decoder(in_turn(latent_attention(), gated_mlp(), PRE_NORMS)),
    ),
    "vaultgemma": Family(
        decoder(
            in_turn(BIASED, gated_mlp(), norms("input_layernorm", "pre_feedforward_layernorm"))
        ),
        {"head_dim": 256, "num_key_value_heads": 4},
    ),
}
