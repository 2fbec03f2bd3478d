"""The layers of a checkpoint from which something was left out."""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.projections import Projections, projections
from paramtui.named_tuple import NamedTuple


class LeftOut(NamedTuple):
    """What the files have, and what of it is not there."""

    whole: Projections
    """The attentions of the checkpoint as its files have it."""
    layers: frozenset[int] = frozenset()
    """Layers of which nothing is left."""
    mixers: frozenset[int] = frozenset()
    """Layers that have lost their attention or recurrent module, these included."""


def left_out(summary: ParameterSummary) -> LeftOut:
    """Compare the attentions of a checkpoint with those of the whole one."""
    found = projections(summary)
    if summary.whole is None:
        return LeftOut(found)
    whole = projections(summary.whole)
    layers = whole.layers - found.layers
    silent = frozenset(whole.own.keys() - found.own.keys())
    return LeftOut(whole, layers, layers | (whole.mixing - found.mixing) | silent)
