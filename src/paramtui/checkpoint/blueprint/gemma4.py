"""Gemma 4: its language model, its two towers, and what joins them (transformers 5.23)."""

from paramtui.checkpoint.blueprint.decoders import FOUR_NORMS
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.feed_forward import gated_mlp
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    embedding,
    in_turn,
    linear,
    moved,
    norm,
    norms,
    stack,
    tensor,
    within,
)
from paramtui.checkpoint.config import EXPERTS, Fields, Json

PATTERN = 6
"""Where no list says: every sixth layer attends in full; the last one always does."""


def attends_in_full(facts: Facts) -> bool:
    """Whether a layer sees the whole context, with wider heads."""
    kinds = facts.words("layer_types")
    if facts.layer == facts.layers - 1:
        return True
    if kinds is None:
        return (facts.layer + 1) % PATTERN == 0
    return facts.kind("layer_types") == "full_attention"


def reuses(facts: Facts) -> bool:
    """Whether a layer takes keys and values from one before it."""
    return facts.layer >= facts.layers - (facts.whole("num_kv_shared_layers") or 0)


def own_fields(facts: Facts) -> Fields:
    """What a layer has of its own: transformers writes it by the layer's number, as `05`."""
    layers = facts.fields.section("per_layer_config")
    numbers = (name for name in layers.names() if name.isdecimal() and int(name) == facts.layer)
    return layers.section(next(numbers, ""))


def gemma4_attention(facts: Facts) -> Parts:
    """Full layers may have heads of another width, and keys that are values as well."""
    full, biased = attends_in_full(facts), facts.on("attention_bias")
    alike = full and facts.on("attention_k_eq_v")
    own = own_fields(facts)
    size = own.positive("head_dim") or (facts.need("global_head_dim") if full else facts.head_dim)
    shared = own.positive("num_key_value_heads")
    shared = shared or (facts.find("num_global_key_value_heads") if alike else None)
    queries, keys = facts.heads * size, (shared or facts.kv_heads) * size
    yield from linear("self_attn.q_proj", facts.hidden, queries, biased)
    yield from norm("self_attn.q_norm", size)
    if not reuses(facts):
        yield from norm("self_attn.k_norm", size)
        yield from linear("self_attn.k_proj", facts.hidden, keys, biased)
        if not alike:
            yield from linear("self_attn.v_proj", facts.hidden, keys, biased)
    yield from linear("self_attn.o_proj", queries, facts.hidden, biased)


def mlp_width(facts: Facts) -> int:
    """Twice as wide where keys and values are another layer's."""
    doubled = facts.on("use_double_wide_mlp") and reuses(facts)
    return facts.intermediate * (2 if doubled else 1)


def gemma4_experts(facts: Facts) -> Parts:
    """Experts beside the ordinary network, packed in two tensors, each side with its norms."""
    if not facts.on("enable_moe_block"):
        return
    count, size, inner = facts.need(*EXPERTS), facts.hidden, facts.need("moe_intermediate_size")
    yield from linear("router.proj", size, count)
    yield from tensor("router.scale", size)
    yield from tensor("router.per_expert_scale", count)
    yield from tensor("experts.gate_up_proj", count, 2 * inner, size)
    yield from tensor("experts.down_proj", count, size, inner)
    for name in ("post_feedforward_layernorm_1", "post_feedforward_layernorm_2"):
        yield from norm(name, size)
    yield from norm("pre_feedforward_layernorm_2", size)


def per_layer_input(facts: Facts) -> Parts:
    """What lets a layer's own embedding of the token in."""
    inner = facts.find("hidden_size_per_layer_input")
    if inner:
        yield from linear("per_layer_input_gate", facts.hidden, inner)
        yield from linear("per_layer_projection", inner, facts.hidden)
        yield from norm("post_per_layer_input_norm", facts.hidden)


def per_layer_embedding(facts: Facts) -> Parts:
    """The embeddings of all layers in one table, and the matrix beside it."""
    inner = facts.find("hidden_size_per_layer_input")
    if inner:
        wide = facts.layers * inner
        yield from embedding(
            "embed_tokens_per_layer", facts.need("vocab_size_per_layer_input"), wide
        )
        yield from linear("per_layer_model_projection", facts.hidden, wide)
        yield from norm("per_layer_projection_norm", inner)


GEMMA4 = in_turn(
    gemma4_attention,
    gated_mlp(size=mlp_width),
    FOUR_NORMS,
    lambda facts: tensor("layer_scalar", 1),  # noqa: ARG005 - a number of its own in every layer
    per_layer_input,
    gemma4_experts,
)

TEXT_DEFAULTS: dict[str, Json] = {
    "global_head_dim": 512,
    "head_dim": 256,
    "hidden_size_per_layer_input": 256,
    "num_key_value_heads": 4,
    "vocab_size_per_layer_input": 262144,
}
GEMMA4_TEXT = Family(decoder(GEMMA4, before=per_layer_embedding), TEXT_DEFAULTS)


def clipped(facts: Facts, name: str, inputs: int, outputs: int) -> Parts:
    """A matrix, where the config says so with the four bounds of what goes in and out."""
    yield from linear(f"{name}.linear", inputs, outputs)
    if facts.on("use_clipped_linears"):
        for bound in ("input_min", "input_max", "output_min", "output_max"):
            yield from tensor(f"{name}.{bound}")


def vision_layer(facts: Facts) -> Parts:
    """Gemma's layer over patches."""
    size, inner, dim = facts.hidden, facts.intermediate, facts.head_dim
    queries, keys = facts.heads * dim, facts.kv_heads * dim
    yield from clipped(facts, "self_attn.q_proj", size, queries)
    yield from clipped(facts, "self_attn.k_proj", size, keys)
    yield from clipped(facts, "self_attn.v_proj", size, keys)
    yield from clipped(facts, "self_attn.o_proj", queries, size)
    yield from norm("self_attn.q_norm", dim)
    yield from norm("self_attn.k_norm", dim)
    yield from clipped(facts, "mlp.gate_proj", size, inner)
    yield from clipped(facts, "mlp.up_proj", size, inner)
    yield from clipped(facts, "mlp.down_proj", inner, size)
    yield from FOUR_NORMS(facts)


def vision(facts: Facts) -> Parts:
    """Patches by one matrix, positions by two tables."""
    size = facts.hidden
    yield from linear("patch_embedder.input_proj", 3 * facts.need("patch_size") ** 2, size)
    yield from tensor(
        "patch_embedder.position_embedding_table", 2, facts.need("position_embedding_size"), size
    )
    yield from stack(facts, vision_layer, "encoder.layers")
    if facts.on("standardize"):
        yield from tensor("std_bias", size)
        yield from tensor("std_scale", size)


def audio_feed_forward(facts: Facts) -> Parts:
    """Half of a conformer's two feed-forward networks."""
    size = facts.hidden
    yield from clipped(facts, "ffw_layer_1", size, 4 * size)
    yield from clipped(facts, "ffw_layer_2", 4 * size, size)
    yield from norms("pre_layer_norm", "post_layer_norm")(facts)


def audio_attention(facts: Facts) -> Parts:
    """Attention over a chunk, with relative positions."""
    size, wide = facts.hidden, facts.heads * facts.head_dim
    for name in ("q_proj", "k_proj", "v_proj"):
        yield from clipped(facts, name, size, wide)
    yield from clipped(facts, "post", size, size)
    yield from linear("relative_k_proj", size, wide)
    yield from tensor("per_dim_scale", facts.head_dim)


def audio_layer(facts: Facts) -> Parts:
    """A conformer's layer (arXiv:2005.08100)."""
    size = facts.hidden
    yield from within("feed_forward1", audio_feed_forward(facts))
    yield from within("feed_forward2", audio_feed_forward(facts))
    yield from within("self_attn", audio_attention(facts))
    yield from clipped(facts, "lconv1d.linear_start", size, 2 * size)
    yield from clipped(facts, "lconv1d.linear_end", size, size)
    yield from tensor("lconv1d.depthwise_conv1d.weight", size, 1, facts.need("conv_kernel_size"))
    yield from within("lconv1d", norms("pre_layer_norm", "conv_norm")(facts))
    yield from norms("norm_pre_attn", "norm_post_attn", "norm_out")(facts)


def audio(facts: Facts) -> Parts:
    """Two convolutions that halve time and frequency, conformer layers, one matrix."""
    channels = facts.numbers("subsampling_conv_channels") or ()
    if len(channels) != 2 or min(channels) <= 0:
        raise facts.absent("subsampling_conv_channels")
    first, second = channels
    for number, (inputs, outputs) in enumerate(((1, first), (first, second))):
        yield from tensor(
            f"subsample_conv_projection.layer{number}.conv.weight", outputs, inputs, 3, 3
        )
        yield from norm(f"subsample_conv_projection.layer{number}.norm", outputs)
    joined = first // 4 * second
    yield from linear("subsample_conv_projection.input_proj_linear", joined, facts.hidden)
    yield from stack(facts, audio_layer)
    yield from linear("output_proj", facts.hidden, facts.need("output_proj_dims"), bias=True)


VISION = Family(
    vision,
    {
        "head_dim": 64,
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_attention_heads": 12,
        "num_hidden_layers": 16,
        "num_key_value_heads": 12,
        "patch_size": 16,
        "position_embedding_size": 10240,
    },
)
AUDIO = Family(
    audio,
    {
        "conv_kernel_size": 5,
        "hidden_size": 1024,
        "num_attention_heads": 8,
        "num_hidden_layers": 12,
        "output_proj_dims": 1536,
        "subsampling_conv_channels": (128, 32),
        "use_clipped_linears": True,
    },
)


def gemma4(facts: Facts) -> Parts:
    """Either tower may be missing; each is joined by one matrix."""
    text = GEMMA4_TEXT.facts(
        "gemma4_text", facts.fields.section("text_config"), nested=True, tied=facts.tied
    )
    for section, family, name, width in (
        ("vision_config", VISION, "vision", "hidden_size"),
        ("audio_config", AUDIO, "audio", "output_proj_dims"),
    ):
        fields = facts.fields.section(section)
        if fields:
            part = family.facts(f"gemma4_{name}", fields, nested=True, tied=False)
            yield from within(f"model.{name}_tower", family.parts(part))
            outputs = part.need(width)
            yield from linear(f"model.embed_{name}.embedding_projection", outputs, text.hidden)
    yield from moved(GEMMA4_TEXT.parts(text), "model.", "model.language_model.")


GEMMA4S: dict[str, Family] = {"gemma4": Family(gemma4), "gemma4_text": GEMMA4_TEXT}
