"""Qwen's vision towers: patches of two frames, fused qkv, a merger of neighbouring patches."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, tensor, within
from paramtui.checkpoint.config import Json


def patches(facts: Facts, size: int, *, bias: bool) -> Parts:
    """A convolution over a patch in a pair of frames."""
    patch, channels = facts.need("patch_size"), facts.need("in_channels", "in_chans")
    frames = facts.need("temporal_patch_size")
    yield from tensor("patch_embed.proj.weight", size, channels, frames, patch, patch)
    if bias:
        yield from tensor("patch_embed.proj.bias", size)


def blocks(facts: Facts, size: int, feed_forward: Part, *, norm_bias: bool) -> Parts:
    """The layers: two norms, attention, a feed-forward network."""
    for number in range(facts.need("depth")):
        yield from within(
            f"blocks.{number}",
            norm("norm1", size, norm_bias),
            norm("norm2", size, norm_bias),
            linear("attn.qkv", size, 3 * size, bias=True),
            linear("attn.proj", size, size, bias=True),
            within("mlp", feed_forward(facts)),
        )


def merger(facts: Facts, size: int, output: int, *, norm_bias: bool) -> Parts:
    """Neighbouring patches side by side through two matrices to the language model's width."""
    wide = size * facts.need("spatial_merge_size") ** 2
    yield from norm("merger.ln_q", size, norm_bias)
    yield from linear("merger.mlp.0", wide, wide, bias=True)
    yield from linear("merger.mlp.2", wide, output, bias=True)


def qwen2_vision(facts: Facts) -> Parts:
    """Qwen2-VL (arXiv:2409.12191); `hidden_size` is the language model's."""
    size = facts.need("embed_dim")
    inner = size * facts.need("mlp_ratio")

    def mlp(_: Facts) -> Parts:
        yield from linear("fc1", size, inner, bias=True)
        yield from linear("fc2", inner, size, bias=True)

    yield from patches(facts, size, bias=False)
    yield from blocks(facts, size, mlp, norm_bias=True)
    yield from merger(facts, size, facts.hidden, norm_bias=True)


def qwen25_vision(facts: Facts) -> Parts:
    """Qwen2.5-VL (arXiv:2502.13923): RMSNorm and a gated feed-forward network."""
    size, inner = facts.hidden, facts.intermediate

    def mlp(_: Facts) -> Parts:
        for name in ("gate_proj", "up_proj"):
            yield from linear(name, size, inner, bias=True)
        yield from linear("down_proj", inner, size, bias=True)

    yield from patches(facts, size, bias=False)
    yield from blocks(facts, size, mlp, norm_bias=False)
    yield from merger(facts, size, facts.need("out_hidden_size"), norm_bias=False)


def qwen3_merger(facts: Facts, name: str, normed: int) -> Parts:
    """A norm before or after the patches are put side by side, and two matrices."""
    wide = facts.hidden * facts.need("spatial_merge_size") ** 2
    yield from norm(f"{name}.norm", normed, bias=True)
    yield from linear(f"{name}.linear_fc1", wide, wide, bias=True)
    yield from linear(f"{name}.linear_fc2", wide, facts.need("out_hidden_size"), bias=True)


def qwen3_vision(facts: Facts) -> Parts:
    """Qwen3-VL (arXiv:2511.21631): learned positions; some layers feed the language model too."""
    size, inner = facts.hidden, facts.intermediate
    wide = size * facts.need("spatial_merge_size") ** 2

    def mlp(_: Facts) -> Parts:
        yield from linear("linear_fc1", size, inner, bias=True)
        yield from linear("linear_fc2", inner, size, bias=True)

    yield from patches(facts, size, bias=True)
    yield from tensor("pos_embed.weight", facts.need("num_position_embeddings"), size)
    yield from blocks(facts, size, mlp, norm_bias=True)
    yield from qwen3_merger(facts, "merger", size)
    for number, _ in enumerate(facts.numbers("deepstack_visual_indexes") or ()):
        yield from qwen3_merger(facts, f"deepstack_merger_list.{number}", wide)


PATCHES: dict[str, Json] = {
    "in_channels": 3,
    "patch_size": 14,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
}
QWEN3: dict[str, Json] = {
    **PATCHES,
    "depth": 27,
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_position_embeddings": 2304,
    "out_hidden_size": 3584,
    "patch_size": 16,
}

QWEN_TOWERS: dict[str, Family] = {
    "qwen2_vl_vision": Family(
        qwen2_vision,
        {**PATCHES, "depth": 32, "embed_dim": 1280, "hidden_size": 3584, "mlp_ratio": 4},
    ),
    "qwen2_5_vl_vision": Family(
        qwen25_vision,
        {
            **PATCHES,
            "depth": 32,
            "hidden_size": 3584,
            "intermediate_size": 3420,
            "out_hidden_size": 3584,
        },
    ),
    "qwen3_vl_vision": Family(qwen3_vision, {**QWEN3, "deepstack_visual_indexes": (8, 16, 24)}),
    "qwen3_5_vision": Family(qwen3_vision, QWEN3),
}
