"""Decoders that live only inside composites: one row a model_type of a text section."""

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.decoders import MISTRAL, PRE_NORMS, QK, QWEN2, QWEN3
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder, decoder_head
from paramtui.checkpoint.blueprint.feed_forward import gated_mlp
from paramtui.checkpoint.blueprint.parts import (
    Parts,
    either,
    embedding,
    in_turn,
    linear,
    norm,
    stack,
    tensor,
)
from paramtui.checkpoint.blueprint.routing import qwen_sparse
from paramtui.checkpoint.config import EXPERTS

CROSS = attention(module="cross_attn", head_norms=QK)


def crossing_layer(facts: Facts) -> Parts:
    """Attention to the image, let in by two gates that start shut."""
    yield from CROSS(facts)
    yield from gated_mlp()(facts)
    yield from PRE_NORMS(facts)
    yield from tensor("cross_attn_attn_gate", 1)
    yield from tensor("cross_attn_mlp_gate", 1)


def mllama_text(facts: Facts) -> Parts:
    """Llama's layers and crossing ones; eight more rows in the embedding than the head has."""
    crossing = facts.numbers("cross_attention_layers") or ()
    yield from embedding("model.embed_tokens", facts.vocab + 8, facts.hidden)
    layer = either(lambda facts: facts.layer in crossing, crossing_layer, MISTRAL)
    yield from stack(facts, layer, "model.layers")
    yield from norm("model.norm", facts.hidden)
    yield from decoder_head(facts, "lm_head", facts.hidden)


def packed_moe(facts: Facts) -> Parts:
    """Qwen3-VL's experts: packed in × out."""
    count, size, inner = facts.need(*EXPERTS), facts.hidden, facts.need("moe_intermediate_size")
    yield from linear("mlp.gate", size, count)
    yield from tensor("mlp.experts.gate_up_proj", count, size, 2 * inner)
    yield from tensor("mlp.experts.down_proj", count, inner, size)


QWEN3_VL_MOE = in_turn(
    attention(bias="attention_bias", head_norms=QK),
    either(qwen_sparse, packed_moe, gated_mlp()),
    PRE_NORMS,
)

INNER_DECODERS: dict[str, Family] = {
    "mllama_text_model": Family(mllama_text),
    "qwen2_vl_text": Family(decoder(QWEN2)),
    "qwen2_5_vl_text": Family(decoder(QWEN2)),
    "qwen3_vl_text": Family(decoder(QWEN3), {"head_dim": 128}),
    "qwen3_vl_moe_text": Family(decoder(QWEN3_VL_MOE), {"head_dim": 128}),
}
