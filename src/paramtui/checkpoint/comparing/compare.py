"""Two checkpoints side by side: what only one has, and where shapes or types differ."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from paramtui.checkpoint.comparing.alignment import Names, aligned_names
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.pattern import number
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.checkpoint.tree.numbering import exact
from paramtui.record import Record, replace


class Change(str, Enum):
    """How a tensor differs; the values are the JSON's."""

    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"
    SHAPE = "shape"
    """In its logical shape: packed formats unpacked."""
    DTYPE = "dtype"


MIRRORED = {Change.ONLY_HERE: Change.ONLY_THERE, Change.ONLY_THERE: Change.ONLY_HERE}


class Side(Record):
    """A tensor as one of the two has it."""

    path: str
    """What its files call it, numbers folded."""
    dtype: str
    shape: Shape
    """The logical shape."""


class Difference(Record):
    """Tensors that differ in the same way."""

    path: str
    """What both call it but for packing and prefixes: `model.layers.0-31.mlp.up_proj.weight`."""
    kind: Change
    here: Side | None
    there: Side | None
    count: int
    """How many tensors."""

    @property
    def mirrored(self) -> "Difference":
        """The same, seen from the other side."""
        kind = MIRRORED.get(self.kind, self.kind)
        return replace(self, kind=kind, here=self.there, there=self.here)


class Comparison(Record):
    """All differences of two checkpoints; deltas are there minus here."""

    differences: tuple[Difference, ...]
    """In the order of the files here, then of those there."""
    same: int
    """Tensors alike in both."""
    parameters_delta: int
    bytes_delta: int


def compare(here: ParameterSummary, there: ParameterSummary) -> Comparison:
    """What differs between two checkpoints, aligned by name; milliseconds for 100,000 tensors."""
    ours, theirs = aligned_names(here.groups, there.groups)
    differences: list[Difference] = []
    same = 0
    for (one, other), names in paired(ours, theirs).items():
        kinds = changes(_group(here, one), _group(there, other))
        same += 0 if kinds else len(names)
        for path, own, others, count in _folded(names, ours, theirs) if kinds else ():
            mine, yours = _side(here, one, own), _side(there, other, others)
            differences += (Difference(path, kind, mine, yours, count) for kind in kinds)
    return Comparison(
        differences=tuple(differences),
        same=same,
        parameters_delta=there.total - here.total,
        bytes_delta=there.stored_bytes - here.stored_bytes,
    )


def paired(ours: Names, theirs: Names) -> dict[tuple[int, int], list[str]]:
    """The common names by the groups they stand in, here and there; -1 where there is none."""
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, (place, _) in ours.items():
        pairs[place, theirs[name][0] if name in theirs else -1].append(name)
    for name, (place, _) in theirs.items():
        if name not in ours:
            pairs[-1, place].append(name)
    return pairs


def changes(mine: TensorGroup | None, yours: TensorGroup | None) -> tuple[Change, ...]:
    """How the tensors of a group differ from those of the same name in another."""
    if mine is None or yours is None:
        return (Change.ONLY_HERE if mine else Change.ONLY_THERE,)
    kinds = []
    if mine.logical_shape != yours.logical_shape:
        kinds.append(Change.SHAPE)
    if mine.dtype.name != yours.dtype.name:
        kinds.append(Change.DTYPE)
    return tuple(kinds)


def _group(summary: ParameterSummary, place: int) -> TensorGroup | None:
    return summary.groups[place] if place >= 0 else None


def _side(summary: ParameterSummary, place: int, path: str) -> Side | None:
    if place < 0:
        return None
    group = summary.groups[place]
    return Side(path, group.dtype.name, group.logical_shape)


def _folded(
    names: Sequence[str], ours: Names, theirs: Names
) -> Iterator[tuple[str, str, str, int]]:
    """Tensors that differ in one way: their common path, here, there; how many they are."""
    first = names[0]
    known = [first, *(side[first][1] if first in side else "" for side in (ours, theirs))]
    for numbers, count in _products(list(map(_numbers, names))):
        path, here, there = (_spelled(name, numbers) for name in known)
        yield path, here, there, count


Numbers = tuple[str, ...]


def _numbers(name: str) -> Numbers:
    """The numbers of a name, as it spells them."""
    return tuple(part for part in name.split(".") if part.isascii() and part.isdigit())


def _products(found: list[Numbers]) -> Iterator[tuple[Numbers, int]]:
    """The same tuples as few products of sets, each set as one spelled range; and their sizes."""
    if not found[0]:
        yield (), len(found)
        return
    rests: dict[str, list[Numbers]] = defaultdict(list)
    for first, *rest in found:
        rests[first].append(tuple(rest))
    alike: dict[frozenset[Numbers], list[str]] = defaultdict(list)
    for first, rest_of in rests.items():
        alike[frozenset(rest_of)].append(first)
    for members, firsts in alike.items():
        for spelled, size in _spans(firsts):
            for rest_spelled, count in _products(sorted(members)):
                yield (spelled, *rest_spelled), size * count


def _spans(texts: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Numbers as one range; what is written in another way (`007`) by itself."""
    plain = sorted(value for text in texts if (value := number(text)) is not None)
    if plain:
        yield exact(plain), len(plain)
    yield from ((text, 1) for text in texts if number(text) is None)


def _spelled(name: str, numbers: Numbers) -> str:
    """The name with other numbers."""
    left = iter(numbers)
    parts = (next(left) if part.isascii() and part.isdigit() else part for part in name.split("."))
    return ".".join(parts)
