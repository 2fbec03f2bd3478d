"""What an estimate is made of: the adapter, the components, and the peak."""

from paramtui.memory.figure import Component, Term
from paramtui.record import Record

PASSING = ("gradients", "activations", "logits")
"""Components that come and go within a step; the others stay."""
ONE_LAYER = "one layer at work"
"""What a layer's own backward pass holds of the activations."""


class LoraTarget(Record):
    """The linear layers one target name matches."""

    module: str
    """Their suffix, e.g. `q_proj`."""
    in_features: int
    out_features: int
    count: int


class LoraEstimate(Record):
    """What an adapter adds."""

    rank: int
    targets: tuple[LoraTarget, ...]
    trainable: int
    """Trainable parameters."""
    percent: float
    """Of base and adapter together, as PEFT prints it."""
    adapter_file_bytes: int
    """Size of adapter_model.safetensors, header included."""
    adapter_data_bytes: int = 0
    """Bytes of its tensors alone."""
    frozen: int = 0
    """Parameters that are not trained, as PEFT counts them."""
    notes: tuple[str, ...] = ()
    """What PEFT would refuse or do otherwise, one sentence each."""


class MemoryEstimate(Record):
    """Everything the panel, the reports and the explanations show."""

    components: tuple[Component, ...]
    peak_bytes: int
    """What the framework's allocator would hold at the worst moment: no overhead."""
    peak_formula: str
    """Which components live at that moment, in words."""
    total_bytes: int
    """Peak plus overhead."""
    total_upper_bytes: int
    """The same with every component's upper bound."""
    band: float
    """Relative error of the peak against measurements, e.g. 0.05; 0 when it is exact."""
    lora: LoraEstimate | None = None
    not_modelled: tuple[str, ...] = ()
    """What is left out, one sentence each."""
    peak_terms: tuple[Term, ...] = ()
    """The sum that the peak is."""

    def at_peak(self, name: str) -> bool:
        """Whether a component, or a part of it, is held at the worst moment."""
        labels = {term.label for term in self.peak_terms}
        if name not in PASSING or (name == "activations" and ONE_LAYER in labels):
            return True
        return any(label == name or label.startswith(f"{name} of") for label in labels)

    def component(self, name: str) -> Component | None:
        """The component of that name."""
        return next((part for part in self.components if part.name == name), None)
