"""Llama's vision towers: Llama 3.2's tiles and Llama 4's pixel shuffle."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.feed_forward import plain_mlp
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    embedding,
    in_turn,
    linear,
    norm,
    norms,
    stack,
    tensor,
)

NORMS = norms("input_layernorm", "post_attention_layernorm", bias=True)
LLAMA4_LAYER = in_turn(attention(bias=True), plain_mlp(), NORMS)
MLLAMA_LAYER = in_turn(attention(), plain_mlp(), NORMS)


def llama4_vision(facts: Facts) -> Parts:
    """Patches as one matrix, a class token, and an adapter behind the layers."""
    size, patch = facts.hidden, facts.need("patch_size")
    patches = (facts.need("image_size") // patch) ** 2
    yield from tensor("class_embedding", size)
    yield from tensor("positional_embedding_vlm", patches + 1, size)
    yield from linear("patch_embedding.linear", facts.need("num_channels") * patch**2, size)
    yield from norm("layernorm_pre", size, bias=True)
    yield from norm("layernorm_post", size, bias=True)
    yield from stack(facts, LLAMA4_LAYER, "model.layers")
    # Pixel shuffle trades resolution for width, down to what the first matrix takes.
    middle, output = facts.need("projector_input_dim"), facts.need("projector_output_dim")
    yield from linear("vision_adapter.mlp.fc1", facts.intermediate, middle)
    yield from linear("vision_adapter.mlp.fc2", middle, output)


def mllama_vision(facts: Facts) -> Parts:
    """Positions for patches, tiles and aspect ratios; gated global layers behind the others."""
    size, patch = facts.hidden, facts.need("patch_size")
    rows = (facts.need("image_size") // patch) ** 2 + 1
    tiles = facts.need("max_num_tiles")
    ratios = aspect_ratios(facts) + 1
    yield from tensor("class_embedding", size)
    yield from tensor("patch_embedding.weight", size, facts.need("num_channels"), patch, patch)
    positions = "gated_positional_embedding"
    yield from tensor(f"{positions}.gate", 1)
    yield from tensor(f"{positions}.embedding", rows, size)
    yield from embedding(f"{positions}.tile_embedding", ratios, tiles * rows * size)
    for name in ("pre_tile_positional_embedding", "post_tile_positional_embedding"):
        yield from tensor(f"{name}.gate", 1)
        yield from embedding(f"{name}.embedding", ratios, tiles * size)
    yield from norm("layernorm_pre", size, bias=True)
    yield from norm("layernorm_post", size, bias=True)
    yield from stack(facts, MLLAMA_LAYER, "transformer.layers")
    gated = in_turn(MLLAMA_LAYER, gates)
    yield from stack(facts, gated, "global_transformer.layers", facts.need("num_global_layers"))


def gates(facts: Facts) -> Parts:  # noqa: ARG001 - a part like any other
    """How much of each half a global layer lets through."""
    yield from tensor("gate_attn", 1)
    yield from tensor("gate_ffn", 1)


def aspect_ratios(facts: Facts) -> int:
    """How many ways to lay out tiles there are."""
    listed = facts.fields.raw("supported_aspect_ratios")
    if isinstance(listed, (list, tuple)):
        return len(listed)
    return 8 if "supported_aspect_ratios" not in facts.fields else 0


LLAMA_TOWERS: dict[str, Family] = {
    "llama4_vision_model": Family(
        llama4_vision,
        {
            "hidden_size": 768,
            "image_size": 448,
            "intermediate_size": 5632,
            "num_attention_heads": 16,
            "num_channels": 3,
            "num_hidden_layers": 34,
            "patch_size": 14,
            "projector_input_dim": 4096,
            "projector_output_dim": 4096,
            "vision_output_dim": 7680,
        },
    ),
    "mllama_vision_model": Family(
        mllama_vision,
        {
            "attention_heads": 16,
            "hidden_size": 1280,
            "image_size": 448,
            "intermediate_size": 5120,
            "max_num_tiles": 4,
            "num_channels": 3,
            "num_global_layers": 8,
            "num_hidden_layers": 32,
            "patch_size": 14,
            "vision_output_dim": 7680,
        },
    ),
}
