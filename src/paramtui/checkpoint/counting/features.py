"""How a matrix maps inputs to outputs: its orientation, its experts, its lost shape."""

from math import prod

from paramtui.checkpoint.category import Operator
from paramtui.checkpoint.tensor import Shape
from paramtui.named_tuple import NamedTuple


class Features(NamedTuple):
    """A group's logical shape read as matrices."""

    matrices: int = 1
    inputs: int = 0
    outputs: int = 0


_BACK = {
    "o", "out", "down", "o_proj", "out_proj", "down_proj", "c_proj", "wo_proj", "proj", "proj_out",
    "to_out", "dense", "dense_4h_to_h", "fc2", "linear_fc2", "w2", "wo", "output", "output_linear",
    "linear_out", "attn_output", "ffn_down",
}  # fmt: skip
"""Layers that lead back to the residual stream: their outputs are as wide as it."""


def leads_back(name: str) -> bool:
    """Whether a layer of this name ends in the residual stream rather than starts from it."""
    name = name.removesuffix("_blocks")
    return not _BACK.isdisjoint((name, name.removesuffix("_proj"))) or name.startswith("ffn_down")


def read_features(
    operator: Operator, shape: Shape, name: str, bias: int | None, width: int | None
) -> Features:
    """Features of a tensor whose layer is called `name`.

    Matrices stand [out, in]. A bias tells GPT-2's Conv1D apart, which stands [in, out]; the
    residual stream's width does where experts are packed in three axes, as gpt-oss has them.
    """
    if operator not in (Operator.LINEAR, Operator.EMBEDDING) or len(shape) < 2:
        return Features()
    *lead, rows, columns = shape
    if operator is Operator.EMBEDDING:
        return Features(1, columns, rows)
    turned = rows != columns and bias == columns
    if lead and not turned and bias != rows:
        inner, outer = (columns, rows) if leads_back(name) else (rows, columns)
        turned = outer != width and inner == width
    return Features(prod(lead), *((rows, columns) if turned else (columns, rows)))


def unflatten(count: int, name: str, bias: int | None, width: int | None) -> Shape:
    """The shape of a matrix stored as a flat list, from its bias or the residual stream."""
    if bias and count % bias == 0:
        return bias, count // bias
    if not width or count % width:
        return (count,)
    return (width, count // width) if leads_back(name) else (count // width, width)
