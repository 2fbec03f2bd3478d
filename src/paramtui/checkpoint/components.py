"""Checkpoints made of components, each with a configuration of its own -> groups under their names.

A tensor's category, packing and ties follow from its name and configuration inside its component,
so each is grouped as if it stood alone.
"""

from collections.abc import Iterable

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import replace


def checkpoint_groups(checkpoint: Checkpoint) -> tuple[TensorGroup, ...]:
    """The groups of a checkpoint, component by component where it has any."""
    if checkpoint.known is not None:
        return checkpoint.known.groups
    if not checkpoint.components:
        return _grouped(checkpoint.tensors, checkpoint.config)
    parts: dict[str, list[TensorInfo]] = {part.name: [] for part in checkpoint.components}
    for tensor in checkpoint.tensors:
        name = tensor.name.partition(".")[0]
        parts[name if name in parts else ""].append(tensor)
    return tuple(
        group
        for part in checkpoint.components
        for group in _below(part.name, parts[part.name], part.config)
    )


def _below(name: str, tensors: list[TensorInfo], config: ModelConfig) -> Iterable[TensorGroup]:
    if not name:
        return _grouped(tensors, config)
    inside = len(name) + 1
    alone = [tensor._replace(name=tensor.name[inside:]) for tensor in tensors]
    return (_renamed(group, f"{name}.") for group in _grouped(alone, config))


def _grouped(tensors: Iterable[TensorInfo], config: ModelConfig) -> tuple[TensorGroup, ...]:
    # Not before: what was counted when it was last opened needs neither.
    from paramtui.checkpoint.counting.duplicates import mark_duplicates
    from paramtui.checkpoint.counting.grouping import group_tensors

    return mark_duplicates(group_tensors(tensors, config), config)


def _renamed(group: TensorGroup, prefix: str) -> TensorGroup:
    return replace(
        group,
        pattern=prefix + group.pattern,
        tensors=tuple(tensor._replace(name=prefix + tensor.name) for tensor in group.tensors),
    )
