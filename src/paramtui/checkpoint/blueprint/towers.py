"""Vision towers of composite models, by the model_type of their section."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.feed_forward import gated_mlp, plain_mlp
from paramtui.checkpoint.blueprint.llama_vision import LLAMA_TOWERS
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    embedding,
    in_turn,
    linear,
    norm,
    norms,
    stack,
    tensor,
    within,
)
from paramtui.checkpoint.blueprint.qwen_vision import QWEN_TOWERS
from paramtui.checkpoint.config import Json

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
    yield from stack(facts, LAYER, "encoder.layers")


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


def idefics3(facts: Facts) -> Parts:
    """SigLIP's tower without its head."""
    yield from patch_embedding(facts, "embeddings.patch_embedding", bias=True)
    yield from embedding("embeddings.position_embedding", patches(facts), facts.hidden)
    yield from encoder_layers(facts)
    yield from norms("post_layernorm", bias=True)(facts)


PIXTRAL_LAYER = in_turn(
    norms("attention_norm", "ffn_norm"),
    attention(module="attention"),
    gated_mlp(module="feed_forward"),
)


def pixtral(facts: Facts) -> Parts:
    """Pixtral's tower (arXiv:2410.07073): Llama's layers over patches, with rotary positions."""
    size, patch = facts.hidden, facts.need("patch_size")
    yield from tensor("patch_conv.weight", size, facts.need("num_channels"), patch, patch)
    yield from norm("ln_pre", size)
    yield from stack(facts, PIXTRAL_LAYER, "transformer.layers")


def internvl_layer(facts: Facts) -> Parts:
    """ViT's layer with learned scales."""
    size, inner = facts.hidden, facts.intermediate
    for name in ("q_proj", "k_proj", "v_proj"):
        yield from linear(f"attention.{name}", size, size, facts.on("attention_bias"))
    yield from linear("attention.projection_layer", size, size, bias=True)
    if facts.on("use_qk_norm"):
        yield from norm("attention.q_norm", size)
        yield from norm("attention.k_norm", size)
    yield from linear("mlp.fc1", size, inner, bias=True)
    yield from linear("mlp.fc2", inner, size, bias=True)
    biased = (facts.word("norm_type") or "layer_norm") == "layer_norm"
    yield from norm("layernorm_before", size, biased)
    yield from norm("layernorm_after", size, biased)
    yield from tensor("lambda_1", size)
    yield from tensor("lambda_2", size)


def internvl(facts: Facts) -> Parts:
    """InternViT (arXiv:2312.14238): a class token, learned positions."""
    size = facts.hidden
    image, patch = square(facts, "image_size"), square(facts, "patch_size")
    yield from tensor("embeddings.cls_token", 1, 1, size)
    if facts.on("use_mask_token"):
        yield from tensor("embeddings.mask_token", 1, 1, size)
    if facts.on("use_absolute_position_embeddings"):
        yield from tensor("embeddings.position_embeddings", 1, (image // patch) ** 2 + 1, size)
    projection = "embeddings.patch_embeddings.projection"
    yield from tensor(f"{projection}.weight", size, facts.need("num_channels"), patch, patch)
    yield from tensor(f"{projection}.bias", size)
    yield from stack(facts, internvl_layer, "encoder.layer")
    if not facts.on("use_mean_pooling"):
        yield from norm("layernorm", size, bias=True)


def square(facts: Facts, name: str) -> int:
    """One side of a square, given as one number or as two equal ones."""
    side = facts.fields.integer(name)
    if side is not None and side > 0:
        return side
    sides = facts.numbers(name) or ()
    if len(set(sides)) != 1 or sides[0] <= 0:
        raise facts.absent(name)
    return sides[0]


VISION_SIZES: dict[str, Json] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "image_size": 224,
}
IDEFICS3_SIZES: dict[str, Json] = {
    "hidden_size": 1152,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 32,
}

TOWERS: dict[str, Family] = {
    **QWEN_TOWERS,
    **LLAMA_TOWERS,
    "clip_vision_model": Family(clip, {"num_channels": 3}, {**VISION_SIZES, "patch_size": 32}),
    "idefics3_vision": Family(idefics3, {"num_channels": 3}, IDEFICS3_SIZES),
    "internvl_vision": Family(
        internvl,
        {
            "image_size": (448, 448),
            "num_channels": 3,
            "patch_size": (14, 14),
            "use_absolute_position_embeddings": True,
            "use_mean_pooling": True,
        },
        {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_attention_heads": 16,
            "num_hidden_layers": 24,
        },
    ),
    "pixtral": Family(
        pixtral,
        {"num_channels": 3},
        {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_attention_heads": 16,
            "num_hidden_layers": 24,
            "patch_size": 16,
        },
    ),
    "siglip_vision_model": Family(
        siglip, {"num_channels": 3, "vision_use_head": True}, {**VISION_SIZES, "patch_size": 16}
    ),
}
TOWERS["smolvlm_vision"] = TOWERS["idefics3_vision"]
TOWERS["idefics3"] = TOWERS["idefics3_vision"]
TOWERS["qwen3_vl_moe_vision"] = TOWERS["qwen3_vl_vision"]
TOWERS["qwen3_5_moe_vision"] = TOWERS["qwen3_5_vision"]
