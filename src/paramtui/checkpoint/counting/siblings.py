"""What stands beside a tensor: its bias, its scales, the norms of its layer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from paramtui.checkpoint.category import Operator, categorise
from paramtui.checkpoint.column_tensors import first_of
from paramtui.checkpoint.counting.apart import Bucket
from paramtui.checkpoint.counting.features import leads_back


class Siblings:
    """The buckets of one checkpoint, to be asked by name."""

    def __init__(self, buckets: Iterable[Bucket]) -> None:
        self._buckets = tuple(buckets)
        self._by_pattern: dict[str, list[Bucket]] = defaultdict(list)
        for bucket in self._buckets:
            self._by_pattern[bucket.pattern].append(bucket)

    def __contains__(self, pattern: str) -> bool:
        return pattern in self._by_pattern

    def named(self, pattern: str) -> Sequence[Bucket]:
        """The buckets of a pattern: more than one where types or shapes differ."""
        return self._by_pattern.get(pattern, ())

    def beside(self, bucket: Bucket, of: str, suffix: str) -> Bucket | None:
        """The tensor whose name ends in `suffix` where the first of this bucket ends in `of`."""
        stem = bucket.pattern[: len(bucket.pattern) - len(of)]
        found = self._by_pattern.get(stem + suffix)
        if not found or len(found) == 1:
            return found[0] if found else None
        name = first_of(bucket.tensors).name
        name = name[: len(name) - len(of)] + suffix
        first = next((other for other in found if first_of(other.tensors).name == name), None)
        return first or self._by_name.get(name)

    @cached_property
    def _by_name(self) -> Mapping[str, Bucket]:
        return {tensor.name: bucket for bucket in self._buckets for tensor in bucket.tensors}

    def width(self, pattern: str) -> int | None:
        """Width of the residual stream where a tensor stands, from the norms of its layer."""
        while pattern:
            pattern = pattern.rpartition(".")[0]
            if pattern in self._widths:
                return self._widths[pattern]
        return None

    @cached_property
    def only_width(self) -> int | None:
        """Width of the residual stream where every layer has the same."""
        widths = set(self._widths.values())
        return widths.pop() if len(widths) == 1 else None

    def rows_before(self, bucket: Bucket) -> frozenset[int]:
        """Rows of the matrices beside one: whose outputs it may take in."""
        return self._rows.get(_block(bucket.pattern), frozenset())

    @cached_property
    def _rows(self) -> Mapping[str, frozenset[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for bucket in self._buckets:
            name = bucket.pattern.rpartition(".")[0].rpartition(".")[2]
            if len(bucket.shape) > 1 and not leads_back(name):
                found[_block(bucket.pattern)].add(bucket.shape[-2])
        return {block: frozenset(rows) for block, rows in found.items()}

    @cached_property
    def _widths(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for bucket in self._buckets:
            layer, *norm = bucket.pattern.rsplit(".", 2)
            if len(bucket.shape) != 1 or len(norm) != 2 or not layer.endswith("*"):
                continue
            if categorise(bucket.pattern, 1).operator is Operator.NORM:
                found.setdefault(layer, bucket.shape[0])
        return found


def _block(pattern: str) -> str:
    """The module that holds a tensor's own module."""
    return pattern.rpartition(".")[0].rpartition(".")[0]
