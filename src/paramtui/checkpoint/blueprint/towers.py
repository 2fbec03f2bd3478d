"""Vision towers of composite models, by the model_type of their section."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.feed_forward import plain_mlp
from paramtui.checkpoint.blueprint.parts import Parts, embedding, in_turn, norms, tensor, within

LAYER = in_turn(
    attention(names=("q_proj", "k_proj", "v_proj", "out_proj"), bias=True),
    plain_mlp(),
    norms("layer_norm1", "layer_norm2", bias=True),
)


def patches(facts: Facts) -> int:
    """How many patches an image is cut into."""
    return int((facts.need("image_size") // facts.need("patch_size")) ** 2)


def patch_embedding(facts: Facts, name: str, bias: bool) -> Parts:
    """A convolution that reads one patch."""
    size, patch = facts.hidden, facts.need("patch_size")
    yield from tensor(f"{name}.weight", size, facts.need("num_channels"), patch, patch)
    if bias:
        yield from tensor(f"{name}.bias", size)


def encoder_layers(facts: Facts) -> Parts:
    """The layers of the encoder."""
    for number in range(facts.layers):
        yield from within(f"encoder.layers.{number}", LAYER(facts.at_layer(number)))


def siglip(facts: Facts) -> Parts:
    """SigLIP's tower (arXiv:2303.15343): no class token."""
    yield from patch_embedding(facts, "embeddings.patch_embedding", bias=True)
    yield from embedding("embeddings.position_embedding", patches(facts), facts.hidden)
    yield from encoder_layers(facts)
    yield from norms("post_layernorm", bias=True)(facts)
    if facts.on("vision_use_head"):
        yield from within("head", siglip_head(facts))


def siglip_head(facts: Facts) -> Parts:
    """Pooling by attention."""
    size = facts.hidden
    yield from tensor("probe", 1, 1, size)
    yield from tensor("attention.in_proj_weight", 3 * size, size)
    yield from tensor("attention.in_proj_bias", 3 * size)
    yield from tensor("attention.out_proj.weight", size, size)
    yield from tensor("attention.out_proj.bias", size)
    yield from norms("layernorm", bias=True)(facts)
    yield from plain_mlp()(facts)


def clip(facts: Facts) -> Parts:
    """CLIP's tower (arXiv:2103.00020): a class token, norms before and after."""
    yield from tensor("embeddings.class_embedding", facts.hidden)
    yield from patch_embedding(facts, "embeddings.patch_embedding", bias=False)
    yield from embedding("embeddings.position_embedding", patches(facts) + 1, facts.hidden)
    yield from norms("pre_layrnorm", bias=True)(facts)
    yield from encoder_layers(facts)
    yield from norms("post_layernorm", bias=True)(facts)


VISION_SIZES = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "image_size": 224,
}

TOWERS: dict[str, Family] = {
    "clip_vision_model": Family(clip, {"num_channels": 3}, {**VISION_SIZES, "patch_size": 32}),
    "siglip_vision_model": Family(
        siglip, {"num_channels": 3, "vision_use_head": True}, {**VISION_SIZES, "patch_size": 16}
    ),
}
