"""Families whose code comes with their files, not with transformers: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention, fused_attention
from paramtui.checkpoint.blueprint.decoders import DECODERS, PRE_NORMS, QWEN2
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import gated_mlp
from paramtui.checkpoint.blueprint.minicpm_vision import MINICPM_VISION
from paramtui.checkpoint.blueprint.mixtures import MIXTRAL_MOE, MIXTURES
from paramtui.checkpoint.blueprint.mtp import extra_layers
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    embedding,
    linear,
    norm,
    norms,
    stack,
    tensor,
    within,
)
from paramtui.checkpoint.blueprint.phi3_vision import PHI3_VISION
from paramtui.checkpoint.dtype import BF16


def internlm2_layer(facts: Facts) -> Parts:
    """Llama's layer with fused query, key and value, under Llama's first names."""
    fused = fused_attention(module="attention", names=("wqkv", "wo"), bias="bias")
    yield from fused(facts)
    yield from gated_mlp(module="feed_forward", names=("w1", "w3", "w2"))(facts)
    yield from norms("attention_norm", "ffn_norm")(facts)


def baichuan_layer(facts: Facts) -> Parts:
    """Llama's layer with fused query, key and value."""
    yield from fused_attention(names=("W_pack", "o_proj"))(facts)
    yield from gated_mlp()(facts)
    yield from PRE_NORMS(facts)


def qwen_layer(facts: Facts) -> Parts:
    """Qwen 1; `intermediate_size` is that of both halves of the feed-forward together."""
    size, wide = facts.hidden, facts.need("kv_channels") * facts.heads
    inner = facts.intermediate // 2
    yield from norm("ln_1", size)
    yield from linear("attn.c_attn", size, 3 * wide, bias=True)
    yield from linear("attn.c_proj", wide, size, bias=not facts.on("no_bias"))
    yield from norm("ln_2", size)
    for name in ("w1", "w2"):
        yield from linear(f"mlp.{name}", size, inner, bias=not facts.on("no_bias"))
    yield from linear("mlp.c_proj", inner, size, bias=not facts.on("no_bias"))


def chatglm_layer(facts: Facts) -> Parts:
    """Grouped queries in one matrix, a gated feed-forward in two."""
    size, inner, head = facts.hidden, facts.need("ffn_hidden_size"), facts.need("kv_channels")
    keys = facts.heads
    if facts.on("multi_query_attention"):
        keys = facts.need("multi_query_group_num")
    biased, all_biased = facts.on("add_qkv_bias"), facts.on("add_bias_linear")
    fused = (facts.heads + 2 * keys) * head
    yield from norm("input_layernorm", size)
    yield from linear("self_attention.query_key_value", size, fused, biased or all_biased)
    yield from linear("self_attention.dense", facts.heads * head, size, all_biased)
    yield from norm("post_attention_layernorm", size)
    yield from linear("mlp.dense_h_to_4h", size, 2 * inner, all_biased)
    yield from linear("mlp.dense_4h_to_h", inner, size, all_biased)


def chatglm(facts: Facts) -> Parts:
    """ChatGLM 2 to 4; every class keeps the head, and the rotary frequencies are stored."""
    size, head = facts.hidden, facts.need("kv_channels")
    yield from within(
        "transformer",
        embedding("embedding.word_embeddings", facts.vocab, size),
        tensor("rotary_pos_emb.inv_freq", head // 4),
        stack(facts, chatglm_layer, "encoder.layers"),
        norm("encoder.final_layernorm", size) if facts.on("post_layer_norm") else iter(()),
        linear("output_layer", size, facts.vocab),
    )


def mimo_mtp(facts: Facts) -> Parts:
    """MiMo's layers for further tokens: a projection of two states before an ordinary layer."""
    size = facts.hidden
    for number in range(extra_layers(facts)):
        yield from within(
            f"mtp_layers.{number}",
            linear("input_proj", 2 * size, size),
            norm("token_layernorm", size),
            norm("hidden_layernorm", size),
            QWEN2(facts.at_layer(number)),
            norm("final_layernorm", size),
        )


def lightning(facts: Facts) -> Parts:
    """MiniMax's linear attention with an output gate (arXiv:2501.08313)."""
    size, wide = facts.hidden, facts.heads * facts.head_dim
    yield from linear("self_attn.qkv_proj", size, 3 * wide)
    yield from linear("self_attn.output_gate", size, wide)
    yield from norm("self_attn.norm", wide)
    yield from linear("self_attn.out_proj", wide, size)


def minimax_m1_layer(facts: Facts) -> Parts:
    """The list of attention types says which layers attend in full: 1."""
    kinds = facts.numbers("attn_type_list")
    if kinds is None or facts.layer >= len(kinds):
        raise facts.absent("attn_type_list")
    yield from attention()(facts) if kinds[facts.layer] == 1 else lightning(facts)
    yield from MIXTRAL_MOE(facts)
    yield from PRE_NORMS(facts)


REMOTE: dict[str, Family] = {
    "baichuan": Family(decoder(baichuan_layer)),
    "chatglm": Family(chatglm, {"post_layer_norm": True}),
    "internlm2": Family(decoder(internlm2_layer, embedding="tok_embeddings", head="output")),
    "kimi_k2": MIXTURES["deepseek_v3"],
    "mimo": Family(decoder(QWEN2, after=mimo_mtp)),
    "minicpmv": MINICPM_VISION,
    "minimax_m1": Family(
        decoder(minimax_m1_layer), float32=(".block_sparse_moe.gate.weight",), silent=BF16
    ),
    "phi3_v": PHI3_VISION,
    "qwen": Family(
        decoder(qwen_layer, base="transformer", embedding="wte", layers="h", final_norm="ln_f"),
        {"kv_channels": 128, "no_bias": True},
        silent=BF16,
    ),
    "stablelm_epoch": DECODERS["stablelm"],
}
