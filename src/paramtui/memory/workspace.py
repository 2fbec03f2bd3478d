"""Inference: what the forward pass over the prompt needs beside weights and cache."""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.dimensions import dimensions
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.generation import generates
from paramtui.memory.scenario import Scenario


def prefill(summary: ParameterSummary, scenario: Scenario) -> Component:
    """Temporaries of the widest moment: the feed-forward network of one layer, or the head."""
    sizes = dimensions(summary)
    width = max(
        (max(s.intermediate, s.chosen * s.expert_width) for s, _ in sizes.shapes), default=0
    )
    terms = [
        Term.of(
            "residual stream and feed-forward network of one layer, 16 bits",
            "2 × (2 × hidden + 3 × intermediate) × tokens",
            hidden=max(sizes.hidden, 0),
            intermediate=width,
            tokens=scenario.tokens,
        )
    ]
    if generates(summary.config) and sizes.vocabulary:
        terms.append(
            Term.of(
                "logits of the last token, 16 and 32 bits",
                "6 × vocabulary × batch",
                vocabulary=sizes.vocabulary,
                batch=scenario.batch,
            )
        )
    return Component(
        name="activations",
        terms=tuple(terms),
        basis=Basis.ESTIMATE,
        source="transformers 5 generate(): gate, up and product of one layer; logits_to_keep=1",
        convention="The whole prompt in one pass, flash attention; engines that chunk need less.",
    )
