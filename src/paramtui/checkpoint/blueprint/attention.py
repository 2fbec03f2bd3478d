"""Attention: grouped-query heads, apart or fused, and latent attention."""

from paramtui.checkpoint.blueprint.facts import Facts, Option
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, tensor, within


def attention(
    *,
    module: str = "self_attn",
    names: tuple[str, str, str, str] = ("q_proj", "k_proj", "v_proj", "o_proj"),
    bias: Option = False,
    out_bias: Option | None = None,
    head_norms: tuple[str, str] | None = None,
    wide_norms: tuple[str, str] | None = None,
    when: Option = True,
    norm_bias: bool = False,
    sinks: bool = False,
    gated: bool = False,
) -> Part:
    """Query, key, value and output apart; `out_bias` follows `bias` unless given.

    `head_norms` norm each head (width head_dim), `wide_norms` all heads at once; both only
    `when` the config says so. `gated` doubles the query for an output gate.
    """
    q, k, v, o = names

    def parts(facts: Facts) -> Parts:
        size, dim = facts.hidden, facts.head_dim
        queries, keys = facts.heads * dim, facts.kv_heads * dim
        with_bias = facts.on(bias)
        yield from linear(q, size, queries * (2 if gated else 1), with_bias)
        yield from linear(k, size, keys, with_bias)
        yield from linear(v, size, keys, with_bias)
        yield from linear(o, queries, size, with_bias if out_bias is None else facts.on(out_bias))
        if head_norms and facts.on(when):
            for name in head_norms:
                yield from norm(name, dim, norm_bias)
        if wide_norms and facts.on(when):
            yield from norm(wide_norms[0], queries, norm_bias)
            yield from norm(wide_norms[1], keys, norm_bias)
        if sinks:
            yield from tensor("sinks", facts.heads)

    return lambda facts: within(module, parts(facts))


def fused_attention(
    *,
    module: str = "self_attn",
    names: tuple[str, str] = ("qkv_proj", "o_proj"),
    bias: Option = False,
    out_bias: Option | None = None,
) -> Part:
    """Query, key and value in one matrix."""
    qkv, o = names

    def parts(facts: Facts) -> Parts:
        queries = facts.heads * facts.head_dim
        fused = queries + 2 * facts.kv_heads * facts.head_dim
        yield from linear(qkv, facts.hidden, fused, facts.on(bias))
        yield from linear(
            o, queries, facts.hidden, facts.on(bias if out_bias is None else out_bias)
        )

    return lambda facts: within(module, parts(facts))


def latent_attention(*, bias: Option = "attention_bias") -> Part:
    """DeepSeek's multi-head latent attention (arXiv:2405.04434 §2.1)."""

    def parts(facts: Facts) -> Parts:
        size, heads, with_bias = facts.hidden, facts.heads, facts.on(bias)
        rope, plain = facts.need("qk_rope_head_dim"), facts.need("qk_nope_head_dim")
        value, latent = facts.need("v_head_dim"), facts.need("kv_lora_rank")
        rank = facts.find("q_lora_rank")
        if rank is None:
            yield from linear("q_proj", size, heads * (plain + rope))
        else:
            yield from linear("q_a_proj", size, rank, with_bias)
            yield from norm("q_a_layernorm", rank)
            yield from linear("q_b_proj", rank, heads * (plain + rope))
        yield from linear("kv_a_proj_with_mqa", size, latent + rope, with_bias)
        yield from norm("kv_a_layernorm", latent)
        yield from linear("kv_b_proj", latent, heads * (plain + value))
        yield from linear("o_proj", heads * value, size, with_bias)

    return lambda facts: within("self_attn", parts(facts))
