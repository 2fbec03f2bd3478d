"""Tensor groups -> the states of recurrent layers: convolutions and recurrent matrices."""

from collections import Counter

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup
from paramtui.named_tuple import NamedTuple


class RecurrentLayers(NamedTuple):
    """Equal layers, each with a convolution's last inputs and a recurrent state."""

    layers: int
    channels: int
    kernel: int
    rows: int
    """The state's first dimension: heads, or channels where there are none."""
    columns: int
    depth: int = 1


class _Module(NamedTuple):
    """One recurrent module of one layer: the shapes that tell its state."""

    convolution: tuple[int, int]
    """Channels of all its convolutions, and their kernel."""
    decay: tuple[int, ...]
    """Shape of the decay: [channels, state] (Mamba 1), [heads] (Mamba 2, delta net), or none."""
    norm: int
    out: int
    """Inputs of the output projection."""
    delta: bool
    """A gated delta net rather than a state-space model."""
    keys: bool
    """Whether keys are convolved by themselves: a matrix is kept, with or without a decay."""


def recurrent_layers(summary: ParameterSummary) -> tuple[RecurrentLayers, ...]:
    """The states of all recurrent layers whose tensors tell its shape."""
    counted: Counter[RecurrentLayers] = Counter()
    for module, layers in _modules(summary).items():
        state = _state(module, summary.config)
        if state is not None:
            counted[state] += layers
    return tuple(state._replace(layers=count) for state, count in counted.items())


def _modules(summary: ParameterSummary) -> Counter[_Module]:
    """The recurrent modules, equal ones counted together."""
    shapes: dict[tuple[str, int], dict[str, TensorGroup]] = {}
    for group in summary.groups:
        if group.category in (Category.VISION, Category.AUDIO, Category.MTP, Category.ADAPTER):
            continue
        owner, name = _owner(group)
        if name:
            for layer in group.layers:
                shapes.setdefault((owner, layer), {})[name] = group
    for (owner, layer), parts in tuple(shapes.items()):
        # A decay may stand in a gate of its own, one module below the convolution.
        if [*parts] == ["A_log"]:
            above = shapes.get((owner.rpartition(".")[0], layer), {})
            above.setdefault("A_log", parts["A_log"])
    return Counter(
        _module(owner, parts)
        for (owner, _), parts in shapes.items()
        if any(_depthwise(part) for part in parts.values())
    )


def _depthwise(group: TensorGroup) -> bool:
    """Whether it is a convolution along the sequence, one filter a channel."""
    return "conv" in group.pattern and len(group.shape) == 3 and min(group.shape[1:]) == 1


OUTPUTS = ("out_proj", "o_proj", "dense")
PARTS = ("conv1d", "conv", "q_conv1d", "k_conv1d", "v_conv1d", "norm", *OUTPUTS)


def _owner(group: TensorGroup) -> tuple[str, str]:
    """The module a tensor belongs to and its part in it; an empty part is of no interest."""
    path, _, last = group.pattern.rpartition(".")
    if last == "A_log":
        return path, last
    owner, _, part = path.rpartition(".")
    return (owner, part) if last == "weight" and part in PARTS else (owner, "")


def _module(owner: str, parts: dict[str, TensorGroup]) -> _Module:
    convolutions = [part.shape for part in parts.values() if _depthwise(part)]
    output = next((parts[name] for name in OUTPUTS if name in parts), None)
    norm = parts.get("norm")
    return _Module(
        convolution=(sum(shape[0] for shape in convolutions), max(convolutions[0][1:])),
        decay=parts["A_log"].shape if "A_log" in parts else (),
        norm=norm.shape[0] if norm and norm.shape else 0,
        out=output.in_features if output else 0,
        delta=not owner.rpartition(".")[2].startswith(("mamba", "mixer", "ssm")),
        keys="k_conv1d" in parts,
    )


def _state(module: _Module, config: ModelConfig) -> RecurrentLayers | None:
    channels, kernel = module.convolution
    if not module.decay:
        return None if module.keys else RecurrentLayers(1, channels, kernel, 0, 0)
    if len(module.decay) == 2:
        return RecurrentLayers(1, channels, kernel, module.decay[0], module.decay[1])
    heads = max(module.decay)
    inner = module.out
    if heads <= 0 or inner <= 0 or inner % heads:
        return None
    size = inner // heads
    columns = _delta_keys(config, channels, inner, size) if module.delta else None
    columns = columns or _state_size(config, channels, inner)
    return RecurrentLayers(1, channels, kernel, heads, columns, size) if columns else None


def _delta_keys(config: ModelConfig, channels: int, inner: int, size: int) -> int:
    """Key dimension of a delta net: the config's, else as wide as its values."""
    stated = config.text.positive("linear_key_head_dim", "linear_head_dim")
    stated = stated or config.text.section("linear_attn_config").positive("head_dim")
    return stated if stated and stated > 0 and channels > inner else size


def _state_size(config: ModelConfig, channels: int, inner: int) -> int | None:
    """N of a state-space model: its convolution holds the input and two N for each group."""
    stated = config.text.positive("mamba_d_state", "ssm_state_size", "state_size", "d_state")
    if stated and stated > 0:
        return stated
    groups = config.text.positive("mamba_n_groups", "mamba_ngroups", "n_groups", "ngroups") or 1
    rest = channels - inner
    return rest // (2 * groups) if groups > 0 and rest > 0 else None
