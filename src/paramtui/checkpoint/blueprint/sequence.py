"""Encoder-decoders: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import Part, Parts, embedding, linear, norm, tensor, within
from paramtui.checkpoint.config import Json


def t5_attention(name: str, facts: Facts, buckets: bool) -> Parts:
    """No biases; the relative position buckets are the first layer's, or each layer's own."""
    size, inner = facts.hidden, facts.heads * facts.need("d_kv")
    for part in ("q", "k", "v"):
        yield from linear(f"{name}.{part}", size, inner)
    yield from linear(f"{name}.o", inner, size)
    if buckets:
        rows = facts.need("relative_attention_num_buckets")
        yield from embedding(f"{name}.relative_attention_bias", rows, facts.heads)


def t5_stack(facts: Facts, layers: int, *, crossed: bool, every: bool) -> Parts:
    """An encoder, or with cross attention a decoder."""
    size, inner = facts.hidden, facts.need("d_ff")
    gated = facts.on("is_gated_act") or (facts.word("feed_forward_proj") or "").startswith("gated-")
    for number in range(layers):
        block, buckets = f"block.{number}.layer", every or number == 0
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


def t5(*, every: bool = False) -> Part:
    """T5 (arXiv:1910.10683); 1.1 gates its feed-forward and has a head of its own."""

    def parts(facts: Facts) -> Parts:
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

    return parts


def side_attention(name: str, facts: Facts, key_bias: bool) -> Parts:
    """Attention and the norm beside it."""
    size = facts.hidden
    for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
        yield from linear(f"{name}.{part}", size, size, bias=key_bias or part != "k_proj")
    yield from norm(f"{name}_layer_norm", size, bias=True)


def side_layers(facts: Facts, side: str, key_bias: bool = True) -> Parts:
    """The layers of the encoder or the decoder."""
    size, inner = facts.hidden, facts.need(f"{side}_ffn_dim")
    for number in range(facts.need(f"{side}_layers")):
        layer = f"layers.{number}"
        yield from side_attention(f"{layer}.self_attn", facts, key_bias)
        if side == "decoder":
            yield from side_attention(f"{layer}.encoder_attn", facts, key_bias)
        yield from linear(f"{layer}.fc1", size, inner, bias=True)
        yield from linear(f"{layer}.fc2", inner, size, bias=True)
        yield from norm(f"{layer}.final_layer_norm", size, bias=True)


def bart(
    *,
    extra: int = 0,
    positions: bool = True,
    sinusoids: bool = False,
    embedding_norm: bool = False,
    norm_last: bool = False,
) -> Part:
    """BART (arXiv:1910.13461) and its kin.

    `extra` rows stand before the first position; without `positions` they are computed.
    Positions that are `sinusoids` are parts of the model that its translating class does not save.
    """

    def side(facts: Facts, name: str) -> Parts:
        size = facts.hidden
        if not facts.tied:
            yield from embedding("embed_tokens", facts.vocab, size)
        if positions and not (sinusoids and task_of(facts) == "words"):
            rows = facts.need("max_position_embeddings") + extra
            yield from embedding("embed_positions", rows, size)
        yield from side_layers(facts, name)
        if embedding_norm:
            yield from norm("layernorm_embedding", size, bias=True)
        if norm_last:
            yield from norm("layer_norm", size, bias=True)

    def parts(facts: Facts) -> Parts:
        task = whole_task(facts)
        yield from within(
            "" if task == "none" else "model",
            embedding("shared", facts.vocab, facts.hidden),
            within("encoder", side(facts, "encoder")),
            within("decoder", side(facts, "decoder")),
        )
        if task == "words" and positions:
            yield from tensor("final_logits_bias", 1, facts.vocab)
        if task == "words" and not facts.tied:
            yield from linear("lm_head", facts.hidden, facts.vocab)

    return parts


def whole_task(facts: Facts) -> str:
    """Words or none; classes that keep only one side have no blueprint."""
    task = task_of(facts)
    if task not in ("words", "none") or (facts.architecture or "").endswith("ForCausalLM"):
        raise no_class(facts)
    return task


def whisper(facts: Facts) -> Parts:
    """Two convolutions over the spectrogram, then a transformer (arXiv:2212.04356)."""
    size, bare = facts.hidden, whole_task(facts) == "none"
    encoder = within(
        "encoder",
        tensor("conv1.weight", size, facts.need("num_mel_bins"), 3),
        tensor("conv1.bias", size),
        tensor("conv2.weight", size, size, 3),
        tensor("conv2.bias", size),
        embedding("embed_positions", facts.need("max_source_positions"), size),
        side_layers(facts, "encoder", key_bias=False),
        norm("layer_norm", size, bias=True),
    )
    decoder = within(
        "decoder",
        embedding("embed_tokens", facts.vocab, size),
        embedding("embed_positions", facts.need("max_target_positions"), size),
        side_layers(facts, "decoder", key_bias=False),
        norm("layer_norm", size, bias=True),
    )
    yield from within("" if bare else "model", encoder, decoder)
    if not bare and not facts.tied:
        yield from linear("proj_out", size, facts.vocab)


BUCKETS: dict[str, Json] = {"d_kv": 64, "relative_attention_num_buckets": 32}
GATED: dict[str, Json] = {**BUCKETS, "feed_forward_proj": "gated-gelu"}

SEQUENCES: dict[str, Family] = {
    "bart": Family(bart(extra=2, embedding_norm=True)),
    "blenderbot": Family(bart(norm_last=True)),
    "m2m_100": Family(bart(positions=False, norm_last=True)),
    "marian": Family(bart(sinusoids=True)),
    "mbart": Family(bart(extra=2, embedding_norm=True, norm_last=True)),
    "mt5": Family(t5(), GATED),
    "pegasus": Family(bart(norm_last=True)),
    "t5": Family(t5(), BUCKETS),
    "umt5": Family(t5(every=True), GATED),
    "whisper": Family(
        whisper,
        {"num_mel_bins": 80, "max_source_positions": 1500, "max_target_positions": 448},
    ),
}
