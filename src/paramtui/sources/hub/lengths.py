"""How long a header is before it is read: what the tensors of its file leave of the file's size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import prod

from paramtui.checkpoint.column_tensors import layouts_of, names_of
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.formats.safetensors import HEADER_LIMIT, LENGTH_BYTES, Index
from paramtui.checkpoint.pattern import patterns_of
from paramtui.checkpoint.tensor import TensorInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENTRY = len('"":{"dtype":"F4","shape":[],"data_offsets":[0,0]}')
"""Bytes that a tensor without a name takes in a header at the very least."""
ROOM = 4
"""Times that least that a header may take where it is believed unseen."""
LONGEST_SINGLE = 128_000
"""Bytes of a header that is believed unseen on the Hub's word for a whole file."""


class Lengths:
    """Lengths of the headers of a set of files; None is what nobody can know yet.

    An index says which tensors a file holds. Tensors of one pattern are mostly alike, so what a
    configuration describes or a few headers hold tells the bytes of all: what they do not take of
    a file is its header.
    """

    def __init__(
        self, files: Mapping[str, Counter[str]] | None = None, single: int | None = None
    ) -> None:
        self.files = files or {}
        """How many tensors of each pattern a file holds."""
        self.single = single
        """The length of the only file's header, where the Hub's own count tells it."""
        self._bytes: dict[str, int | None] = {}
        """Bytes of one tensor of a pattern; None where they differ."""

    @classmethod
    def by_index(cls, index: Index, folder: str) -> Lengths:
        """Lengths by what an index says."""
        files: dict[str, Counter[str]] = defaultdict(Counter)
        for file, patterns in index.patterns():
            files[folder + file].update(patterns)
        return cls(files)

    def learn(self, tensors: Iterable[TensorInfo]) -> None:
        """What a header that was read tells of the others."""
        for pattern, (dtype, shape, *_) in _by_pattern(tensors):
            held = dtype.nbytes(prod(shape))
            if self._bytes.setdefault(pattern, held) != held:
                self._bytes[pattern] = None

    def foresee(
        self, described: Iterable[TensorInfo], parameters: Mapping[str, int] | None
    ) -> bool:
        """Learn what a configuration describes, if it explains all that the Hub has counted.

        The Hub counts the elements of each type in the files themselves, so that a description
        which comes to the same for the names of the index is not one of another model.
        """
        kinds: dict[str, tuple[str, int]] = {}
        described = tuple(described)
        for pattern, (dtype, shape, *_) in _by_pattern(described):
            kind = dtype.name, prod(shape)
            if kinds.setdefault(pattern, kind) != kind:
                return False
        counted: Counter[str] = Counter()
        for counts in self.files.values():
            for pattern, count in counts.items():
                if pattern not in kinds:
                    return False
                name, elements = kinds[pattern]
                counted[name] += elements * count
        if not counted or counted != parameters:
            return False
        self.learn(described)
        return True

    def order(self, files: Iterable[str]) -> list[str]:
        """Files in the order to read them: what tells of others, what is known, all others."""
        known = set(self._bytes)
        telling: list[str] = []
        others: list[str] = []
        for file in files:
            new = self.files.get(file, {}).keys() - known
            (telling if new else others).append(file)
            known |= new
        others.sort(key=lambda file: not self.files.get(file, {}).keys() <= self._bytes.keys())
        return telling + others

    def of(self, file: str, size: int | None) -> int | None:
        """The length of a file's header, in bytes."""
        counts = self.files.get(file)
        if size is None or not counts:
            return self.single
        data = 0
        for pattern, count in counts.items():
            held = self._bytes.get(pattern)
            if held is None:
                return None
            data += held * count
        least = sum((ENTRY + len(pattern)) * count for pattern, count in counts.items())
        return _plausible(size - LENGTH_BYTES - data, least, ROOM * least)


def length_of_single(size: int | None, parameters: Mapping[str, int] | None) -> int | None:
    """The header's length of the one file that holds so many elements of each type, in bytes."""
    if size is None or not parameters:
        return None
    types = [(SAFETENSORS_DTYPES.get(name), count) for name, count in parameters.items()]
    data = sum(dtype.nbytes(count) for dtype, count in types if dtype)
    known = all(dtype for dtype, _ in types)
    return _plausible(size - LENGTH_BYTES - data, ENTRY, LONGEST_SINGLE) if known else None


def _by_pattern(tensors: Iterable[TensorInfo]) -> Iterable[tuple[str, tuple[Any, ...]]]:
    """Each pattern with each type and shape that a tensor of it has."""
    patterns = patterns_of(names_of(tensors))
    return dict.fromkeys(zip(patterns, layouts_of(tensors), strict=True))


def _plausible(length: int, least: int, most: int) -> int | None:
    return length if least <= length <= min(most, HEADER_LIMIT) else None
