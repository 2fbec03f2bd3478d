"""Where the weights stand and how tensor-parallel ranks cut them, layer by layer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup
from paramtui.memory.cache.attention import cache_layout
from paramtui.memory.cache.projections import FUSED, KEY, LATENT, VALUE
from paramtui.memory.layout.weights import weights_by_group
from paramtui.memory.training.dimensions import dimensions
from paramtui.record import Record


class Cut(str, Enum):
    """How ranks share the bytes of a tensor."""

    EVENLY = "evenly"
    """By heads or by columns: each rank has its part."""
    KEYS = "keys"
    """By key and value heads: with fewer heads than ranks, each stands on several ranks."""
    VOCABULARY = "vocabulary"
    """By rows of the vocabulary: the embedding and the output head."""
    EXPERTS = "experts"
    """By columns as well, or whole experts to each rank."""
    WHOLE = "whole"
    """Every rank holds it."""


WHOLE_PROJECTIONS = LATENT | {"q_a_proj", "attn_q_a", "wq_a"}
"""Projections to a latent: one for all heads, so each rank has it (vLLM, ReplicatedLinear)."""
TOWERS = (Category.VISION, Category.AUDIO, Category.PROJECTOR)
CUT_BY_COLUMNS = (
    Category.ATTENTION,
    Category.LINEAR_ATTENTION,
    Category.SSM,
    Category.MLP,
    Category.SHARED_EXPERTS,
    Category.MTP,
)
OUTSIDE = (*TOWERS, Category.HEAD, Category.MTP)
"""What is in no layer of the decoder, whatever its number."""
FIRST = (*TOWERS, Category.EMBEDDING, Category.POSITION)
"""What stands before the layers; what is in no layer and not here stands after them."""


class Layout(Record):
    """Bytes of the weights at one precision, by place and by cut."""

    before: dict[Cut, int]
    """Of what stands before the layers: embeddings and towers."""
    after: dict[Cut, int]
    """Of what stands after them: the last norm, the head, a tied embedding once more."""
    tied: int
    """Of those after, the second copy of a tied embedding: only where the two stand apart."""
    sums: dict[Cut, Sequence[int]]
    """Of the layers before the n-th, n from 0 to their number."""
    layers: int
    largest: int
    """Of the largest layer, towers' included."""
    root: int
    """Of what is in no layer."""

    @property
    def total(self) -> int:
        """All of it."""
        ends = (*self.before.values(), *self.after.values(), -self.tied)
        return sum(ends) + sum(sums[-1] for sums in self.sums.values())

    def stage(self, start: int, stop: int) -> dict[Cut, int]:
        """Bytes of the layers from `start` to before `stop`, with what stands at the ends."""
        found = {cut: sums[stop] - sums[start] for cut, sums in self.sums.items()}
        ends = ([self.before] if start == 0 else []) + ([self.after] if stop == self.layers else [])
        for end in ends:
            for cut, nbytes in end.items():
                found[cut] = found.get(cut, 0) + nbytes
        if start == 0 and stop == self.layers and self.tied:
            found[Cut.VOCABULARY] -= self.tied
        return found


@lru_cache(maxsize=16)
def layout(summary: ParameterSummary, precision: str) -> Layout:
    """The layout of the weights at a precision; raises ScenarioError for one that is unknown."""
    places = {number: place for place, number in enumerate(dimensions(summary).numbered)}
    before: dict[Cut, int] = {}
    after: dict[Cut, int] = {}
    each = {cut: [0] * len(places) for cut in Cut}
    units: dict[tuple[bool, int], int] = {}
    embedding = head = 0
    for group, numbers, nbytes in weights_by_group(summary, precision):
        for number, part in _spread(numbers, nbytes):
            tower = group.category in TOWERS
            units[tower, number] = units.get((tower, number), 0) + part
            for cut, share in _cuts(group, part, summary):
                if number in places and group.category not in OUTSIDE:
                    each[cut][places[number]] += share
                else:
                    end = before if group.category in FIRST else after
                    end[cut] = end.get(cut, 0) + share
                if cut is Cut.VOCABULARY:
                    embedding += share if group.category is Category.EMBEDDING else 0
                    head += share if group.category is Category.HEAD else 0
    tied = 0 if head else embedding
    if tied:
        after[Cut.VOCABULARY] = after.get(Cut.VOCABULARY, 0) + tied
    root = sum(nbytes for (_, number), nbytes in units.items() if number < 0)
    return Layout(
        before=before,
        after=after,
        tied=tied,
        sums={cut: _sums(sizes) for cut, sizes in each.items() if any(sizes)},
        layers=len(places),
        largest=max((size for (_, number), size in units.items() if number >= 0), default=0),
        root=root,
    )


def _spread(numbers: Sequence[int], nbytes: int) -> Iterator[tuple[int, int]]:
    """The bytes of equal tensors, by their layer, without losing one to rounding."""
    done = 0
    for number, count in Counter(numbers).items():
        yield number, nbytes * (done + count) // len(numbers) - nbytes * done // len(numbers)
        done += count


def _cuts(group: TensorGroup, nbytes: int, summary: ParameterSummary) -> Iterator[tuple[Cut, int]]:
    if group.suffix in FUSED and group.category is Category.ATTENTION:
        heads, shared = summary.config.heads or 0, key_heads(summary)
        if heads > 0:
            keys = nbytes * 2 * shared // (heads + 2 * shared)
            yield Cut.KEYS, keys
            yield Cut.EVENLY, nbytes - keys
            return
    yield _cut(group), nbytes


def _cut(group: TensorGroup) -> Cut:
    """How ranks share a group; scales and biases go with their matrix."""
    category = group.category
    if category is Category.HEAD:
        return Cut.VOCABULARY
    if category is Category.EMBEDDING:
        return Cut.VOCABULARY if group.operator is Operator.EMBEDDING else Cut.WHOLE
    if category is Category.EXPERTS or (category is Category.MTP and group.experts):
        return Cut.EXPERTS
    if category not in CUT_BY_COLUMNS or len(group.shape) < 2:
        return Cut.WHOLE
    if group.suffix in WHOLE_PROJECTIONS or ".indexer." in group.pattern:
        return Cut.WHOLE
    return (
        Cut.KEYS if category is Category.ATTENTION and group.suffix in KEY | VALUE else Cut.EVENLY
    )


@lru_cache(maxsize=8)
def key_heads(summary: ParameterSummary) -> int:
    """Key and value heads of a layer, the fewest where layers differ; 1 where none is known."""
    kept = [part.heads for part in cache_layout(summary).attention if not part.latent]
    return max(min(kept, default=summary.config.heads or 1), 1)


def _sums(sizes: Sequence[int]) -> Sequence[int]:
    sums = [0]
    for size in sizes:
        sums.append(sums[-1] + size)
    return tuple(sums)
