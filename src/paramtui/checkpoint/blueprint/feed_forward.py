"""Feed-forward networks: gated, plain and mixtures of experts."""

from collections.abc import Callable

from paramtui.checkpoint.blueprint.facts import Facts, Option
from paramtui.checkpoint.blueprint.parts import Part, Parts, copied, linear, tensor, within
from paramtui.checkpoint.config import EXPERTS

Width = Callable[[Facts], int]
"""The width of a feed-forward network in a layer."""

GATED = ("gate_proj", "up_proj", "down_proj")


def width(*names: str) -> Width:
    """The width that the first of these fields gives, one for all layers or one each."""
    return lambda facts: facts.each(*names)


def own_width(facts: Facts) -> int:
    """The width of the family's ordinary feed-forward network."""
    return facts.each("intermediate_size", "ffn_dim", "n_inner", "d_ff")


def gated_mlp(
    *,
    module: str = "mlp",
    names: tuple[str, str, str] = GATED,
    bias: Option = False,
    size: Width = own_width,
) -> Part:
    """Gate, up and down projections (arXiv:2002.05202)."""

    def parts(facts: Facts) -> Parts:
        return _gated(names, facts.hidden, size(facts), facts.on(bias))

    return lambda facts: within(module, parts(facts))


def fused_mlp(
    *, module: str = "mlp", names: tuple[str, str] = ("gate_up_proj", "down_proj")
) -> Part:
    """Gate and up in one matrix."""

    def parts(facts: Facts) -> Parts:
        yield from linear(names[0], facts.hidden, 2 * facts.intermediate)
        yield from linear(names[1], facts.intermediate, facts.hidden)

    return lambda facts: within(module, parts(facts))


def plain_mlp(
    *,
    module: str = "mlp",
    names: tuple[str, str] = ("fc1", "fc2"),
    bias: Option = True,
    size: Width = own_width,
) -> Part:
    """Two matrices with an activation between them."""

    def parts(facts: Facts) -> Parts:
        inner = size(facts)
        yield from linear(names[0], facts.hidden, inner, facts.on(bias))
        yield from linear(names[1], inner, facts.hidden, facts.on(bias))

    return lambda facts: within(module, parts(facts))


def experts(
    *,
    module: str = "mlp",
    names: tuple[str, str, str] = GATED,
    router: str = "gate",
    size: Width = own_width,
    correction: Option = False,
) -> Part:
    """A router and one gated network an expert; `correction` is the router's balancing bias."""

    def parts(facts: Facts) -> Parts:
        count = facts.need(*EXPERTS)
        yield from linear(router, facts.hidden, count)
        if facts.on(correction):
            yield from tensor(f"{router}.e_score_correction_bias", count)
        yield from copied("experts", count, _gated(names, facts.hidden, size(facts)))

    return lambda facts: within(module, parts(facts))


def packed_experts(*, module: str = "block_sparse_moe", router: str = "router.layer") -> Part:
    """Granite's experts: one 3-D tensor for all gates and ups, one for all downs."""

    def parts(facts: Facts) -> Parts:
        count, size, inner = facts.need(*EXPERTS), facts.hidden, facts.intermediate
        yield from linear(router, size, count)
        yield from tensor("input_linear.weight", count, 2 * inner, size)
        yield from tensor("output_linear.weight", count, size, inner)

    return lambda facts: within(module, parts(facts))


GRANITE_MOE = packed_experts()


def biased_experts(*, module: str = "mlp") -> Part:
    """gpt-oss's experts: packed in × out, with a bias each (arXiv:2508.10925)."""

    def parts(facts: Facts) -> Parts:
        count, size, inner = facts.need(*EXPERTS), facts.hidden, facts.intermediate
        yield from linear("router", size, count, bias=True)
        yield from tensor("experts.gate_up_proj", count, size, 2 * inner)
        yield from tensor("experts.gate_up_proj_bias", count, 2 * inner)
        yield from tensor("experts.down_proj", count, inner, size)
        yield from tensor("experts.down_proj_bias", count, size)

    return lambda facts: within(module, parts(facts))


def shared_expert(facts: Facts) -> Parts:
    """Qwen's shared expert and the gate that weighs it."""
    inner = facts.need("shared_expert_intermediate_size")
    yield from gated_mlp(module="mlp.shared_expert", size=lambda _: inner)(facts)
    yield from linear("mlp.shared_expert_gate", facts.hidden, 1)


def shared_experts(bias: Option = False) -> Part:
    """DeepSeek's shared experts, stored as one wide network."""

    def parts(facts: Facts) -> Parts:
        count = facts.find("n_shared_experts", "moe_num_shared_experts")
        if count is None:
            return iter(())
        inner = count * facts.need("moe_intermediate_size")
        return gated_mlp(module="mlp.shared_experts", bias=bias, size=lambda _: inner)(facts)

    return parts


def shared_mlp(facts: Facts) -> Parts:
    """Granite's network beside the experts, gate and up in one matrix."""
    inner = facts.find("shared_intermediate_size")
    if inner:
        yield from linear("shared_mlp.input_linear", facts.hidden, 2 * inner)
        yield from linear("shared_mlp.output_linear", inner, facts.hidden)


def _gated(names: tuple[str, str, str], size: int, inner: int, bias: bool = False) -> Parts:
    gate, up, down = names
    yield from linear(gate, size, inner, bias)
    yield from linear(up, size, inner, bias)
    yield from linear(down, inner, size, bias)
