"""The rows of the module tree, top-down."""

from collections.abc import Iterator

from paramtui.checkpoint.module import Module
from paramtui.named_tuple import NamedTuple


class Row(NamedTuple):
    """One module where it stands."""

    module: Module
    depth: int
    """0 for the root."""
    copies: int
    """How many copies of it the whole model has."""


def rows(module: Module, depth: int = 0, copies: int = 1) -> Iterator[Row]:
    """A module and all below it."""
    copies *= module.repeat
    yield Row(module, depth, copies)
    for child in module.children:
        yield from rows(child, depth + 1, copies)
