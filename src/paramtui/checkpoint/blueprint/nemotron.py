"""Nemotron-H (arXiv:2504.03624): every layer is one mixer, of the kind a pattern says."""

from itertools import chain

from paramtui.checkpoint.blueprint.attention import attention
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import decoder_head, task_of
from paramtui.checkpoint.blueprint.feed_forward import plain_mlp
from paramtui.checkpoint.blueprint.parts import (
    Part,
    Parts,
    copied,
    embedding,
    linear,
    norm,
    tensor,
    within,
)
from paramtui.checkpoint.blueprint.state_space import mamba2
from paramtui.record import replace

UP_DOWN = ("up_proj", "down_proj")
LETTERS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}
"""`hybrid_override_pattern`'s letters."""


def nemotron_moe(facts: Facts) -> Parts:
    """Ungated experts beside a shared one; some take their inputs at a smaller width."""
    size, count = facts.hidden, facts.need("n_routed_experts")
    inner, narrow = facts.need("moe_intermediate_size"), facts.find("moe_latent_size") or size
    biased = facts.on("mlp_bias")
    yield from linear("gate", size, count)
    yield from tensor("gate.e_score_correction_bias", count)
    one = chain(linear("up_proj", narrow, inner), linear("down_proj", inner, narrow))
    yield from copied("experts", count, one)
    if narrow != size:
        yield from linear("fc1_latent_proj", size, narrow, biased)
        yield from linear("fc2_latent_proj", narrow, size, biased)
    shared = facts.need("moe_shared_expert_intermediate_size")
    yield from linear("shared_experts.up_proj", size, shared, biased)
    yield from linear("shared_experts.down_proj", shared, size, biased)


MIXERS: dict[str, Part] = {
    "mamba": mamba2("", bias="use_bias", conv_bias="use_conv_bias"),
    "attention": attention(module=""),
    "mlp": plain_mlp(module="", names=UP_DOWN, bias="mlp_bias"),
    "moe": nemotron_moe,
}
MIXERS["linear_attention"], MIXERS["full_attention"] = MIXERS["mamba"], MIXERS["attention"]


def nemotron_h(facts: Facts) -> Parts:
    """A norm and a mixer a layer; the head is never tied."""
    pattern = facts.word("hybrid_override_pattern") or ""
    kinds = facts.words("layers_block_type", "layer_types") or tuple(
        LETTERS.get(letter, letter) for letter in pattern
    )
    if not kinds:
        raise facts.absent("hybrid_override_pattern")
    base = "" if task_of(facts) == "none" else "backbone"
    yield from within(base, embedding("embeddings", facts.vocab, facts.hidden))
    for number, kind in enumerate(kinds):
        layer = facts.at_layer(number)
        yield from within(
            f"{base}.layers.{number}".lstrip("."),
            norm("norm", facts.hidden),
            within("mixer", facts.choose(MIXERS, kind, "kind of layer")(layer)),
        )
    yield from within(base, norm("norm_f", facts.hidden))
    yield from decoder_head(replace(facts, tied=False), "lm_head", facts.hidden)
