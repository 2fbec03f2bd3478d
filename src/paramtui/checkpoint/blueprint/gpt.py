"""Decoders from before Llama: one row a model_type."""

from paramtui.checkpoint.blueprint.attention import attention, fused_attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder, decoder_head, task_of
from paramtui.checkpoint.blueprint.feed_forward import plain_mlp
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    conv1d,
    embedding,
    linear,
    norm,
    stack,
    within,
)
from paramtui.checkpoint.config import CONTEXT

OUT = ("q_proj", "k_proj", "v_proj", "out_proj")
FOUR_H = ("dense_h_to_4h", "dense_4h_to_h")


def four_times(facts: Facts) -> int:
    """The usual width, four times the model's, unless the config gives another."""
    return facts.find("ffn_hidden_size", "n_inner", "intermediate_size") or 4 * facts.hidden


def gpt2_layer(facts: Facts) -> Parts:
    """Conv1D linears, stored in × out."""
    size, inner = facts.hidden, four_times(facts)
    yield from norm("ln_1", size, bias=True)
    yield from within("attn", conv1d("c_attn", size, 3 * size), conv1d("c_proj", size, size))
    yield from norm("ln_2", size, bias=True)
    yield from within("mlp", conv1d("c_fc", size, inner), conv1d("c_proj", inner, size))


def learned_positions(facts: Facts) -> Parts:
    """One row a position."""
    return embedding("wpe", facts.need(*CONTEXT), facts.hidden)


def neox_layer(facts: Facts) -> Parts:
    """One fused matrix for query, key and value; biases everywhere but, on demand, attention."""
    size, biased = facts.hidden, facts.on("attention_bias")
    yield from norm("input_layernorm", size, bias=True)
    yield from norm("post_attention_layernorm", size, bias=True)
    yield from within(
        "attention",
        linear("query_key_value", size, 3 * size, biased),
        linear("dense", size, size, biased),
    )
    yield from plain_mlp(names=FOUR_H)(facts)


def bloom_layer(facts: Facts) -> Parts:
    """GPT-3's layer with fused query, key and value."""
    size = facts.hidden
    yield from norm("input_layernorm", size, bias=True)
    yield from within(
        "self_attention",
        linear("query_key_value", size, 3 * size, bias=True),
        linear("dense", size, size, bias=True),
    )
    yield from norm("post_attention_layernorm", size, bias=True)
    yield from plain_mlp(names=FOUR_H, size=lambda facts: 4 * facts.hidden)(facts)


def bloom_norm(facts: Facts) -> Parts:
    """A norm over the embeddings."""
    return norm("word_embeddings_layernorm", facts.hidden, bias=True)


def falcon_layer(facts: Facts) -> Parts:
    """Multi-query at first, grouped in the new architecture; its norms follow."""
    size, dim, biased = facts.hidden, facts.head_dim, facts.on("bias")
    grouped = facts.on("new_decoder_architecture")
    keys = facts.kv_heads if grouped else 1 if facts.on("multi_query") else facts.heads
    if grouped and (facts.find("num_ln_in_parallel_attn") or 2) == 2:
        names: tuple[str, ...] = ("ln_attn", "ln_mlp")
    elif grouped or facts.on("parallel_attn"):
        names = ("input_layernorm",)
    else:
        names = ("input_layernorm", "post_attention_layernorm")
    for name in names:
        yield from norm(name, size, bias=True)
    yield from within(
        "self_attention",
        linear("query_key_value", size, (facts.heads + 2 * keys) * dim, biased),
        linear("dense", size, size, biased),
    )
    yield from plain_mlp(names=FOUR_H, bias="bias", size=four_times)(facts)


def bigcode_layer(facts: Facts) -> Parts:
    """GPT-2's layer with plain linears; one key and value head for all queries."""
    size, inner = facts.hidden, four_times(facts)
    keys = 1 if facts.on("multi_query") else facts.heads
    yield from norm("ln_1", size, bias=True)
    yield from linear("attn.c_attn", size, size + 2 * keys * facts.head_dim, bias=True)
    yield from linear("attn.c_proj", size, size, bias=True)
    yield from norm("ln_2", size, bias=True)
    yield from plain_mlp(names=("c_fc", "c_proj"), size=lambda _: inner)(facts)


def gptj_layer(facts: Facts) -> Parts:
    """Attention and feed-forward in parallel after one norm; attention without biases."""
    yield from norm("ln_1", facts.hidden, bias=True)
    yield from attention(module="attn", names=OUT)(facts)
    yield from plain_mlp(names=("fc_in", "fc_out"), size=four_times)(facts)


def codegen_layer(facts: Facts) -> Parts:
    """GPT-J's layer with query, key and value in one matrix."""
    yield from norm("ln_1", facts.hidden, bias=True)
    yield from fused_attention(module="attn", names=("qkv_proj", "out_proj"))(facts)
    yield from plain_mlp(names=("fc_in", "fc_out"), size=four_times)(facts)


def gpt_neo_layer(facts: Facts) -> Parts:
    """GPT-2's layer with query, key and value apart and without biases."""
    size, inner = facts.hidden, four_times(facts)
    yield from norm("ln_1", size, bias=True)
    yield from attention(module="attn.attention", names=OUT, out_bias=True)(facts)
    yield from norm("ln_2", size, bias=True)
    yield from plain_mlp(names=("c_fc", "c_proj"), size=lambda _: inner)(facts)


def mpt_layer(facts: Facts) -> Parts:
    """No biases, norms included; one matrix for query, key and value."""
    size = facts.hidden
    inner = (facts.find("expansion_ratio") or 4) * size
    yield from norm("norm_1", size)
    yield from linear("attn.Wqkv", size, 3 * size)
    yield from linear("attn.out_proj", size, size)
    yield from norm("norm_2", size)
    yield from plain_mlp(
        module="ffn", names=("up_proj", "down_proj"), bias=False, size=lambda _: inner
    )(facts)


def persimmon_layer(facts: Facts) -> Parts:
    """NeoX's layer with a norm for query and key."""
    size = facts.hidden
    yield from linear("self_attn.query_key_value", size, 3 * size, bias=True)
    yield from linear("self_attn.dense", size, size, bias=True)
    if facts.on("qk_layernorm"):
        for name in ("q_layernorm", "k_layernorm"):
            yield from norm(f"self_attn.{name}", facts.head_dim, bias=True)
    yield from plain_mlp(names=FOUR_H)(facts)
    for name in ("input_layernorm", "post_attention_layernorm"):
        yield from norm(name, size, bias=True)


def opt_layer(facts: Facts) -> Parts:
    """Attention and two matrices; norms before or after, stored the same."""
    yield from attention(names=OUT, bias="enable_bias")(facts)
    for name in ("self_attn_layer_norm", "final_layer_norm"):
        if facts.on("layer_norm_elementwise_affine"):
            yield from norm(name, facts.hidden, bias=True)
    yield from plain_mlp(module="", bias="enable_bias")(facts)


def opt(facts: Facts) -> Parts:
    """Embeddings of another width are projected in and out; positions start at the third row."""
    size, width = facts.hidden, facts.find("word_embed_proj_dim") or facts.hidden
    yield from within(
        "decoder" if task_of(facts) == "none" else "model.decoder",
        embedding("embed_tokens", facts.vocab, width),
        embedding("embed_positions", facts.need(*CONTEXT) + 2, size),
        linear("project_in", width, size) if width != size else iter(()),
        linear("project_out", size, width) if width != size else iter(()),
        stack(facts, opt_layer),
        norm("final_layer_norm", size, bias=True) if opt_final_norm(facts) else iter(()),
    )
    yield from decoder_head(facts, "lm_head", width)


def opt_final_norm(facts: Facts) -> bool:
    """Only where norms come first, and old files may have dropped it."""
    if not facts.on("layer_norm_elementwise_affine"):
        return False
    return facts.on("do_layer_norm_before") and not facts.on("_remove_final_layer_norm")


def gpt(layer: Part, *, positions: bool = True, head_bias: bool = False) -> Part:
    """GPT-2's frame around a layer."""
    return decoder(
        layer,
        base="transformer",
        embedding="wte",
        layers="h",
        final_norm="ln_f",
        norm_bias=True,
        before=learned_positions if positions else None,
        head_bias=head_bias,
    )


GPTS: dict[str, Family] = {
    "bloom": Family(
        decoder(
            bloom_layer,
            base="transformer",
            embedding="word_embeddings",
            layers="h",
            final_norm="ln_f",
            norm_bias=True,
            before=bloom_norm,
        ),
    ),
    "falcon": Family(
        decoder(
            falcon_layer,
            base="transformer",
            embedding="word_embeddings",
            layers="h",
            final_norm="ln_f",
            norm_bias=True,
        ),
        {"multi_query": True, "parallel_attn": True},
    ),
    "codegen": Family(gpt(codegen_layer, positions=False, head_bias=True)),
    "gpt2": Family(gpt(gpt2_layer), {"n_positions": 1024}, inputs_first=True),
    "gpt_bigcode": Family(gpt(bigcode_layer), {"multi_query": True}),
    "gpt_neo": Family(gpt(gpt_neo_layer)),
    "gptj": Family(gpt(gptj_layer, positions=False, head_bias=True)),
    "mpt": Family(
        decoder(
            mpt_layer,
            base="transformer",
            embedding="wte",
            layers="blocks",
            final_norm="norm_f",
        )
    ),
    "persimmon": Family(
        decoder(persimmon_layer, final_norm="final_layernorm", norm_bias=True),
        {"qk_layernorm": True},
    ),
    "gpt_neox": Family(
        decoder(
            neox_layer,
            base="gpt_neox",
            embedding="embed_in",
            final_norm="final_layer_norm",
            norm_bias=True,
            head="embed_out",
        ),
        {"attention_bias": True},
    ),
    "opt": Family(
        opt,
        {
            "do_layer_norm_before": True,
            "enable_bias": True,
            "layer_norm_elementwise_affine": True,
            "max_position_embeddings": 2048,
        },
    ),
}
