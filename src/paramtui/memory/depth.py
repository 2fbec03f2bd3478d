"""How far down a backward pass goes, where only some of a model is trained."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import PARAMETERS, ParameterSummary, TensorGroup
from paramtui.memory.dimensions import LayerShape, dimensions
from paramtui.memory.lora_targets import find_targets
from paramtui.memory.projections import decoder_groups
from paramtui.memory.scenario import Mode, Scenario


class Depth(NamedTuple):
    """The decoder layers a backward pass goes through, and what it trains beside them."""

    whole: tuple[LayerShape, ...]
    """Layers with parameters that are trained themselves."""
    passed: tuple[LayerShape, ...]
    """Layers of which at most adapters are trained: they only hand gradients on."""
    embedding: bool
    """Whether the embedding is trained: the pass then goes to the very beginning."""
    end: bool
    """Whether what stands after the layers is trained whole: the last norm, the head."""
    anything: bool
    """Whether there is a backward pass at all."""

    @property
    def layers(self) -> int:
        """How many layers it goes through."""
        return len(self.whole) + len(self.passed)


def depth(summary: ParameterSummary, scenario: Scenario) -> Depth:
    """The depth of a scenario; raises ScenarioError for LoRA targets that name nothing."""
    full = scenario.mode is Mode.FULL
    # With an adapter, PEFT makes the embedding's output require gradients if layers are run again.
    every = not full and scenario.gradient_checkpointing
    return _depth(summary, None if full else scenario.lora_targets, every)


@lru_cache(maxsize=64)
def _depth(summary: ParameterSummary, targets: str | None, every: bool) -> Depth:
    shapes, passing = dimensions(summary).numbered, decoder_groups(summary.groups)
    own, outside = _trained(passing, full=targets is None)
    if targets is None:
        # A layer without tensors of its own runs another's.
        own |= shapes.keys() - {layer for group in passing for layer in group.layers}
        if all(group.trained is not False for group in summary.groups):
            outside = {Category.EMBEDDING, Category.HEAD}
    found = find_targets(summary, targets) if targets is not None else ()
    patterns = {group.pattern for group in passing}
    inside = (target.group for target in found if target.group.pattern in patterns)
    reached = shapes.keys() & own.union(*(group.layers for group in inside))
    embedding = Category.EMBEDDING in outside or any(target.embedding for target in found)
    anything = bool(found or own or outside)
    through = embedding or (every and anything)
    lowest = min(shapes if through else reached, default=0)
    layers = [layer for layer in shapes if layer >= lowest] if through or reached else []
    return Depth(
        whole=tuple(shapes[layer] for layer in layers if layer in own),
        passed=tuple(shapes[layer] for layer in layers if layer not in own),
        embedding=embedding,
        end=bool(outside - {Category.EMBEDDING}),
        anything=anything,
    )


def _trained(groups: Iterable[TensorGroup], *, full: bool) -> tuple[set[int], set[Category]]:
    """The layers that have parameters trained whole, and the categories of those in no layer."""
    layers: set[int] = set()
    outside: set[Category] = set()
    for group in groups:
        if group.kind in PARAMETERS and (group.trained or (full and group.trained is None)):
            layers.update(group.layers)
            outside.update({group.category} if -1 in group.layers else ())
    return layers - {-1}, outside
