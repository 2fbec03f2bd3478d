"""A checkpoint split where branches of it are marked, without what is left out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress

from paramtui.checkpoint.comparing.selection import Selection, answers_of, mask_of, select, whole
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.summary import ParameterSummary, recounted
from paramtui.memory.errors import ScenarioError
from paramtui.memory.marks.mark import Action, Aspect, Mark, contradict
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace


def branch(summary: ParameterSummary, paths: Sequence[str]) -> ParameterSummary:
    """What some paths name, as a checkpoint of its own."""
    base = summary.whole or summary
    masks: dict[int, int] = {}
    for path in paths:
        for place, mask in select(base, path).items():
            masks[place] = masks.get(place, 0) | mask
    pieces = ((base.groups[place], _Piece(masks[place], None, None)) for place in sorted(masks))
    groups = (_taken(group, piece, group.experts, None) for group, piece in pieces)
    return recounted(base, tuple(groups))


@lru_cache(maxsize=32)
def split(base: ParameterSummary, marks: tuple[Mark, ...], frozen: str | None) -> ParameterSummary:
    """The checkpoint under marks; what is `frozen` by one has that precision, if not its own."""
    masks = actions_by_group(base, marks)
    groups: list[TensorGroup] = []
    for place, group in enumerate(base.groups):
        own = {aspect: found.get(place, {}) for aspect, found in masks.items()}
        left = whole(group)
        for mask in own[Aspect.PRESENCE].values():
            left &= ~mask
        for part, experts in _by_experts(group, left):
            pieces = _split(part, own[Aspect.PRECISION], own[Aspect.TRAINING])
            groups += (_taken(group, piece, experts, frozen) for piece in pieces)
    return recounted(base, tuple(groups))


Actions = Mapping[int, Mapping[str, int]]
"""Places of groups -> actions -> masks of the tensors that have them."""


@lru_cache(maxsize=32)
def actions_by_group(base: ParameterSummary, marks: tuple[Mark, ...]) -> Mapping[Aspect, Actions]:
    """Which tensors have which action in the end; raises ScenarioError for marks that cannot be."""
    ranked = _ranked(base, marks)
    return {aspect: _masks(ranked, aspect) for aspect in Aspect}


Ranked = list[tuple[Mark, Selection]]


def _ranked(base: ParameterSummary, marks: Sequence[Mark]) -> Ranked:
    """The marks with what they name, the strongest last."""
    found = [(mark, select(base, mark.path)) for mark in dict.fromkeys(marks)]
    for mark, selection in found:
        if not selection:
            raise _nothing(base, mark)
        other = next((other for other, _ in found if contradict(other, mark)), None)
        if other:
            raise ScenarioError(
                f"{other} and {mark} contradict each other", "leave one of them out"
            )
    return sorted(found, key=lambda item: -_size(item[1]))


def _size(selection: Selection) -> int:
    return sum(mask.bit_count() for mask in selection.values())


def _masks(ranked: Ranked, aspect: Aspect) -> Actions:
    """For each group that marks of an aspect touch: which of its tensors have which action."""
    found: dict[int, dict[str, int]] = {}
    for mark, selection in ranked:
        for place, mask in selection.items() if mark.aspect is aspect else ():
            actions = found.setdefault(place, {})
            for action in actions:
                actions[action] &= ~mask
            actions[mark.action] = actions.get(mark.action, 0) | mask
    return found


def _by_experts(group: TensorGroup, left: int) -> Iterator[tuple[int, int]]:
    """What is left of a group, by how many experts its layers have left."""
    apart = left and left != whole(group) and group.experts > 1 and group.matrices == 1
    if not apart:
        if left:
            yield left, group.experts
        return
    layers = [*compress(group.layers, answers_of(left, group.count))]
    copies = Counter(layers)
    if max(Counter(group.layers).values()) != group.experts:
        yield left, group.experts
        return
    for experts in sorted(set(copies.values())):
        chosen = {layer for layer, number in copies.items() if number == experts}
        yield left & mask_of(layer in chosen for layer in group.layers), experts


class _Piece(NamedTuple):
    """Tensors of one group that are alike in their marks."""

    mask: int
    precision: str | None
    trained: bool | None


def _split(left: int, precisions: Mapping[str, int], training: Mapping[str, int]) -> list[_Piece]:
    pieces = []
    for precision, alike in _parts(left, precisions):
        for action, mask in _parts(alike, training):
            trained = None if action is None else action == Action.TRAIN.value
            pieces.append(_Piece(mask, precision, trained))
    return sorted(pieces, key=lambda piece: piece.mask & -piece.mask)


def _parts(left: int, actions: Mapping[str, int]) -> Iterator[tuple[str | None, int]]:
    """The tensors of each action, then those without one."""
    for action, mask in actions.items():
        if left & mask:
            yield action, left & mask
            left &= ~mask
    if left:
        yield None, left


def _taken(group: TensorGroup, piece: _Piece, experts: int, frozen: str | None) -> TensorGroup:
    """The group of a piece: the same one where it is all of it."""
    mask, precision, trained = piece
    if frozen is not None:
        precision = (precision or frozen) if trained is False else None
    if mask == whole(group):
        if precision is None and trained is None:
            return group
        return replace(group, precision=precision, trained=trained)
    kept = [*answers_of(mask, group.count)]
    return replace(
        group,
        tensors=tuple(compress(group.tensors, kept)),
        layers=tuple(compress(group.layers, kept)),
        experts=experts,
        precision=precision,
        trained=trained,
    )


def _nothing(base: ParameterSummary, mark: Mark) -> ScenarioError:
    from paramtui.checkpoint.comparing.nearest import nearest_paths

    near = nearest_paths(base, mark.path)
    question = f", did you mean {' or '.join(near)}?" if near else ""
    return ScenarioError(
        f"no module or tensor is named {mark.path!r}{question}",
        "PATH is a module's path as --tree shows it, or a glob such as '*.experts.*'",
    )
