"""Linear layers among the tensors of a checkpoint, and their names."""

from paramtui.checkpoint.category import Operator
from paramtui.checkpoint.group import INNER
from paramtui.checkpoint.summary import Kind, TensorGroup


def is_linear(group: TensorGroup) -> bool:
    """Whether the tensors are the matrices of linear layers, whatever their packing."""
    return (
        group.kind is Kind.WEIGHT
        and group.operator is Operator.LINEAR
        and group.in_features > 0
        and group.out_features > 0
    )


def module_name(tensor: str) -> str:
    """The module, or the bare parameter, that owns a weight under this name."""
    name, _, last = tensor.removesuffix(INNER).rpartition(".")
    return name if last in PARAMETER_NAMES else tensor.removesuffix("_blocks")


_NAMES = """
    weight qweight weight_packed W_q quant_weight q_weight _weight_qdata weight:qdata codes indices
    trellis
"""
PARAMETER_NAMES = frozenset(_NAMES.split())
"""What a linear layer calls its matrix, plain and packed."""
