"""Decoders from before Llama: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.parts import Parts, conv1d, embedding, norm, within


def gpt2_layer(facts: Facts) -> Parts:
    """Conv1D linears, stored in × out."""
    size = facts.hidden
    inner = facts.find("n_inner") or 4 * size
    yield from norm("ln_1", size, bias=True)
    yield from within("attn", conv1d("c_attn", size, 3 * size), conv1d("c_proj", size, size))
    yield from norm("ln_2", size, bias=True)
    yield from within("mlp", conv1d("c_fc", size, inner), conv1d("c_proj", inner, size))


def learned_positions(facts: Facts) -> Parts:
    """One row a position."""
    return embedding("wpe", facts.need("n_positions", "n_ctx"), facts.hidden)


GPTS: dict[str, Family] = {
    "gpt2": Family(
        decoder(
            gpt2_layer,
            base="transformer",
            embedding="wte",
            stack="h",
            final_norm="ln_f",
            norm_bias=True,
            before=learned_positions,
        ),
        {"n_positions": 1024},
    ),
}
