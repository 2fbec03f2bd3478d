"""TensorGroup: tensors that differ in nothing but their layer and expert numbers."""

from collections.abc import Sequence
from enum import Enum
from functools import cached_property
from math import prod

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.record import Record


class Kind(str, Enum):
    """What the numbers of a tensor are; only weights and biases are parameters."""

    WEIGHT = "weight"
    BIAS = "bias"
    SCALE = "scale"
    """Scales, zero points, group indices and quantisation state."""
    BUFFER = "buffer"
    """Masks, position ids, inverse frequencies, router corrections: never trained."""
    DUPLICATE = "duplicate"
    """A second copy of a tied tensor."""


INNER = "._data"
"""What quanto puts behind the name of a packed weight."""
PARAMETERS = (Kind.WEIGHT, Kind.BIAS)


class TensorGroup(Record):
    """Tensors equal in name but for layer and expert numbers, and in dtype, shape and role."""

    pattern: str
    """The name with each number as `*`, e.g. `model.layers.*.self_attn.q_proj.weight`."""
    dtype: Dtype
    """The stored type."""
    shape: Shape
    """The stored shape of each."""
    logical_shape: Shape
    """The shape of the parameters each stands for: packed formats unpacked."""
    category: Category
    kind: Kind
    operator: Operator
    matrices: int
    """Linear layers in one tensor: the experts of a packed 3-D tensor, else 1."""
    in_features: int
    """Inputs of the linear layer, columns of an embedding; 0 for anything else."""
    out_features: int
    """Outputs of the linear layer, rows of an embedding; 0 for anything else."""
    tensors: Sequence[TensorInfo]
    layers: tuple[int, ...]
    """The first number of each tensor's name, its layer; -1 where it has none."""
    experts: int = 0
    """Routed experts a layer has, of which a token visits a few; 0 for what every token meets."""
    precision: str | None = None
    """A precision of its own, where it was given one (`memory.marks`)."""
    trained: bool | None = None
    """Trained whole, or frozen, where that was said of it."""

    @cached_property
    def numbered(self) -> frozenset[int]:
        """The layers it stands in, each once; -1 for what stands in none."""
        return frozenset(self.layers)

    @property
    def count(self) -> int:
        """How many tensors there are."""
        return len(self.tensors)

    @property
    def module(self) -> str:
        """The owning module's name, numbers as `*`."""
        return self.pattern.removesuffix(INNER).rpartition(".")[0]

    @property
    def suffix(self) -> str:
        """The last part of the module's name, as PEFT's targets spell it, e.g. `q_proj`."""
        return self.module.rpartition(".")[2]

    @property
    def elements(self) -> int:
        """Stored elements of all."""
        return prod(self.shape) * self.count

    @property
    def nbytes(self) -> int:
        """Stored bytes of all."""
        return self.dtype.nbytes(prod(self.shape)) * self.count

    @property
    def parameters(self) -> int:
        """Logical parameters of all; 0 for scales, buffers and duplicates."""
        return prod(self.logical_shape) * self.count if self.kind in PARAMETERS else 0
