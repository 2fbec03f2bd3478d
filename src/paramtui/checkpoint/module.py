"""Module: the tree of a checkpoint, repeated layers and experts folded to one row."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.pattern import number
from paramtui.checkpoint.repeated import RepeatedTensors
from paramtui.checkpoint.summary import Kind, ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.tree.difference import difference
from paramtui.checkpoint.tree.fold import Subtree, fold
from paramtui.checkpoint.tree.numbering import exact, label
from paramtui.checkpoint.tree.order import order
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record


class Module(Record):
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
    tensor: str = ""
    """The full name of the single tensor that it is or holds, folded numbers as ranges."""
    note: str = ""
    """Why it is not folded with its siblings, e.g. `mlp instead of experts`."""

    def walk(self) -> Iterator["Module"]:
        """This row and all below, top-down."""
        yield self
        for child in self.children:
            yield from child.walk()


def build_module_tree(summary: ParameterSummary) -> Module:
    """Fold the tensors of a summary into a tree; its root stands for the whole checkpoint."""
    return fold_groups(summary.groups)


def fold_groups(groups: Sequence[TensorGroup]) -> Module:
    """The same of groups."""
    files = {
        tensor.name: tensor.file
        for group in groups
        if not isinstance(group.tensors, RepeatedTensors)  # which are in no file
        for tensor in group.tensors
    }
    return _row(Place("", None, None), fold(groups), files)


class Place(NamedTuple):
    """Where a row stands; the root has no path."""

    name: str
    path: str | None
    first: str | None
    """The dotted name of the first copy."""
    repeat: int = 1
    note: str = ""

    def below(self, names: Sequence[str], note: str = "") -> "Place":
        """The place of a child, or of a stack of copies that have numbers for names."""
        numbers = [int(name) for name in names] if len(names) > 1 else []
        return Place(
            name=label(numbers) if numbers else names[0],
            path=_join(self.path, exact(numbers) if numbers else names[0]),
            first=_join(self.first, names[0]),
            repeat=len(names),
            note=note,
        )


def _join(module: str | None, name: str) -> str:
    return name if module is None else f"{module}.{name}"


def _row(place: Place, subtree: Subtree, files: Mapping[str, str]) -> Module:
    name, tensor = _tensor(subtree)
    group = tensor.group if tensor else None
    first = place.first if name is None else _join(place.first, name)
    categories = [key for key, size in subtree.by_category.items() if size]
    categories = categories or list(subtree.by_category)
    return Module(
        name=place.name,
        path=place.path or "",
        category=categories[0] if len(categories) == 1 else None,
        parameters=subtree.parameters,
        nbytes=subtree.nbytes,
        dtypes=tuple(sorted(subtree.by_dtype, key=lambda key: -subtree.by_dtype[key])),
        repeat=place.repeat,
        children=() if list(subtree.children) == ["weight"] else _rows(place, subtree, files),
        shape=group.logical_shape if group else None,
        stored_shape=group.shape if group else None,
        kind=group.kind if group else None,
        file=_file(first or "", files) if group else "",
        tensor=(_join(place.path, name) if name else place.path or "") if group else "",
        note=place.note,
    )


def _file(name: str, files: Mapping[str, str]) -> str:
    """The file of a tensor; the parts of a packed parameter hang one level too deep."""
    module, _, last = name.rpartition(".")
    return files.get(name) or files.get(_join(module.rpartition(".")[0], last), "")


def _tensor(subtree: Subtree) -> tuple[str | None, Subtree | None]:
    """The one tensor a row is or holds, scales aside, and its name below the row."""
    if subtree.group:
        return None, subtree
    found: tuple[str | None, Subtree | None] = (None, None)
    for name, child in subtree.children.items():
        if child.group is None or (found[1] and child.group.kind is not Kind.SCALE):
            return None, None
        if child.group.kind is not Kind.SCALE:
            found = name, child
    return found


def _rows(place: Place, subtree: Subtree, files: Mapping[str, str]) -> tuple[Module, ...]:
    """The rows below: numbered copies that are equal as one, all as the data flows."""
    found = stacks(subtree)
    numbered = [(len(names), child) for names, child in found if number(names[0]) is not None]
    copies, usual = max(numbered, key=lambda stack: stack[0], default=(0, None))

    def note(names: Sequence[str], child: Subtree) -> str:
        apart = usual and copies > 1 and child is not usual and number(names[0]) is not None
        return difference(child, usual) if usual and apart else ""

    return tuple(
        _row(place.below(names, note(names, child)), child, files) for names, child in found
    )


def stacks(subtree: Subtree) -> list[tuple[list[str], Subtree]]:
    """The children as the data flows, numbered copies that are equal together."""
    found: dict[tuple[Subtree, str], list[str]] = defaultdict(list)
    for name in sorted(subtree.children, key=order):
        child = subtree.children[name]
        found[child, "" if number(name) is not None else name].append(name)
    return [(names, child) for (child, _), names in found.items()]
