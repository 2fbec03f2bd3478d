"""Zamba 2 (arXiv:2411.15242): Mamba 2 layers, some with a transformer block they share."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.parts import Parts, linear, norm, within
from paramtui.checkpoint.blueprint.state_space import mamba2

MAMBA = mamba2("mamba", bias="add_bias_linear", conv_bias="use_conv_bias")


def zamba2_layer(facts: Facts) -> Parts:
    """A Mamba 2 layer; where it is hybrid, wrapped beside a shared block and its own `linear`."""
    mamba = within("", norm("input_layernorm", facts.hidden), MAMBA(facts))
    hybrid = hybrid_layers(facts)
    if facts.layer not in hybrid:
        yield from mamba
        return
    turn, blocks = hybrid.index(facts.layer), facts.need("num_mem_blocks")
    if turn < blocks:
        turns = [number for number in range(len(hybrid)) if number % blocks == turn]
        yield from within("shared_transformer", shared_block(facts, turns))
    yield from linear("linear", facts.hidden, facts.hidden)
    yield from within("mamba_decoder", mamba)


def hybrid_layers(facts: Facts) -> tuple[int, ...]:
    """The layers that use a shared block; each block is stored where it is first used."""
    kinds = facts.words("layers_block_type")
    if kinds is None:
        return facts.numbers("hybrid_layer_ids") or ()
    return tuple(layer for layer, kind in enumerate(kinds) if kind == "hybrid")


def shared_block(facts: Facts, turns: list[int]) -> Parts:
    """One transformer block over twice the width, with low-rank adapters for each of its turns."""
    size, inner, wide = facts.hidden, facts.intermediate, 2 * facts.hidden
    head = facts.find("attention_head_dim") or wide // facts.heads
    queries, keys, rank = facts.heads * head, facts.kv_heads * head, facts.need("adapter_rank")
    biased = facts.on("add_bias_linear")
    yield from within(
        "self_attn",
        linear("q_proj", wide, queries),
        linear("k_proj", wide, keys),
        linear("v_proj", wide, keys),
        linear("o_proj", queries, size),
    )
    if facts.on("use_shared_attention_adapter"):
        for name in ("linear_q", "linear_k", "linear_v"):
            yield from within("self_attn", adapters(name, turns, wide, rank, wide))
    yield from within(
        "feed_forward",
        linear("gate_up_proj", size, 2 * inner, biased),
        linear("down_proj", inner, size, biased),
        adapters("gate_up_proj", turns, size, rank, 2 * inner),
    )
    yield from norm("input_layernorm", wide)
    yield from norm("pre_ff_layernorm", size)


def adapters(name: str, turns: list[int], inputs: int, rank: int, outputs: int) -> Parts:
    """A pair of low-rank matrices for each turn."""
    for turn in turns:
        yield from linear(f"{name}_adapter_list.{turn}.0", inputs, rank)
        yield from linear(f"{name}_adapter_list.{turn}.1", rank, outputs)
