"""What LoRA adapters save for the backward pass: inputs and outputs of their first matrices."""

from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.lora_targets import Target, find_targets
from paramtui.memory.cache.projections import OUTPUT
from paramtui.memory.figure import Term
from paramtui.memory.precision import adapter_precision_named
from paramtui.memory.scenario import Scenario
from paramtui.memory.training.dimensions import DOWN, dimensions
from paramtui.memory.training.layer_formula import layer_formula
from paramtui.named_tuple import NamedTuple

ELSEWHERE = (Category.VISION, Category.AUDIO, Category.PROJECTOR)
"""Parts that text does not pass."""


def adapter_terms(summary: ParameterSummary, scenario: Scenario) -> list[Term]:
    """Inputs and outputs of the adapters' first matrices.

    An fp32 adapter casts the layer's input to a copy of its own; a 16-bit one keeps the input
    itself, once for all the layers that share it, and none where the attention keeps it already.
    """
    size = int(adapter_precision_named(scenario.adapter_precision).bytes)
    terms = []
    for adapter in _adapter_inputs(summary, scenario.lora_targets):
        shared = adapter.shared and size == 2
        width = "rank" if shared else "(inputs + rank)"
        terms.append(
            Term.of(
                f"adapter of {adapter.module}",
                f"tokens × layers × bytes_per_element × {width}",
                tokens=scenario.tokens,
                layers=adapter.layers,
                bytes_per_element=size,
                rank=scenario.lora_rank,
                **({} if shared else {"inputs": adapter.inputs}),
            )
        )
    return terms


class AdapterInput(NamedTuple):
    """Adapters of one kind, on the layers that a token passes."""

    module: str
    layers: int
    inputs: int
    shared: bool
    """Whether something else keeps the layer's input already."""


@lru_cache(maxsize=32)
def _adapter_inputs(summary: ParameterSummary, targets: str) -> tuple[AdapterInput, ...]:
    """The adapters of `targets` that text passes; raises ScenarioError when there are none."""
    formula = layer_formula(summary.config)
    above = 2 if formula and formula.one_input else 1
    chosen = max((shape.chosen for shape, _ in dimensions(summary).shapes), default=0)
    found = []
    kept: set[tuple[str, int]] = set()
    for target in find_targets(summary, targets):
        if target.group.category in ELSEWHERE or target.embedding:
            continue
        output = _is_attention_output(target) or (
            formula is not None and formula.keeps_result and target.module in DOWN
        )
        key = (target.group.module.rsplit(".", above)[0], target.inputs)
        shared = output or key in kept
        kept.update(() if output else (key,))
        layers = target.count
        if target.group.category is Category.EXPERTS:
            layers = len(set(target.group.layers)) * max(chosen, 1)
        found.append(AdapterInput(target.module, layers, target.inputs, shared))
    return tuple(found)


def _is_attention_output(target: Target) -> bool:
    return target.group.category is Category.ATTENTION and target.group.suffix in OUTPUT
