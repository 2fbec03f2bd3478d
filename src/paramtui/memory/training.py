"""Training: weights, what is trained, its gradients and states, and the worst moment of a step."""

from math import ceil
from typing import NamedTuple

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.activations import (
    activations,
    computes_in_fp32,
    logits,
    saved_by_layers,
)
from paramtui.memory.dimensions import dimensions
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.layer_formula import layer_formula
from paramtui.memory.lora_targets import find_targets
from paramtui.memory.optimizer import optimizer, trained_sizes
from paramtui.memory.precision import adapter_precision_named
from paramtui.memory.scenario import Mode, Scenario, TrainingPrecision

MEASURED, DERIVED, BORROWED = 0.05, 0.10, 0.30
"""Bands of the peak: a measured family, one read from its source, one that uses Llama's formula.
A mixture of experts has the last too: an eager loop over experts needed 19 to 25 % more."""


class Moment(NamedTuple):
    """One moment of a training step, and what lives then beside weights, adapter and states."""

    name: str
    holds: str
    bytes: int


class Training(NamedTuple):
    """The components of training after the weights, and the worst moment."""

    components: tuple[Component, ...]
    held: int
    """Bytes of adapter and optimizer, there all the time."""
    worst: Moment
    band: float
    not_modelled: tuple[str, ...]


def training(summary: ParameterSummary, scenario: Scenario) -> Training:
    """What training needs beside the weights; raises ScenarioError for unknown targets."""
    trained = trained_sizes(summary, scenario).parameters
    adapter = _adapter(trained, scenario) if scenario.mode is not Mode.FULL else None
    gradients = _gradients(trained, scenario)
    states = optimizer(summary, scenario)
    saved, scores = activations(summary, scenario), logits(summary, scenario)
    parts = (adapter, gradients, states, saved, scores)
    moments = _moments(summary, scenario, gradients.bytes, saved.bytes, _bytes(scores))
    return Training(
        components=tuple(part for part in parts if part is not None),
        held=_bytes(adapter) + _bytes(states),
        worst=max(moments, key=lambda moment: moment.bytes),
        band=_band(summary),
        not_modelled=_not_modelled(summary),
    )


def weights_precision(scenario: Scenario) -> str:
    """What the weights are held in: of a full fine-tune, the training precision itself."""
    if scenario.mode is not Mode.FULL:
        return scenario.weights_precision
    return "fp32" if scenario.training_precision is TrainingPrecision.FP32 else "bf16"


def _adapter(trained: int, scenario: Scenario) -> Component:
    size = adapter_precision_named(scenario.adapter_precision).bytes
    return Component(
        name="adapter",
        terms=(
            Term.of(
                "matrices A and B",
                "bytes_per_parameter × trainable",
                bytes_per_parameter=size,
                trainable=trained,
            ),
        ),
        basis=Basis.EXACT,
        source="PEFT 0.21: autocast_adapter_dtype makes adapters fp32",
        convention="The adapter's weights on the GPU; its file is the adapter's own size.",
    )


def _gradients(trained: int, scenario: Scenario) -> Component:
    full = scenario.mode is Mode.FULL
    size = adapter_precision_named(scenario.adapter_precision).bytes
    if full:
        size = 4 if computes_in_fp32(scenario) else 2
    return Component(
        name="gradients",
        terms=(
            Term.of(
                "one for each trained parameter",
                "bytes_per_parameter × trainable",
                bytes_per_parameter=size,
                trainable=trained,
            ),
        ),
        basis=Basis.EXACT,
        source="torch autograd: a gradient has its parameter's type",
        convention="Freed between steps; they grow while activations shrink, so they are not "
        "always part of the worst moment.",
    )


def _moments(
    summary: ParameterSummary, scenario: Scenario, gradients: int, saved: int, scores: int
) -> tuple[Moment, ...]:
    """The four moments one of which is the worst (measured: torch 2.13, by live storages)."""
    sizes, tokens = dimensions(summary), scenario.tokens
    full, size = scenario.mode is Mode.FULL, 4 if computes_in_fp32(scenario) else 2
    head, embedding, layer = _gradient_parts(summary, gradients) if full else (0, 0, 0)
    tied = full and head == 0 and sizes.vocabulary > 0
    work = _one_layer(summary, scenario) + _dequantised(summary, scenario)
    late = gradients - layer - (0 if tied else embedding)
    end = gradients + (size * sizes.hidden * tokens if full else 0)
    end += 2 * size * sizes.vocabulary * sizes.hidden if tied else 0
    return (
        Moment("at the start of the backward pass", "activations + logits", saved + scores),
        Moment(
            "in the backward pass of the last layer",
            "activations + one layer at work",
            saved + work + head,
        ),
        Moment(
            "in the backward pass of the first layer",
            "gradients of the layers after it + one layer at work",
            late + work,
        ),
        Moment("at the end of the backward pass", "gradients + those of the embedding", end),
    )


def _one_layer(summary: ParameterSummary, scenario: Scenario) -> int:
    """What the backward pass of one layer holds: what it recomputes, and gradients that flow."""
    sizes = dimensions(summary)
    scale = 2 if computes_in_fp32(scenario) else 1
    widest = max(
        (shape.intermediate + shape.chosen * shape.expert_width for shape, _ in sizes.shapes),
        default=0,
    )
    flowing = scale * (6 * widest + 2 * sizes.hidden) * scenario.tokens
    if not scenario.gradient_checkpointing or not sizes.layers:
        return flowing
    terms = saved_by_layers(summary, scenario)
    return flowing + ceil(sum(term.value for term in terms) / sizes.layers)


def _dequantised(summary: ParameterSummary, scenario: Scenario) -> int:
    """QLoRA multiplies by a 16-bit copy of one weight at a time: that of the largest."""
    if scenario.mode is not Mode.QLORA:
        return 0
    targets = find_targets(summary, "all-linear")
    return max(2 * target.inputs * target.outputs for target in targets)


def _gradient_parts(summary: ParameterSummary, gradients: int) -> tuple[int, int, int]:
    """Gradients of the head, of the embedding and of one layer."""
    if not summary.total:
        return 0, 0, 0
    share = gradients / summary.total
    head = summary.by_category.get(Category.HEAD, 0)
    embedding = summary.by_category.get(Category.EMBEDDING, 0)
    layers = dimensions(summary).layers or 1
    layer = (summary.total - head - embedding) / layers
    return ceil(share * head), ceil(share * embedding), ceil(share * layer)


def _band(summary: ParameterSummary) -> float:
    formula = layer_formula(summary.config)
    experts = any(shape.experts for shape, _ in dimensions(summary).shapes)
    if formula is None or experts:
        return BORROWED
    return MEASURED if formula.measured else DERIVED


def _not_modelled(summary: ParameterSummary) -> tuple[str, ...]:
    left = []
    if layer_formula(summary.config) is None:
        left.append("activations of this family: the Llama family's formula stands in")
    for category, words in ABSENT.items():
        if summary.by_category.get(category):
            left.append(f"activations of {words}")
    return tuple(left)


ABSENT = {
    Category.VISION: "the vision tower: the batch is text",
    Category.AUDIO: "the audio tower: the batch is text",
    Category.SSM: "state-space layers, but for their norms and feed-forward networks",
    Category.LINEAR_ATTENTION: "linear attention, but for norms and feed-forward networks",
}
"""Parts whose activations no formula here counts."""


def _bytes(part: Component | None) -> int:
    return part.bytes if part else 0
