"""FLUX.1's transformer as diffusers has it (its version 0.42, `transformer_flux`)."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.parts import Parts, linear, norm, stack, within
from paramtui.checkpoint.dtype import BF16

TIME = 256
"""Frequencies that a moment is written in."""


def width(facts: Facts) -> int:
    """Width of the residual stream: all heads side by side."""
    return facts.heads * facts.need("attention_head_dim")


def two_layers(name: str, inputs: int, size: int) -> Parts:
    """An embedding of one number or one vector: two matrices with a bias."""
    yield from linear(f"{name}.linear_1", inputs, size, bias=True)
    yield from linear(f"{name}.linear_2", size, size, bias=True)


def feed_forward(name: str, size: int) -> Parts:
    """Four times as wide inside."""
    yield from linear(f"{name}.net.0.proj", size, 4 * size, bias=True)
    yield from linear(f"{name}.net.2", 4 * size, size, bias=True)


def attention(facts: Facts, names: tuple[str, ...], norms: tuple[str, ...]) -> Parts:
    """Matrices with biases, a norm for each head."""
    for name in names:
        yield from linear(f"attn.{name}", width(facts), width(facts), bias=True)
    for name in norms:
        yield from norm(f"attn.{name}", facts.need("attention_head_dim"))


def double_block(facts: Facts) -> Parts:
    """Image and text each with matrices of their own, in one attention."""
    size = width(facts)
    for name in ("norm1", "norm1_context"):
        yield from linear(f"{name}.linear", size, 6 * size, bias=True)
    yield from attention(
        facts,
        (
            "to_q",
            "to_k",
            "to_v",
            "to_out.0",
            "add_q_proj",
            "add_k_proj",
            "add_v_proj",
            "to_add_out",
        ),
        ("norm_q", "norm_k", "norm_added_q", "norm_added_k"),
    )
    yield from feed_forward("ff", size)
    yield from feed_forward("ff_context", size)


def single_block(facts: Facts) -> Parts:
    """One sequence, attention and feed-forward side by side."""
    size = width(facts)
    yield from linear("norm.linear", size, 3 * size, bias=True)
    yield from linear("proj_mlp", size, 4 * size, bias=True)
    yield from linear("proj_out", 5 * size, size, bias=True)
    yield from attention(facts, ("to_q", "to_k", "to_v"), ("norm_q", "norm_k"))


def flux(facts: Facts) -> Parts:
    """Double blocks, then single ones, all moved by time, text and, if distilled, guidance."""
    size, channels = width(facts), facts.need("in_channels")
    outputs = facts.find("out_channels") or channels
    embedders = ["timestep_embedder"]
    if facts.on("guidance_embeds"):
        embedders.append("guidance_embedder")
    yield from within("time_text_embed", *(two_layers(name, TIME, size) for name in embedders))
    pooled = facts.need("pooled_projection_dim")
    yield from within("time_text_embed", two_layers("text_embedder", pooled, size))
    yield from linear("context_embedder", facts.need("joint_attention_dim"), size, bias=True)
    yield from linear("x_embedder", channels, size, bias=True)
    yield from stack(facts, double_block, "transformer_blocks", facts.need("num_layers"))
    singles = facts.need("num_single_layers")
    yield from stack(facts, single_block, "single_transformer_blocks", singles)
    yield from linear("norm_out.linear", size, 2 * size, bias=True)
    yield from linear("proj_out", size, facts.need("patch_size") ** 2 * outputs, bias=True)


TRANSFORMERS: dict[str, Family] = {
    "FluxTransformer2DModel": Family(
        flux,
        {
            "attention_head_dim": 128,
            "in_channels": 64,
            "joint_attention_dim": 4096,
            "num_attention_heads": 24,
            "num_layers": 19,
            "num_single_layers": 38,
            "patch_size": 1,
            "pooled_projection_dim": 768,
        },
        silent=BF16,
    )
}
