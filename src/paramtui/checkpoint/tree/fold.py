"""Tensor names -> distinct subtrees: equal ones are one object, so a stack of layers costs one."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from math import prod

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.group import PARAMETERS, TensorGroup
from paramtui.checkpoint.tree.copies import names_of, told_copies

MAX_DEPTH = 40
"""Parts of a name that make levels; what is deeper stays in the last part."""


class Subtree:
    """A module or a tensor (then it has a group); identity is equality."""

    __slots__ = ("by_category", "by_dtype", "children", "group", "nbytes", "parameters")

    def __init__(self, children: Mapping[str, "Subtree"], group: TensorGroup | None = None) -> None:
        self.children = children
        self.group = group
        self.parameters = 0
        """Logical parameters."""
        self.nbytes = 0
        """Stored bytes."""
        self.by_category: dict[Category, int] = {}
        """Parameters; a category without any is there with 0."""
        self.by_dtype: dict[str, int] = {}
        """Stored bytes."""
        for child, copies in Counter(children.values()).items():
            self._add(child, copies)

    @classmethod
    def of_tensor(cls, group: TensorGroup) -> "Subtree":
        """A leaf that stands for any one tensor of a group."""
        leaf = cls({}, group)
        leaf.parameters = prod(group.logical_shape) if group.kind in PARAMETERS else 0
        leaf.nbytes = group.dtype.nbytes(prod(group.shape))
        leaf.by_category = {group.category: leaf.parameters}
        leaf.by_dtype = {group.dtype.name: leaf.nbytes}
        return leaf

    def _add(self, child: "Subtree", copies: int) -> None:
        self.parameters += child.parameters * copies
        self.nbytes += child.nbytes * copies
        for category, parameters in child.by_category.items():
            self.by_category[category] = self.by_category.get(category, 0) + parameters * copies
        for dtype, nbytes in child.by_dtype.items():
            self.by_dtype[dtype] = self.by_dtype.get(dtype, 0) + nbytes * copies


Level = defaultdict[str, dict[str, Subtree]]


def fold(groups: Sequence[TensorGroup]) -> Subtree:
    """The subtree of a whole checkpoint, folded from the deepest modules up."""
    levels: list[Level] = [defaultdict(dict) for _ in range(MAX_DEPTH + 1)]
    stems, told = _stems(groups), told_copies(groups, MAX_DEPTH)
    for group in groups:
        _place(group, names_of(group, told), levels, stems)
    known: dict[tuple[tuple[str, Subtree], ...], Subtree] = {}
    for depth in range(MAX_DEPTH, 0, -1):
        parents = levels[depth - 1]
        for path, children in levels[depth].items():
            parent, _, name = path.rpartition(".")
            siblings = parents[parent]
            if name in siblings:  # a tensor that is also a prefix: `weight` and `weight.absmax`
                siblings.update(_leaves(name, children))
            elif path in told:
                numbers = map(str, range(told[path]))
                siblings.update(dict.fromkeys(numbers, _shared(children, known)))
            else:
                siblings[name] = _shared(children, known)
        levels[depth].clear()
    return _shared(levels[0][""], known)


def _place(
    group: TensorGroup, names: Iterable[str], levels: list[Level], stems: Container[str]
) -> None:
    """Hang every tensor of a group into its module; a module's level is its number of parts."""
    leaf = Subtree.of_tensor(group)
    cut = next((len(part) for part in PACKED if group.pattern.removesuffix(part) in stems), None)
    depth = group.pattern.count(".") + (cut is not None)
    level = levels[min(depth, MAX_DEPTH)]
    for whole in names:
        module, _, name = whole.rpartition(".")
        if depth > MAX_DEPTH:
            *modules, name = whole.split(".", MAX_DEPTH)
            module = ".".join(modules)
        elif cut is not None:
            module = whole[: len(whole) - cut]
        children = level[module]
        while name in children:  # the same name in a second file
            name += " (again)"
        children[name] = leaf


PACKED = (
    "_blocks",
    "_scales",
    "_scale_inv",
    "_weight_scale",
    "_input_scale",
    "_scale",
    "_bias",
    "",
)
"""Endings of the tensors that make up one packed parameter, which has no module of its own."""


def tree_patterns(groups: Sequence[TensorGroup]) -> list[tuple[str, ...]]:
    """Under which names the tree shows each group, its own pattern first; numbers as `*`."""
    stems = _stems(groups)
    found = []
    for group in groups:
        pattern = group.pattern
        stem = next((stem for part in PACKED if (stem := pattern.removesuffix(part)) in stems), "")
        shown = (f"{stem}.{pattern.rpartition('.')[2]}",) if stem else ()
        found.append((pattern, *shown))
    return found


def _stems(groups: Iterable[TensorGroup]) -> set[str]:
    """The packed parameters: `experts.gate_up_proj` of `gate_up_proj_blocks` and `_scales`."""
    patterns = {group.pattern for group in groups}
    modules = {pattern.rpartition(".")[0] for pattern in patterns}
    stems = {
        pattern.removesuffix(part)
        for pattern in patterns
        for part in PACKED[1:-2]
        if pattern.endswith(part)
    }
    held = {stem for stem in stems if stem in patterns or f"{stem}_blocks" in patterns}
    return {stem for stem in held if not stem.endswith(".weight")} - modules


def _leaves(prefix: str, children: Mapping[str, Subtree]) -> Iterator[tuple[str, Subtree]]:
    """The tensors below, by the rest of their names."""
    for name, child in children.items():
        if child.group:
            yield f"{prefix}.{name}", child
        else:
            yield from _leaves(f"{prefix}.{name}", child.children)


def _shared(
    children: dict[str, Subtree], known: dict[tuple[tuple[str, Subtree], ...], Subtree]
) -> Subtree:
    key = tuple(sorted(children.items(), key=_by_name))
    found = known.get(key)
    if found is None:
        found = known[key] = Subtree(children)
    return found


def _by_name(item: tuple[str, Subtree]) -> str:
    return item[0]
