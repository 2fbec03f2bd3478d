"""Why a layer is not like the others, in a few words."""

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.tree.fold import Subtree

NAMED = 2
"""Differences a note names."""


def difference(here: Subtree, usual: Subtree) -> str:
    """What sets a subtree apart from its most common sibling, e.g. `mlp instead of experts`."""
    if Category.MTP in here.by_category and Category.MTP not in usual.by_category:
        return "predicts a further token"
    return (
        _contrast(_only(here, usual), _only(usual, here))
        or _contrast(_names(here, usual), _names(usual, here))
        or _below(here, usual)
    )


def spell(shape: Shape) -> str:
    """A shape for the eye: `4096 × 14336`."""
    return " × ".join(map(str, shape)) or "scalar"


def _only(one: Subtree, other: Subtree) -> list[str]:
    """The categories that only one has, the largest first."""
    sizes = {
        category: parameters
        for category, parameters in one.by_category.items()
        if category not in (*other.by_category, Category.OTHER)
    }
    if Category.EXPERTS in sizes:  # a router and shared experts come with them
        sizes.pop(Category.ROUTER, None)
        sizes.pop(Category.SHARED_EXPERTS, None)
    return [
        category.value.replace("_", " ")
        for category in sorted(sizes, key=lambda category: -sizes[category])
    ]


def _names(one: Subtree, other: Subtree) -> list[str]:
    """The children that only one has, the largest first."""
    found = [name for name in one.children if name not in other.children]
    return sorted(found, key=lambda name: (-one.children[name].nbytes, name))


def _contrast(here: list[str], there: list[str]) -> str:
    if here and there:
        return f"{_list(here)} instead of {_list(there)}"
    return f"with {_list(here)}" if here else f"no {_list(there)}" if there else ""


def _list(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _below(here: Subtree, usual: Subtree) -> str:
    """The first child that differs, named; its shape or type when it is a tensor."""
    for name, child in here.children.items():
        other = usual.children[name]
        if child is other:
            continue
        if child.group is None or other.group is None:
            reason = difference(child, other)
            held = child.children.keys() == other.children.keys() == {"weight"}
            return f"{name} {reason.removeprefix('weight ') if held else reason}"
        if child.group.logical_shape != other.group.logical_shape:
            one, two = spell(child.group.logical_shape), spell(other.group.logical_shape)
        else:
            one, two = child.group.dtype.name, other.group.dtype.name
        return f"{name} {one} instead of {two}" if one != two else f"{name} differs"
    return ""
