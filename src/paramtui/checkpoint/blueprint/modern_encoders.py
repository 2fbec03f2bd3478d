"""Text encoders since ALBERT: one row a model_type."""

from paramtui.checkpoint.blueprint.encoders import (
    DEBERTA_LAYER,
    embeddings,
    encoder,
    plain_classifier,
    predictions,
)
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    embedding,
    linear,
    norm,
    stack,
    tensor,
    within,
)


def albert_body(facts: Facts) -> Parts:
    """One group of layers that all layers share (arXiv:1909.11942)."""
    size, inner, width = facts.hidden, facts.intermediate, facts.need("embedding_size")
    yield from embeddings(facts, width)
    yield from linear("encoder.embedding_hidden_mapping_in", width, size, bias=True)
    for group in range(facts.need("num_hidden_groups")):
        for number in range(facts.need("inner_group_num")):
            layer = f"encoder.albert_layer_groups.{group}.albert_layers.{number}"
            yield from norm(f"{layer}.full_layer_layer_norm", size, bias=True)
            for name in ("query", "key", "value", "dense"):
                yield from linear(f"{layer}.attention.{name}", size, size, bias=True)
            yield from norm(f"{layer}.attention.LayerNorm", size, bias=True)
            yield from linear(f"{layer}.ffn", size, inner, bias=True)
            yield from linear(f"{layer}.ffn_output", inner, size, bias=True)
    if task_of(facts) in ("none", "classes"):
        yield from linear("pooler", size, size, bias=True)


def albert_head(facts: Facts) -> Parts:
    """ALBERT's masked language model head, at the embedding's width."""
    width = facts.need("embedding_size")
    yield from tensor("predictions.bias", facts.vocab)
    yield from norm("predictions.LayerNorm", width, bias=True)
    yield from linear("predictions.dense", facts.hidden, width, bias=True)
    if not facts.tied:
        yield from linear("predictions.decoder", width, facts.vocab, bias=True)


def deberta_body(facts: Facts) -> Parts:
    """Relative positions beside or instead of absolute ones (arXiv:2111.09543)."""
    size = facts.hidden
    yield from embeddings(facts, size, positions=facts.on("position_biased_input"))
    yield from stack(facts, DEBERTA_LAYER, "encoder.layer")
    if facts.on("relative_attention"):
        span = facts.find("max_relative_positions") or facts.need("max_position_embeddings")
        rows = 2 * (facts.find("position_buckets") or span)
        yield from embedding("encoder.rel_embeddings", rows, size)
    if "layer_norm" in (facts.word("norm_rel_ebd") or ""):
        yield from norm("encoder.LayerNorm", size, bias=True)
    kernel = facts.find("conv_kernel_size")
    if kernel:
        yield from tensor("encoder.conv.conv.weight", size, size, kernel)
        yield from tensor("encoder.conv.conv.bias", size)
        yield from norm("encoder.conv.LayerNorm", size, bias=True)


def deberta_classifier(facts: Facts) -> Parts:
    """A pooler and one matrix."""
    yield from linear("pooler.dense", facts.hidden, facts.hidden, bias=True)
    yield from plain_classifier(facts)


def modernbert_layer(facts: Facts) -> Parts:
    """Fused query, key and value, gated feed-forward; no norm before the first attention."""
    size, inner, biased = facts.hidden, facts.intermediate, facts.on("norm_bias")
    if facts.layer:
        yield from norm("attn_norm", size, biased)
    yield from linear("attn.Wqkv", size, 3 * size, facts.on("attention_bias"))
    yield from linear("attn.Wo", size, size, facts.on("attention_bias"))
    yield from norm("mlp_norm", size, biased)
    yield from linear("mlp.Wi", size, 2 * inner, facts.on("mlp_bias"))
    yield from linear("mlp.Wo", inner, size, facts.on("mlp_bias"))


def modernbert(facts: Facts) -> Parts:
    """ModernBERT (arXiv:2412.13663)."""
    task, size, biased = task_of(facts), facts.hidden, facts.on("norm_bias")
    yield from within(
        "" if task == "none" else "model",
        embedding("embeddings.tok_embeddings", facts.vocab, size),
        norm("embeddings.norm", size, biased),
        stack(facts, modernbert_layer),
        norm("final_norm", size, biased),
    )
    if task == "none":
        return
    yield from linear("head.dense", size, size, facts.on("classifier_bias"))
    yield from norm("head.norm", size, biased)
    if task in ("classes", "tokens"):
        yield from plain_classifier(facts)
    elif task != "masked":
        raise no_class(facts)
    elif not facts.tied:
        yield from linear("decoder", size, facts.vocab, facts.on("decoder_bias"))
    elif facts.on("decoder_bias"):
        yield from tensor("decoder.bias", facts.vocab)


MODERN_ENCODERS: dict[str, Family] = {
    "albert": Family(
        encoder("albert", albert_body, albert_head, plain_classifier),
        {
            "embedding_size": 128,
            "inner_group_num": 1,
            "num_hidden_groups": 1,
            "type_vocab_size": 2,
        },
    ),
    "deberta-v2": Family(
        encoder("deberta", deberta_body, predictions, deberta_classifier),
        {"position_biased_input": True},
    ),
    "modernbert": Family(modernbert, {"decoder_bias": True}),
}
