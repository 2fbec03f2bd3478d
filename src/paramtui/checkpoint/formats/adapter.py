"""Adapter: what a PEFT adapter's files say of it, its numbers counted from its own tensors."""

from math import prod

from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.tensor import Shape
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record


class AdapterTensor(NamedTuple):
    """One tensor of an adapter's file."""

    name: str
    """As the file has it."""
    dtype: Dtype
    shape: Shape
    ranks: int = 0
    """How many times the adapter's rank one of its axes is; 0 where none depends on it."""
    axis: int = 0
    """Which axis that is."""
    trained: bool = True
    """False for the frozen weights of a layer that are stored beside its adapter."""

    @property
    def parameters(self) -> int:
        """Elements."""
        return prod(self.shape)

    def at(self, rank: int) -> Shape:
        """The shape if the adapter had another rank."""
        if not self.ranks:
            return self.shape
        return (*self.shape[: self.axis], self.ranks * rank, *self.shape[self.axis + 1 :])


class AdaptedLayer(NamedTuple):
    """One layer with its pair of low-rank matrices."""

    module: str
    """The layer's dotted name in the base model."""
    inputs: int
    outputs: int
    rank: int
    """Its own, which `rank_pattern` may set apart."""
    matrices: int = 1
    """The experts that one packed tensor holds."""


class Adapter(Record, eq=False):
    """A PEFT adapter; equal only to itself, so that what is counted of it can be kept."""

    kind: str
    """PEFT's `peft_type`, e.g. `LORA`."""
    base: str | None = None
    """PEFT's `base_model_name_or_path`."""
    base_revision: str | None = None
    rank: int | None = None
    alpha: float | None = None
    targets: str = ""
    """The names of the adapted layers, joined by commas."""
    layers: tuple[AdaptedLayer, ...] = ()
    tensors: tuple[AdapterTensor, ...] = ()
    file_bytes: int | None = None
    """Size of adapter_model.safetensors."""
    use_dora: bool = False
    use_rslora: bool = False
    bias: str = "none"
    modules_to_save: tuple[str, ...] = ()
    modules: frozenset[str] = frozenset()
    """The adapted layers that were found in the base model; empty without one."""

    @property
    def trainable(self) -> int:
        """Parameters that training the adapter trains."""
        return sum(tensor.parameters for tensor in self.tensors if tensor.trained)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The different ranks of its layers, ascending."""
        return tuple(sorted({layer.rank for layer in self.layers}))
