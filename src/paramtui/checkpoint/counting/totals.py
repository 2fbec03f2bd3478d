"""Totals by type -> groups that hold no tensor: what a checkpoint shows whose files are closed."""

from collections.abc import Iterable

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.checkpoint import Total
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.group import Kind, TensorGroup
from paramtui.checkpoint.tensor import TensorInfo

FILES = Dtype("files", 8)
"""The type of bytes of which only the files that hold them are known."""


def total_groups(totals: Iterable[Total]) -> tuple[TensorGroup, ...]:
    """One group a type, named after it, as long as all its elements."""
    return tuple(_group(total) for total in totals)


def _group(total: Total) -> TensorGroup:
    name, shape = total.name or total.dtype.name, (total.elements,)
    known = total.parameters is not None
    return TensorGroup(
        pattern=name,
        dtype=total.dtype,
        shape=shape,
        logical_shape=(total.parameters,) if total.parameters is not None else shape,
        category=Category.OTHER,
        kind=Kind.WEIGHT if known else Kind.BUFFER,
        operator=Operator.OTHER,
        matrices=1,
        in_features=0,
        out_features=0,
        tensors=(TensorInfo(name, total.dtype, shape),),
        layers=(-1,),
    )
