"""Encoder-decoders: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts, Option
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import Parts, embedding, linear, norm, tensor, within

OUT = ("q_proj", "k_proj", "v_proj", "out_proj")


def t5_attention(name: str, facts: Facts, buckets: bool) -> Parts:
    """No biases; one layer holds the relative position buckets for all."""
    size, inner = facts.hidden, facts.heads * facts.need("d_kv")
    for part in ("q", "k", "v"):
        yield from linear(f"{name}.{part}", size, inner)
    yield from linear(f"{name}.o", inner, size)
    if buckets:
        rows = facts.need("relative_attention_num_buckets")
        yield from embedding(f"{name}.relative_attention_bias", rows, facts.heads)


def t5_stack(facts: Facts, layers: int, *, crossed: bool, every: Option) -> Parts:
    """An encoder, or with cross attention a decoder."""
    size, inner = facts.hidden, facts.need("d_ff")
    gated = facts.on("is_gated_act") or (facts.word("feed_forward_proj") or "").startswith("gated-")
    for number in range(layers):
        block, buckets = f"block.{number}.layer", number == 0 or facts.on(every)
        yield from t5_attention(f"{block}.0.SelfAttention", facts, buckets)
        yield from norm(f"{block}.0.layer_norm", size)
        if crossed:
            yield from t5_attention(f"{block}.1.EncDecAttention", facts, buckets=False)
            yield from norm(f"{block}.1.layer_norm", size)
        last = f"{block}.{2 if crossed else 1}"
        for name in ("wi_0", "wi_1") if gated else ("wi",):
            yield from linear(f"{last}.DenseReluDense.{name}", size, inner)
        yield from linear(f"{last}.DenseReluDense.wo", inner, size)
        yield from norm(f"{last}.layer_norm", size)
    yield from norm("final_layer_norm", size)


def t5(facts: Facts, every: Option = False) -> Parts:
    """T5 (arXiv:1910.10683); 1.1 gates its feed-forward and has a head of its own."""
    layers = facts.need("num_layers")
    yield from embedding("shared", facts.vocab, facts.hidden)
    yield from within("encoder", t5_stack(facts, layers, crossed=False, every=every))
    if (facts.architecture or "").endswith("EncoderModel"):
        return
    layers = facts.find("num_decoder_layers") or layers
    yield from within("decoder", t5_stack(facts, layers, crossed=True, every=every))
    if task_of(facts) == "words" and not facts.tied:
        yield from linear("lm_head", facts.hidden, facts.vocab)
    elif task_of(facts) not in ("words", "none"):
        raise no_class(facts)


def whisper_attention(name: str, facts: Facts) -> Parts:
    """All but the keys have biases."""
    size = facts.hidden
    for part in OUT:
        yield from linear(f"{name}.{part}", size, size, bias=part != "k_proj")
    yield from norm(f"{name}_layer_norm", size, bias=True)


def whisper_stack(facts: Facts, side: str) -> Parts:
    """The layers of one side and the norm behind them."""
    size, inner = facts.hidden, facts.need(f"{side}_ffn_dim")
    for number in range(facts.need(f"{side}_layers")):
        layer = f"layers.{number}"
        yield from whisper_attention(f"{layer}.self_attn", facts)
        if side == "decoder":
            yield from whisper_attention(f"{layer}.encoder_attn", facts)
        yield from linear(f"{layer}.fc1", size, inner, bias=True)
        yield from linear(f"{layer}.fc2", inner, size, bias=True)
        yield from norm(f"{layer}.final_layer_norm", size, bias=True)
    yield from norm("layer_norm", size, bias=True)


def whisper(facts: Facts) -> Parts:
    """Two convolutions over the spectrogram, then a transformer (arXiv:2212.04356)."""
    size, bare = facts.hidden, task_of(facts) == "none"
    if (facts.architecture or "").endswith("ForCausalLM"):
        raise no_class(facts)
    encoder = within(
        "encoder",
        tensor("conv1.weight", size, facts.need("num_mel_bins"), 3),
        tensor("conv1.bias", size),
        tensor("conv2.weight", size, size, 3),
        tensor("conv2.bias", size),
        embedding("embed_positions", facts.need("max_source_positions"), size),
        whisper_stack(facts, "encoder"),
    )
    decoder = within(
        "decoder",
        embedding("embed_tokens", facts.vocab, size),
        embedding("embed_positions", facts.need("max_target_positions"), size),
        whisper_stack(facts, "decoder"),
    )
    yield from within("" if bare else "model", encoder, decoder)
    if not bare and not facts.tied:
        yield from linear("proj_out", size, facts.vocab)


SEQUENCES: dict[str, Family] = {
    "t5": Family(t5, {"d_kv": 64, "relative_attention_num_buckets": 32}),
    "whisper": Family(
        whisper,
        {"num_mel_bins": 80, "max_source_positions": 1500, "max_target_positions": 448},
    ),
}
