"""Image encoders of their own: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, stack, tensor, within


def self_attention(facts: Facts) -> Parts:
    """Query, key and value with biases on demand."""
    size = facts.hidden
    for name in ("query", "key", "value"):
        yield from linear(f"attention.attention.{name}", size, size, facts.on("qkv_bias"))
    yield from linear("attention.output.dense", size, size, bias=True)


def vit_layer(facts: Facts) -> Parts:
    """Norms before each half (arXiv:2010.11929)."""
    size, inner = facts.hidden, facts.intermediate
    yield from self_attention(facts)
    yield from linear("intermediate.dense", size, inner, bias=True)
    yield from linear("output.dense", inner, size, bias=True)
    yield from norm("layernorm_before", size, bias=True)
    yield from norm("layernorm_after", size, bias=True)


def dinov2_layer(facts: Facts) -> Parts:
    """ViT's layer with learned scales (arXiv:2304.07193)."""
    size = facts.hidden
    inner = size * (facts.find("mlp_ratio") or 4)
    yield from self_attention(facts)
    for name in ("layer_scale1.lambda1", "layer_scale2.lambda1"):
        yield from tensor(name, size)
    if facts.on("use_swiglu_ffn"):
        half = (int(inner * 2 / 3) + 7) // 8 * 8
        yield from linear("mlp.weights_in", size, 2 * half, bias=True)
        yield from linear("mlp.weights_out", half, size, bias=True)
    else:
        yield from linear("mlp.fc1", size, inner, bias=True)
        yield from linear("mlp.fc2", inner, size, bias=True)
    yield from norm("norm1", size, bias=True)
    yield from norm("norm2", size, bias=True)


def image_encoder(base: str, layer: Part, *tokens: str, pooled: bool = True) -> Part:
    """Patches and extra tokens, one position each; `pooled`: the bare class has a pooler."""

    def body(facts: Facts) -> Parts:
        size, patch = facts.hidden, facts.need("patch_size")
        patches = (facts.need("image_size") // patch) ** 2
        for name in tokens:
            yield from tensor(f"embeddings.{name}", 1, 1, size)
        if facts.on("use_mask_token"):
            yield from tensor("embeddings.mask_token", 1, size)
        yield from tensor("embeddings.position_embeddings", 1, patches + len(tokens), size)
        projection = "embeddings.patch_embeddings.projection"
        yield from tensor(f"{projection}.weight", size, facts.need("num_channels"), patch, patch)
        yield from tensor(f"{projection}.bias", size)
        yield from stack(facts, layer, "encoder.layer")
        yield from norm("layernorm", size, bias=True)
        if pooled and task_of(facts) == "none":
            yield from linear("pooler.dense", size, size, bias=True)

    def parts(facts: Facts) -> Parts:
        task = task_of(facts)
        yield from within("" if task == "none" else base, body(facts))
        if task == "classes":
            width = facts.hidden if pooled else 2 * facts.hidden
            yield from linear("classifier", width, facts.labels, bias=True)
        elif task != "none":
            raise no_class(facts)

    return parts


IMAGES: dict[str, Family] = {
    "deit": Family(
        image_encoder("deit", vit_layer, "cls_token", "distillation_token"),
        {"num_channels": 3, "qkv_bias": True},
    ),
    "dinov2": Family(
        image_encoder("dinov2", dinov2_layer, "cls_token", pooled=False),
        {"num_channels": 3, "qkv_bias": True, "use_mask_token": True},
    ),
    "vit": Family(
        image_encoder("vit", vit_layer, "cls_token"), {"num_channels": 3, "qkv_bias": True}
    ),
}
