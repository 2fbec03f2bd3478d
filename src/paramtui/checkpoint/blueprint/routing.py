"""Which layers route to experts, and which attend: one rule a lineage."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.config import EXPERTS


def qwen_sparse(facts: Facts) -> bool:
    """Every `decoder_sparse_step`-th layer but those of `mlp_only_layers`."""
    if facts.layer in (facts.numbers("mlp_only_layers") or ()) or not facts.find(*EXPERTS):
        return False
    return (facts.layer + 1) % (facts.find("decoder_sparse_step") or 1) == 0


def deepseek_sparse(facts: Facts) -> bool:
    """By the list of kinds, else all but the first `first_k_dense_replace` layers."""
    kinds = facts.words("mlp_layer_types")
    if kinds and facts.layer < len(kinds):
        return kinds[facts.layer] == "sparse"
    if facts.find(*EXPERTS) is None or facts.layer < (facts.whole("first_k_dense_replace") or 0):
        return False
    return facts.layer % (facts.find("moe_layer_freq") or 1) == 0


def ernie_sparse(facts: Facts) -> bool:
    """Every `moe_layer_interval`-th layer from the start index to the end index."""
    first, last = facts.whole("moe_layer_start_index"), facts.whole("moe_layer_end_index")
    if last is None or last < 0:
        last = facts.layers - 1
    every = facts.find("moe_layer_interval") or 1
    return (facts.layer + 1) % every == 0 and (first or 0) <= facts.layer <= last


def llama4_sparse(facts: Facts) -> bool:
    """By the list of layers, else the last of every `interleave_moe_layer_step`."""
    layers = facts.numbers("moe_layers")
    if layers is not None:
        return facts.layer in layers
    return (facts.layer + 1) % (facts.find("interleave_moe_layer_step") or 1) == 0


def after_dense_layers(facts: Facts) -> bool:
    """All but the first `num_dense_layers`."""
    return facts.layer >= (facts.whole("num_dense_layers") or 0)


def full_attention(facts: Facts) -> bool:
    """By the list of layer types, else every `full_attention_interval`-th layer."""
    if facts.words("layer_types") is None:
        return (facts.layer + 1) % facts.need("full_attention_interval") == 0
    return attends(facts)


def attends(facts: Facts) -> bool:
    """By the list of layer types, under its old words or its new ones."""
    return facts.kind("layer_types", "layers_block_type") in ("full_attention", "attention")
