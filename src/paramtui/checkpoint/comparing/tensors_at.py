"""A path of the tree -> the tensors it is a name for, one for each copy of a folded layer."""

from paramtui.checkpoint.comparing.selection import answers_of, select
from paramtui.checkpoint.group import Kind
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import TensorInfo


def tensors_at(summary: ParameterSummary, path: str) -> tuple[TensorInfo, ...]:
    """The tensors a path names: itself, or the weights of a module, scales and biases aside."""
    for group in summary.groups:
        for tensor in group.tensors:
            if tensor.name == path:
                return (tensor,)
    found: list[tuple[Kind, TensorInfo]] = []
    for place, mask in select(summary, path).items():
        group = summary.groups[place]
        chosen = answers_of(mask, group.count)
        found += [
            (group.kind, tensor)
            for tensor, meant in zip(group.tensors, chosen, strict=True)
            if meant
        ]
    kinds = {kind for kind, _ in found}
    kept = {Kind.WEIGHT} if Kind.WEIGHT in kinds else kinds - {Kind.SCALE} or kinds
    return tuple(tensor for kind, tensor in found if kind in kept)
