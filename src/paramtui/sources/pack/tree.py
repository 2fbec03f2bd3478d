"""The tree of a checkpoint in a pack: its rows, each with those below it."""

from collections.abc import Sequence

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.group import Kind
from paramtui.checkpoint.module import Module
from paramtui.checkpoint.tensor import Shape
from paramtui.sources.pack.fields import PackError, count, shape, text, texts

DEEPEST = 100
"""Rows above a row; names have 40 parts at most."""


def pack_tree(module: Module) -> list[object]:
    """One row and all below."""
    return [
        module.name, module.path, _value(module.category), module.parameters, module.nbytes,
        [*module.dtypes], module.repeat, _axes(module.shape), _axes(module.stored_shape),
        _value(module.kind), module.file, module.tensor, module.note,
        [pack_tree(child) for child in module.children],
    ]  # fmt: skip


def _value(member: Category | Kind | None) -> str | None:
    return member.value if member else None


def _axes(shape: Shape | None) -> list[int] | None:
    return None if shape is None else [*shape]


def unpack_tree(row: object, depth: int = 0) -> Module:
    """The same from the values of a pack."""
    if not isinstance(row, list) or depth > DEEPEST:
        raise PackError("not a row")
    (
        name, path, category, parameters, nbytes, dtypes, repeat, logical, stored, kind, file,
        tensor, note, children,
    ) = row  # fmt: skip
    return Module(
        name=text(name),
        path=text(path),
        category=None if category is None else Category(category),
        parameters=count(parameters),
        nbytes=count(nbytes),
        dtypes=texts(dtypes),
        repeat=count(repeat),
        children=tuple(unpack_tree(child, depth + 1) for child in _rows(children)),
        shape=None if logical is None else shape(logical),
        stored_shape=None if stored is None else shape(stored),
        kind=None if kind is None else Kind(kind),
        file=text(file),
        tensor=text(tensor),
        note=text(note),
    )


def _rows(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise PackError("not rows")
    return value
