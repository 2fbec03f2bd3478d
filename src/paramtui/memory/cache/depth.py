"""How far down a backward pass goes, where only some of a model is trained."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import PARAMETERS, ParameterSummary, TensorGroup
from paramtui.memory.cache.projections import decoder_groups
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.dimensions import LayerShape, dimensions
from paramtui.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.memory.adapter.lora_targets import Target


class Layer(NamedTuple):
    """A decoder layer that a backward pass goes through."""

    shape: LayerShape
    mixer: bool
    """Whether its norms or its attention are trained whole; else they only hand gradients on."""
    feed_forward: bool
    """The same of its feed-forward network."""


class Depth(NamedTuple):
    """What a backward pass goes through, and what it trains whole outside the layers."""

    layers: tuple[Layer, ...]
    embedding: bool
    """The embedding: the pass then goes to the very beginning."""
    norm: bool
    """The last norm."""
    head: bool
    """The output head."""
    anything: bool
    """Whether there is a backward pass at all."""


def depth(summary: ParameterSummary, scenario: Scenario) -> Depth:
    """The depth of a scenario; raises ScenarioError for LoRA targets that name nothing."""
    targets = None if scenario.mode is Mode.FULL else scenario.lora_targets
    return _depth(summary, targets, scenario.gradient_checkpointing)


@lru_cache(maxsize=64)
def _depth(summary: ParameterSummary, targets: str | None, checkpointing: bool) -> Depth:
    passing = decoder_groups(summary.groups)
    own = _trained(summary, passing, full=targets is None)
    found: tuple[Target, ...] = ()
    if targets is not None:
        from paramtui.memory.adapter.lora_targets import find_targets

        found = tuple(find_targets(summary, targets))
    patterns = {group.pattern for group in passing}
    inside = (target.group for target in found if target.group.pattern in patterns)
    shapes = dimensions(summary).numbered
    reached = shapes.keys() & (own.mixers | own.feed_forward).union(*(g.numbered for g in inside))
    embedding = Category.EMBEDDING in own.outside or any(target.embedding for target in found)
    anything = bool(found or reached or own.outside)
    # Where layers are run again, transformers 5 makes the embedding's output require gradients
    # (gradient_checkpointing_enable calls enable_input_require_grads).
    through = embedding or (checkpointing and anything)
    lowest = min(shapes if through else reached, default=0)
    tied = not summary.by_category.get(Category.HEAD)
    return Depth(
        layers=tuple(
            Layer(shape, number in own.mixers, number in own.feed_forward)
            for number, shape in shapes.items()
            if (through or reached) and number >= lowest
        ),
        embedding=embedding,
        norm=Category.NORM in own.outside,
        head=(Category.EMBEDDING if tied else Category.HEAD) in own.outside,
        anything=anything,
    )


class _Trained(NamedTuple):
    """What is trained whole: parts of numbered layers, and what stands in none."""

    mixers: frozenset[int]
    feed_forward: frozenset[int]
    outside: frozenset[Category]


def _trained(summary: ParameterSummary, groups: Iterable[TensorGroup], *, full: bool) -> _Trained:
    if full and all(group.trained is not False for group in summary.groups):
        every = frozenset(dimensions(summary).numbered)
        return _Trained(every, every, frozenset(Category))
    mixers: set[int] = set()
    feed_forward: set[int] = set()
    outside: set[Category] = set()
    for group in groups:
        if group.kind in PARAMETERS and (group.trained or (full and group.trained is None)):
            wide = group.category in FEED_FORWARD
            (feed_forward if wide else mixers).update(group.numbered)
            outside.update({group.category} if -1 in group.numbered else ())
    return _Trained(frozenset(mixers - {-1}), frozenset(feed_forward - {-1}), frozenset(outside))


FEED_FORWARD = (Category.MLP, Category.EXPERTS, Category.SHARED_EXPERTS, Category.ROUTER)
