"""Counting a checkpoint once: what follows from its tensors is kept beside them."""

from __future__ import annotations

from paramtui.checkpoint.checkpoint import Checkpoint, Counted
from paramtui.checkpoint.components import checkpoint_groups
from paramtui.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.checkpoint.group import TensorGroup
    from paramtui.checkpoint.module import Module
    from paramtui.checkpoint.summary import ParameterSummary


def counted(checkpoint: Checkpoint, *, tree: bool = False) -> Checkpoint:
    """The same checkpoint with its groups and, where it is asked for, its `tree` beside it."""
    known = checkpoint.known
    if known is not None and (known.tree is not None or not tree):
        return checkpoint
    groups = checkpoint_groups(checkpoint)
    folded = _folded(groups) if tree else None
    whole = Counted(checkpoint.tensors, checkpoint.config, checkpoint.components, groups, folded)
    return replace(checkpoint, counted=whole)


def module_tree(checkpoint: Checkpoint, summary: ParameterSummary) -> Module:
    """The tree of a checkpoint and its summary, folded unless it was before."""
    known = checkpoint.known
    return known.tree if known and known.tree else _folded(summary.groups)


def _folded(groups: tuple[TensorGroup, ...]) -> Module:
    from paramtui.checkpoint.module import fold_groups  # a report lists no modules

    return fold_groups(groups)
