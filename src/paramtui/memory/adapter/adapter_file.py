"""Size of adapter_model.safetensors to the byte: its tensors and the header PEFT writes."""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import prod

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record

LENGTH_BYTES = 8
ALIGNMENT = 8
"""A safetensors file: the header's length, the header padded by spaces, the data."""


DTYPES = ("F32", "BF16", "F16")
"""The types an adapter file holds, in the order safetensors writes them."""


class Entry(NamedTuple):
    """One tensor of the file; `of_rank` × rank is one of its dimensions."""

    name: str
    dtype: str
    """One of DTYPES."""
    of_rank: int
    """That dimension in ranks: 1, or the experts of a packed tensor; 0 when there is none."""
    fixed: tuple[int, ...]
    """The dimensions that do not depend on the rank."""


class FileLayout(Record):
    """Where the tensors of a file begin and end, as functions of the rank."""

    characters: int
    """Header characters that no rank changes."""
    ranks: Mapping[int, int]
    """How many dimensions are each multiple of the rank."""
    per_rank: Sequence[int]
    """Bytes before each tensor's end, for each unit of rank."""
    constant: Sequence[int]
    """Bytes before each tensor's end, whatever the rank."""

    def file_bytes(self, rank: int) -> int:
        """Bytes of the file at this rank, in a few dozen steps for any number of tensors."""
        dimensions = sum(count * len(str(times * rank)) for times, count in self.ranks.items())
        header = self.characters + dimensions + self._offset_digits(rank)
        return LENGTH_BYTES + -(-header // ALIGNMENT) * ALIGNMENT + self.data_bytes(rank)

    def data_bytes(self, rank: int) -> int:
        """Bytes of the tensors alone."""
        return self._end(rank, -1)

    def _end(self, rank: int, index: int) -> int:
        return self.per_rank[index] * rank + self.constant[index] if self.per_rank else 0

    def _offset_digits(self, rank: int) -> int:
        # Ends grow from tensor to tensor, so those with a digit more start at one index. Each end
        # is written twice, as the next tensor's beginning too, but the last; the first begins at 0.
        count, digits, power = len(self.per_rank), 0, 1
        last = self._end(rank, -1)
        while power <= last:
            above = bisect_left(range(count), power, key=lambda index: self._end(rank, index))
            digits += 2 * (count - above)
            power *= 10
        return digits - len(str(last)) + 1


def lay_out(entries: Iterable[Entry]) -> FileLayout:
    """The layout of these tensors, in the order safetensors writes them: by type, then name."""
    ordered = sorted(entries, key=_place)
    kinds = Counter((entry.dtype, entry.of_rank, entry.fixed) for entry in ordered)
    sizes = {kind: prod(kind[2]) * SAFETENSORS_DTYPES[kind[0]].bits // 8 for kind in kinds}
    opening = len('{"__metadata__":{"format":"pt"}' + "}")
    rest = sum(_characters_beside_name(*kind) * count for kind, count in kinds.items())
    nbytes = [(entry.of_rank, sizes[entry[1:]]) for entry in ordered]
    return FileLayout(
        characters=opening + rest + sum(len(_quoted(entry.name)) for entry in ordered),
        ranks=Counter(entry.of_rank for entry in ordered if entry.of_rank),
        per_rank=list(accumulate(times * size for times, size in nbytes)),
        constant=list(accumulate(0 if times else size for times, size in nbytes)),
    )


def _place(entry: Entry) -> tuple[int, str]:
    return DTYPES.index(entry.dtype), entry.name


def _quoted(name: str) -> bytes:
    if name.isascii() and name.isprintable() and '"' not in name and "\\" not in name:
        return f'"{name}"'.encode()
    return json.dumps(name, ensure_ascii=False).encode("utf-8", "replace")


def _characters_beside_name(dtype: str, of_rank: int, fixed: tuple[int, ...]) -> int:
    # The rank's own digits and those of the offsets are added when they are known.
    dimensions = ",".join([""] * bool(of_rank) + [str(size) for size in fixed])
    return len(f',:{{"dtype":"{dtype}","shape":[{dimensions}],"data_offsets":[,]}}')
