"""Layers that predict further tokens: behind the last layer, or in modules of their own."""

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


def separate_mtp(layer: Part) -> Part:
    """Qwen3.5's module `mtp` beside the model: two normed states, one projection, layers."""

    def parts(facts: Facts) -> Parts:
        size, count = facts.hidden, extra_layers(facts)
        if not count:
            return
        yield from within(
            "mtp",
            linear("fc", 2 * size, size),
            *(within(f"layers.{n}", layer(facts.at_layer(n))) for n in range(count)),
            norm("norm", size),
            norm("pre_fc_norm_embedding", size),
            norm("pre_fc_norm_hidden", size),
        )

    return parts


def block_mtp(layer: Part) -> Part:
    """ERNIE 4.5's blocks, with a projection and two norms for each beside them."""

    def parts(facts: Facts) -> Parts:
        size = facts.hidden
        for number in range(extra_layers(facts)):
            yield from within(f"mtp_block.{number}", layer(facts.at_layer(number)))
            yield from norm(f"mtp_emb_norm.{number}", size)
            yield from norm(f"mtp_hidden_norm.{number}", size)
            yield from linear(f"mtp_linear_proj.{number}", 2 * size, size)

    return parts


def extra_layers(facts: Facts) -> int:
    """What the config says, but none in files that transformers 5 wrote: it drops them."""
    if (facts.word("transformers_version") or "").startswith("5."):
        return 0
    return facts.find("num_nextn_predict_layers", "mtp_num_hidden_layers") or 0
