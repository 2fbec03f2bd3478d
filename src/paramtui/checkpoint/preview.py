"""Preview: what is known of a checkpoint while its files are being read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import prod

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.column_tensors import layouts_of, names_of
from paramtui.checkpoint.pattern import NUMBER, number
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.tree.numbering import label
from paramtui.checkpoint.tree.order import order
from paramtui.named_tuple import NamedTuple

MOST = 1_000
"""Layers and modules that are told of; an index of more has no shape that a few rows could show."""


class Branch(NamedTuple):
    """A module all of whose tensors are there, or layers that hold as much as one row."""

    name: str
    """`model.norm`, `model.layers.3 … 60`."""
    copies: int
    tensors: int
    """Of all copies."""
    nbytes: int
    """Of all copies."""


class Preview(NamedTuple):
    """What a load knows before it has ended; each part may come alone."""

    public: Checkpoint | None = None
    """What the description says: totals, without a tensor."""
    branches: tuple[Branch, ...] = ()
    """What is there of the tree, in its order."""

    def followed_by(self, newer: "Preview") -> "Preview":
        """What is known when more is told."""
        return Preview(newer.public or self.public, newer.branches or self.branches)


class Arriving:
    """Counts tensors as they come, of those that an index promises.

    A layer is told once all of it is there: files end in the midst of layers, and half of one
    would stand apart from its siblings as if it differed from them.
    """

    def __init__(self, names: Iterable[str]) -> None:
        promised = Counter(_places(names))
        self._promised = promised if len(promised) <= MOST else Counter()
        self._tensors: dict[str, int] = dict.fromkeys(self._promised, 0)
        self._bytes = dict(self._tensors)
        self._each: dict[tuple[object, ...], int] = {}
        """Bytes by layout."""

    def add(self, tensors: Sequence[TensorInfo]) -> None:
        """The tensors of one more file."""
        if not self._promised:
            return
        rows = zip(_places(names_of(tensors)), layouts_of(tensors), strict=True)
        for place, layout in rows:
            if place in self._tensors:
                nbytes = self._each.get(layout)
                if nbytes is None:
                    dtype, shape, *_ = layout
                    nbytes = self._each[layout] = dtype.nbytes(prod(shape))
                self._tensors[place] += 1
                self._bytes[place] += nbytes

    def branches(self) -> tuple[Branch, ...]:
        """What is all there, equal layers of a stack as one, as the data flows."""
        stacks: dict[tuple[str, bool, int, int], list[int]] = defaultdict(list)
        for place, count in self._tensors.items():
            if count == self._promised[place]:
                stem, _, last = place.rpartition(".")
                value = number(last)
                alone = value is None or not stem
                key = (place if alone else stem, alone, count, self._bytes[place])
                stacks[key].append(value or 0)
        found = [_branch(*key, sorted(numbers)) for key, numbers in stacks.items()]
        return tuple(branch for _, branch in sorted(found))


def _places(names: Iterable[str]) -> Iterator[str]:
    """The layer each tensor is in, up to the first number of its name, or else its module."""
    place, inside = "", ""
    for name in names:
        if not inside or not name.startswith(inside):  # mostly it is the layer of the one before
            found = NUMBER.search(name)
            place = name[: found.end()] if found else name.rpartition(".")[0] or name
            inside = f"{place}." if found else ""
        yield place


def _branch(
    stem: str, alone: bool, count: int, nbytes: int, numbers: list[int]
) -> tuple[list[tuple[int, int, str]], Branch]:
    """A row, behind what it is sorted by."""
    name = stem if alone else f"{stem}.{label(numbers)}"
    first = stem if alone else f"{stem}.{numbers[0]}"
    copies = len(numbers)
    return [order(part) for part in first.split(".")], Branch(
        name, copies, count * copies, nbytes * copies
    )
