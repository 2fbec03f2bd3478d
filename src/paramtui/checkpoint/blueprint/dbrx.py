"""DBRX: sixteen experts in three matrices a layer (transformers 5.23, `modeling_dbrx`)."""

from paramtui.checkpoint.blueprint.facts import BlueprintError, Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.parts import Parts, linear, norm, tensor


def section_size(facts: Facts, section: str, name: str, usual: int) -> int:
    """A size of one of the two sections; its class has a usual one where it is absent."""
    fields = facts.fields.section(section)
    size = fields.integer(name) if name in fields else usual
    if size is None or size <= 0:
        raise BlueprintError(f"the {facts.family} config has no usable {section}.{name}")
    return size


def dbrx_layer(facts: Facts) -> Parts:
    """Query, key and value in one matrix; norms without a bias."""
    size = facts.hidden
    keys = section_size(facts, "attn_config", "kv_n_heads", 1) * (size // facts.heads)
    count = section_size(facts, "ffn_config", "moe_num_experts", 4)
    inner = section_size(facts, "ffn_config", "ffn_hidden_size", 3584)
    yield from norm("norm_attn_norm.norm_1", size)
    yield from linear("norm_attn_norm.attn.Wqkv", size, size + 2 * keys)
    yield from linear("norm_attn_norm.attn.out_proj", size, size)
    yield from norm("norm_attn_norm.norm_2", size)
    yield from linear("ffn.router.layer", size, count)
    for name in ("w1", "v1", "w2"):
        yield from tensor(f"ffn.experts.mlp.{name}", count * inner, size)


DBRX = Family(
    decoder(dbrx_layer, base="transformer", embedding="wte", layers="blocks", final_norm="norm_f")
)
