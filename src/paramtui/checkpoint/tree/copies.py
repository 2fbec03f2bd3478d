"""Modules that a tree need not list: copies that a config describes once, such as experts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.pattern import NUMBER
from paramtui.checkpoint.repeated import Repeated, RepeatedTensors

ANY = ".*"
"""What the path of a module that is told once ends in."""


def told_copies(groups: Sequence[TensorGroup], deepest: int) -> Mapping[str, int]:
    """The paths, of no more than `deepest` parts, of modules told once; how many copies each has.

    None where one of the copies must be looked at: a group that holds something in them may have
    been split, and its tensors are then those of some copies.
    """
    told: dict[str, int] = {}
    alone: list[str] = []
    for group in groups:
        for once in _once(group) or (None,):
            if once is None or once.copies is None:
                alone.append(group.pattern)
                continue
            module, numbered, _ = once.tensor.name.partition(f"{ANY}.")
            path = module + ANY
            if not numbered or path.count(".") >= deepest:
                return {}
            if told.setdefault(path, once.times) != once.times:
                return {}
    within = tuple({f"{NUMBER.sub('*', path)}." for path in told})
    return {} if any(f"{pattern}.".startswith(within) for pattern in alone) else told


def names_of(group: TensorGroup, told: Mapping[str, int]) -> Iterator[str]:
    """The names of its tensors; of copies that are told once, one with `*` for their number."""
    once = _once(group) if told else None
    if once is not None:
        return (each.tensor.name for each in once)
    return map(itemgetter(0), group.tensors)


def _once(group: TensorGroup) -> Iterable[Repeated] | None:
    return group.tensors.once if isinstance(group.tensors, RepeatedTensors) else None
