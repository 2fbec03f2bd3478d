"""Inference: what the forward pass over the prompt needs beside weights and cache."""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.generation import generates
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.scenario import Scenario
from paramtui.memory.training.dimensions import dimensions

CHUNK = 8192
"""Tokens of the prompt that an engine reads at a time (vLLM, max_num_batched_tokens of its server;
SGLang, chunked_prefill_size)."""


def prefill(summary: ParameterSummary, scenario: Scenario, ranks: int = 1) -> Component:
    """Temporaries of the widest moment: the feed-forward network of one layer, or the head.

    Tensor-parallel `ranks` each compute a part of that network, on the whole residual stream.
    """
    last = _last_token(summary, scenario)
    terms = (_layer(summary, f"min(tokens, {CHUNK})", scenario.tokens, ranks), *last)
    whole = (_layer(summary, "tokens", scenario.tokens, ranks), *last)
    upper = sum(term.value for term in whole)
    differs = scenario.tokens > CHUNK
    return Component(
        name="activations",
        terms=terms,
        basis=Basis.ESTIMATE,
        source="transformers 5: gate, up and product of one layer; logits_to_keep=1",
        convention=f"The prompt in passes of at most {CHUNK:,} tokens, flash attention; the upper "
        "figure is the whole prompt in one pass, as transformers' generate() does it.",
        upper_bytes=upper if differs else None,
        upper_terms=whole if differs else (),
    )


def _layer(summary: ParameterSummary, read: str, tokens: int, ranks: int) -> Term:
    sizes = dimensions(summary)
    width = max(
        (max(s.intermediate, s.chosen * s.expert_width) for s, _ in sizes.shapes), default=0
    )
    values: dict[str, float] = {"hidden": sizes.hidden, "intermediate": width, "tokens": tokens}
    part = "intermediate"
    if ranks > 1:
        part, values["ranks"] = "intermediate ÷ ranks", ranks
    return Term.of(
        "residual stream and feed-forward network of one layer, 16 bits",
        f"2 × (2 × hidden + 3 × {part}) × {read}",
        **values,
    )


def _last_token(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    vocabulary = dimensions(summary).vocabulary
    if not vocabulary or not generates(summary.config):
        return ()
    logits = Term.of(
        "logits of the last token, 16 and 32 bits",
        "6 × vocabulary × batch",
        vocabulary=vocabulary,
        batch=scenario.batch,
    )
    return (logits,)
