"""One moment of a step: what lives then, of which the worst decides."""

from paramtui.memory.figure import Component, Term
from paramtui.named_tuple import NamedTuple

STAYING = ("weights", "adapter", "optimizer")
"""What is there at every moment of training."""


class Moment(NamedTuple):
    """One moment of a training step, and what lives then beside weights, adapter and states."""

    name: str
    terms: tuple[Term, ...]

    @property
    def bytes(self) -> int:
        """The sum of what lives."""
        return sum(term.value for term in self.terms)


def whole(part: Component) -> Term:
    """A whole component as one term of a sum."""
    return Term.of(part.name, part.name, **{part.name: part.bytes})
