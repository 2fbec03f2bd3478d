"""LoraConfig: the choices of an adapter that change what it trains and weighs."""

from __future__ import annotations

from paramtui.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class LoraConfig(Record):
    """PEFT's LoraConfig, as far as it counts; under PEFT's own names."""

    rank: int = 16
    target_modules: str = "all-linear"
    """`all-linear`, `attention`, `mlp`, suffixes joined by commas, or a regular expression."""
    bias: Literal["none", "all", "lora_only"] = "none"
    """Which of the model's own biases are trained as well."""
    lora_bias: bool = False
    """Whether lora_B has a bias."""
    use_dora: bool = False
    """Whether a magnitude for each output is trained as well."""
    modules_to_save: tuple[str, ...] = ()
    """Modules that are copied and trained whole, by name or suffix."""
    ensure_weight_tying: bool = False
    """Whether a tied head and embedding that are both saved stay one matrix."""
    layers_to_transform: tuple[int, ...] = ()
    """The only layers that get an adapter; empty for all of them."""
    trainable_tokens: int = 0
    """Rows of the input embedding that are trained (`trainable_token_indices`)."""
    target_parameters: tuple[str, ...] = ()
    """Packed experts that get an adapter, by name or suffix: `mlp.experts.down_proj`."""
    packed_experts: bool = False
    """Whether the experts of a layer are packed, as transformers 5 loads them."""
    precision: str = "fp32"
    """What the adapter is held in, a row of ADAPTER_PRECISIONS."""
