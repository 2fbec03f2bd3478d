"""Layers that predict further tokens: DeepSeek-V3's, numbered on behind the last layer."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, within


def numbered_mtp(layer: Part, *, copies: bool = True) -> Part:
    """`num_nextn_predict_layers` layers with a projection of two states and their own norms.

    `copies`: each holds an embedding and a head of its own (arXiv:2412.19437 §2.2).
    """

    def parts(facts: Facts) -> Parts:
        size = facts.hidden
        for number in range(facts.layers, facts.layers + extra_layers(facts)):
            yield from within(
                f"layers.{number}",
                linear("embed_tokens", size, facts.vocab) if copies else iter(()),
                norm("enorm", size),
                norm("hnorm", size),
                linear("eh_proj", 2 * size, size),
                layer(facts.at_layer(number)),
                norm("shared_head.norm", size),
                linear("shared_head.head", size, facts.vocab) if copies else iter(()),
            )

    return parts


def extra_layers(facts: Facts) -> int:
    """What the config says, but none in files that transformers 5 wrote: it drops them."""
    if (facts.word("transformers_version") or "").startswith("5."):
        return 0
    return facts.find("num_nextn_predict_layers") or 0
