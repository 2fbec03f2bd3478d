"""Module: the tree of a checkpoint, repeated layers and experts folded to one row."""

from collections.abc import Iterator
from dataclasses import dataclass

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import Kind, ParameterSummary
from paramtui.checkpoint.tensor import Shape


@dataclass(frozen=True, slots=True)
class Module:
    """One row: a torch module, a stack of identical ones, or a tensor.

    Counts are those of one copy; a parent counts each child `repeat` times.
    """

    name: str
    """The row's own label: `self_attn`, `0 … 31`, `weight`."""
    path: str
    """Dotted path from the root, folded numbers as ranges: `model.layers.0-31.mlp`."""
    category: Category | None
    """The one category below it; None where there are several."""
    parameters: int
    """Logical parameters of one copy."""
    nbytes: int
    """Stored bytes of one copy, scales and buffers included."""
    dtypes: tuple[str, ...]
    """Stored dtypes below, the one with most bytes first."""
    repeat: int = 1
    """How many identical copies the row stands for."""
    children: tuple["Module", ...] = ()
    shape: Shape | None = None
    """Logical shape, of a row that is or holds a single tensor."""
    stored_shape: Shape | None = None
    kind: Kind | None = None
    file: str = ""
    """The file of the first copy."""
    note: str = ""
    """Why it is not folded with its siblings, e.g. `mlp instead of experts`."""

    def walk(self) -> Iterator["Module"]:
        """This row and all below, top-down."""
        yield self
        for child in self.children:
            yield from child.walk()


def build_module_tree(summary: ParameterSummary) -> Module:
    """Fold the tensors of a summary into a tree; its root stands for the whole checkpoint."""
    raise NotImplementedError
