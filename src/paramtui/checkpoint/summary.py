"""TensorGroup and ParameterSummary: every count and every estimate runs over groups."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import prod

from paramtui.checkpoint.category import Category, Operator, categorise
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.tensor import Shape, TensorInfo

NUMBER = re.compile(r"(?<![^.])\d+(?![^.])")


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


@dataclass(frozen=True, slots=True)
class TensorGroup:
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
    tensors: tuple[TensorInfo, ...]
    layers: tuple[int, ...]
    """The first number of each tensor's name, its layer; -1 where it has none."""

    @property
    def count(self) -> int:
        """How many tensors there are."""
        return len(self.tensors)

    @property
    def module(self) -> str:
        """The owning module's name, numbers as `*`."""
        return self.pattern.rpartition(".")[0]

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


PARAMETERS = (Kind.WEIGHT, Kind.BIAS)


@dataclass(frozen=True, eq=False)
class ParameterSummary:
    """The counts of one checkpoint."""

    groups: tuple[TensorGroup, ...]
    config: ModelConfig
    total: int
    """Logical parameters."""
    active: int
    """Parameters a token meets: all but routed experts, plus their share of those."""
    stored_elements: int
    stored_bytes: int
    tensors: int
    files: int
    by_category: Mapping[Category, int]
    by_kind: Mapping[Kind, int]
    by_dtype: Mapping[str, int]
    complete: bool = True
    """False when a file could not be read: every total is then "at least"."""
    warnings: tuple[str, ...] = ()


def summarise(checkpoint: Checkpoint) -> ParameterSummary:
    """Group the tensors of a checkpoint and count them."""
    groups = group_tensors(checkpoint.tensors)
    by_category: dict[Category, int] = defaultdict(int)
    by_kind: dict[Kind, int] = defaultdict(int)
    by_dtype: dict[str, int] = defaultdict(int)
    for group in groups:
        if group.parameters:
            by_category[group.category] += group.parameters
            by_kind[group.kind] += group.parameters
            by_dtype[group.dtype.name] += group.parameters
    total = sum(by_kind.values())
    experts, chosen = checkpoint.config.experts, checkpoint.config.experts_per_token
    routed = by_category.get(Category.EXPERTS, 0)
    active = total - routed + routed * chosen // experts if experts and chosen else total
    return ParameterSummary(
        groups=groups,
        config=checkpoint.config,
        total=total,
        active=active,
        stored_elements=sum(group.elements for group in groups),
        stored_bytes=sum(group.nbytes for group in groups),
        tensors=len(checkpoint.tensors),
        files=len(checkpoint.shards),
        by_category=by_category,
        by_kind=by_kind,
        by_dtype=by_dtype,
        complete=checkpoint.complete,
        warnings=checkpoint.warnings,
    )


def group_tensors(tensors: tuple[TensorInfo, ...]) -> tuple[TensorGroup, ...]:
    """Tensors -> groups, in the order the files name them."""
    found: dict[tuple[str, Dtype, Shape], list[TensorInfo]] = {}
    for tensor in tensors:
        key = (NUMBER.sub("*", tensor.name), tensor.dtype, tensor.shape)
        found.setdefault(key, []).append(tensor)
    return tuple(_group(pattern, tuple(members)) for (pattern, _, _), members in found.items())


def _group(pattern: str, members: tuple[TensorInfo, ...]) -> TensorGroup:
    first = members[0]
    role = categorise(pattern, len(first.shape))
    linear = role.operator in (Operator.LINEAR, Operator.EMBEDDING) and len(first.shape) >= 2
    return TensorGroup(
        pattern=pattern,
        dtype=first.dtype,
        shape=first.shape,
        logical_shape=first.shape,
        category=role.category,
        kind=Kind.BIAS if pattern.endswith("bias") else Kind.WEIGHT,
        operator=role.operator,
        matrices=prod(first.shape[:-2]) if linear else 1,
        in_features=first.shape[-1] if linear else 0,
        out_features=first.shape[-2] if linear else 0,
        tensors=members,
        layers=tuple(_layer(tensor.name) for tensor in members),
    )


def _layer(name: str) -> int:
    match = NUMBER.search(name)
    return int(match.group()) if match else -1
