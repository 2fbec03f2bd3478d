"""State space layers: Mamba 1 (arXiv:2312.00752), Mamba 2 (2405.21060), gated delta nets."""

from collections.abc import Callable

from paramtui.checkpoint.blueprint.facts import Facts, Option
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, tensor, within

STATE = ("mamba_d_state", "ssm_state_size", "state_size")
KERNEL = ("mamba_d_conv", "conv_kernel", "linear_conv_kernel_dim")
GROUPS = ("mamba_ngroups", "mamba_n_groups", "n_groups")
SSM_HEADS = ("n_mamba_heads", "mamba_num_heads", "mamba_n_heads", "num_heads")
SSM_HEAD_DIM = ("mamba_headdim", "mamba_head_dim", "mamba_d_head", "head_dim")
EXPAND = ("mamba_expand", "expand")


def expanded(facts: Facts) -> int:
    """The inner width: the model's own times `expand`."""
    return facts.need(*EXPAND) * facts.hidden


def causal_conv(channels: int, kernel: int, bias: bool) -> Parts:
    """A depthwise convolution over the last `kernel` tokens."""
    yield "conv1d.weight", (channels, 1, kernel), None
    if bias:
        yield "conv1d.bias", (channels,), None


def mamba1(
    module: str,
    *,
    bias: Option,
    conv_bias: Option,
    inner_size: Callable[[Facts], int],
    inner_norms: bool = False,
) -> Part:
    """Selective state spaces; `inner_norms` are Jamba's, over step, B and C."""

    def parts(facts: Facts) -> Parts:
        size, state, inner = facts.hidden, facts.need(*STATE), inner_size(facts)
        rank = facts.find("time_step_rank", "mamba_dt_rank") or -(-size // 16)
        yield from tensor("A_log", inner, state)
        yield from tensor("D", inner)
        yield from linear("in_proj", size, 2 * inner, facts.on(bias))
        yield from causal_conv(inner, facts.need(*KERNEL), facts.on(conv_bias))
        yield from linear("x_proj", inner, rank + 2 * state)
        yield from linear("dt_proj", rank, inner, bias=True)
        yield from linear("out_proj", inner, size, facts.on(bias))
        if inner_norms:
            yield from norm("dt_layernorm", rank)
            yield from norm("b_layernorm", state)
            yield from norm("c_layernorm", state)

    return lambda facts: within(module, parts(facts))


def mamba2(
    module: str,
    *,
    bias: Option,
    conv_bias: Option,
    out_bias: Option | None = None,
    gate_norm: Option = True,
) -> Part:
    """State space duality: one step size a head, B and C shared by groups of heads."""

    def parts(facts: Facts) -> Parts:
        size, heads, state = facts.hidden, facts.need(*SSM_HEADS), facts.need(*STATE)
        inner = facts.find("mamba_d_ssm") or heads * ssm_head_dim(facts)
        channels = inner + 2 * facts.need(*GROUPS) * state
        for name in ("dt_bias", "A_log", "D"):
            yield from tensor(name, heads)
        yield from linear("in_proj", size, inner + channels + heads, facts.on(bias))
        yield from causal_conv(channels, facts.need(*KERNEL), facts.on(conv_bias))
        if facts.on(gate_norm):
            yield from norm("norm", inner)
        yield from linear("out_proj", inner, size, facts.on(bias if out_bias is None else out_bias))

    return lambda facts: within(module, parts(facts))


def ssm_head_dim(facts: Facts) -> int:
    """Width of a Mamba 2 head; `auto` divides the inner width by the heads."""
    for name in SSM_HEAD_DIM:
        if facts.fields.text(name) == "auto":
            return expanded(facts) // facts.need(*SSM_HEADS)
    return facts.need(*SSM_HEAD_DIM)


def delta_net(*, fused: bool) -> Part:
    """Gated delta rule (arXiv:2412.06464): Qwen3-Next's fused inputs, or Qwen3.5's apart."""

    def parts(facts: Facts) -> Parts:
        size, heads = facts.hidden, facts.need("linear_num_value_heads")
        dim = facts.need("linear_value_head_dim")
        keys = facts.need("linear_num_key_heads") * facts.need("linear_key_head_dim")
        values = heads * dim
        yield from tensor("dt_bias", heads)
        yield from tensor("A_log", heads)
        yield from causal_conv(2 * keys + values, facts.need(*KERNEL), bias=False)
        if fused:
            yield from linear("in_proj_qkvz", size, 2 * keys + 2 * values)
            yield from linear("in_proj_ba", size, 2 * heads)
        else:
            yield from linear("in_proj_qkv", size, 2 * keys + values)
            yield from linear("in_proj_z", size, values)
            yield from linear("in_proj_b", size, heads)
            yield from linear("in_proj_a", size, heads)
        yield from norm("norm", dim)
        yield from linear("out_proj", values, size)

    return lambda facts: within("linear_attn", parts(facts))
