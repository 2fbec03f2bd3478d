"""Encoders of text and of images: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import Parts, embedding, linear, norm, tensor, within


def bert_layer(facts: Facts) -> Parts:
    """Norms after each half (arXiv:1810.04805)."""
    size, inner = facts.hidden, facts.intermediate
    for name in ("query", "key", "value"):
        yield from linear(f"attention.self.{name}", size, size, bias=True)
    yield from linear("attention.output.dense", size, size, bias=True)
    yield from norm("attention.output.LayerNorm", size, bias=True)
    yield from linear("intermediate.dense", size, inner, bias=True)
    yield from linear("output.dense", inner, size, bias=True)
    yield from norm("output.LayerNorm", size, bias=True)


def bert_body(facts: Facts) -> Parts:
    """Three summed embeddings, the layers, and a pooler where the class has one."""
    size = facts.hidden
    yield from within(
        "embeddings",
        embedding("word_embeddings", facts.vocab, size),
        embedding("position_embeddings", facts.need("max_position_embeddings"), size),
        embedding("token_type_embeddings", facts.need("type_vocab_size"), size),
        norm("LayerNorm", size, bias=True),
    )
    for number in range(facts.layers):
        yield from within(f"encoder.layer.{number}", bert_layer(facts.at_layer(number)))
    if task_of(facts) in ("none", "classes", "pretraining"):
        yield from linear("pooler.dense", size, size, bias=True)


def bert(facts: Facts) -> Parts:
    """BERT under the head of its class."""
    task, size = task_of(facts), facts.hidden
    yield from within("" if task == "none" else "bert", bert_body(facts))
    if task in ("masked", "pretraining", "words"):
        yield from tensor("cls.predictions.bias", facts.vocab)
        yield from linear("cls.predictions.transform.dense", size, size, bias=True)
        yield from norm("cls.predictions.transform.LayerNorm", size, bias=True)
        if not facts.tied:
            yield from linear("cls.predictions.decoder", size, facts.vocab, bias=True)
    if task == "pretraining":
        yield from linear("cls.seq_relationship", size, 2, bias=True)
    if task in ("classes", "tokens"):
        yield from linear("classifier", size, facts.labels, bias=True)
    if task == "spans":
        yield from linear("qa_outputs", size, 2, bias=True)


def vit_layer(facts: Facts) -> Parts:
    """Norms before each half (arXiv:2010.11929)."""
    size, inner = facts.hidden, facts.intermediate
    for name in ("query", "key", "value"):
        yield from linear(f"attention.attention.{name}", size, size, facts.on("qkv_bias"))
    yield from linear("attention.output.dense", size, size, bias=True)
    yield from linear("intermediate.dense", size, inner, bias=True)
    yield from linear("output.dense", inner, size, bias=True)
    yield from norm("layernorm_before", size, bias=True)
    yield from norm("layernorm_after", size, bias=True)


def vit_body(facts: Facts) -> Parts:
    """Patches, a class token, one position each."""
    size, patch = facts.hidden, facts.need("patch_size")
    patches = (facts.need("image_size") // patch) ** 2
    yield from tensor("embeddings.cls_token", 1, 1, size)
    yield from tensor("embeddings.position_embeddings", 1, patches + 1, size)
    projection = "embeddings.patch_embeddings.projection"
    yield from tensor(f"{projection}.weight", size, facts.need("num_channels"), patch, patch)
    yield from tensor(f"{projection}.bias", size)
    for number in range(facts.layers):
        yield from within(f"encoder.layer.{number}", vit_layer(facts.at_layer(number)))
    yield from norm("layernorm", size, bias=True)
    if task_of(facts) == "none":
        yield from linear("pooler.dense", size, size, bias=True)


def vit(facts: Facts) -> Parts:
    """A vision transformer under the head of its class."""
    task = task_of(facts)
    yield from within("" if task == "none" else "vit", vit_body(facts))
    if task == "classes":
        yield from linear("classifier", facts.hidden, facts.labels, bias=True)
    elif task != "none":
        raise no_class(facts)


ENCODERS: dict[str, Family] = {
    "bert": Family(bert, {"type_vocab_size": 2}),
    "vit": Family(vit, {"num_channels": 3, "qkv_bias": True}),
}
