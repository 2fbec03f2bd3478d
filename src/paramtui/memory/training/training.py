"""Training: weights, what is trained, its gradients and states, and the worst moment of a step."""

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.lora_targets import adaptable
from paramtui.memory.cache.depth import depth
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.precision import adapter_precision_named
from paramtui.memory.result import ONE_LAYER
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.activations import (
    activations,
    computes_in_fp32,
    logits,
    saved_by_layers,
)
from paramtui.memory.training.dimensions import dimensions
from paramtui.memory.training.encoder import encoder_layers, encoder_left_out, encoder_terms
from paramtui.memory.training.layer_formula import LLAMA, layer_formula
from paramtui.memory.training.moment import Moment, whole
from paramtui.memory.training.optimizer import (
    SAVED_BYTES,
    of_saved,
    optimizer,
    saved_sizes,
    trained_sizes,
)
from paramtui.memory.training.trainable import precision_notes
from paramtui.named_tuple import NamedTuple

MEASURED, BORROWED = 0.05, 0.30
"""Bands of the peak: a measured family, and one that uses Llama's formula.
A mixture of experts has the last too: an eager loop over experts needed 19 to 25 % more."""


class Training(NamedTuple):
    """The components of training after the weights, and the worst moment."""

    components: tuple[Component, ...]
    worst: Moment
    moments: tuple[Moment, ...]
    """All of them, the worst among them."""
    band: float
    not_modelled: tuple[str, ...]


def training(summary: ParameterSummary, scenario: Scenario) -> Training:
    """What training needs beside the weights; raises ScenarioError for unknown targets."""
    trained = trained_sizes(summary, scenario).parameters
    saved_whole = saved_sizes(summary, scenario).parameters
    adapter = _adapter(trained, saved_whole, scenario) if scenario.mode is not Mode.FULL else None
    gradients = _gradients(trained, saved_whole, scenario)
    states = optimizer(summary, scenario)
    saved, scores = activations(summary, scenario), logits(summary, scenario)
    parts = (adapter, gradients, states, saved, scores)
    moments = _moments(summary, scenario, gradients, saved, scores)
    return Training(
        components=tuple(part for part in parts if part is not None),
        worst=max(moments, key=lambda moment: moment.bytes),
        moments=moments,
        band=_band(summary),
        not_modelled=_not_modelled(summary, scenario),
    )


def _adapter(trained: int, whole: int, scenario: Scenario) -> Component:
    size = adapter_precision_named(scenario.adapter_precision).bytes
    return Component(
        name="adapter",
        terms=_each("matrices A and B", trained, whole, size),
        basis=Basis.EXACT,
        source="PEFT 0.21: autocast_adapter_dtype makes adapters fp32",
        convention="The adapter's weights on the GPU; its file is the adapter's own size.",
    )


def _gradients(trained: int, whole: int, scenario: Scenario) -> Component:
    full = scenario.mode is Mode.FULL
    size = adapter_precision_named(scenario.adapter_precision).bytes
    if full:
        size = 4 if computes_in_fp32(scenario) else 2
    return Component(
        name="gradients",
        terms=_each("one for each trained parameter", trained, whole, size),
        basis=Basis.EXACT,
        source="torch autograd: a gradient has its parameter's type",
        convention="Freed between steps; they grow while activations shrink, so they are not "
        "always part of the worst moment.",
    )


def _each(label: str, trained: int, whole: int, size: float) -> tuple[Term, ...]:
    """Bytes of each trained parameter; of those trained whole beside an adapter 16 bits."""
    formula = "bytes_per_parameter × trainable"
    term = Term.of(label, formula, bytes_per_parameter=size, trainable=trained)
    if not whole:
        return (term,)
    beside = Term.of(label, formula, bytes_per_parameter=SAVED_BYTES, trainable=whole)
    return term, of_saved(beside)


def _moments(
    summary: ParameterSummary,
    scenario: Scenario,
    gradients: Component,
    saved: Component,
    scores: Component | None,
) -> tuple[Moment, ...]:
    """The four moments one of which is the worst (measured: torch 2.13, by live storages)."""
    work = (*_one_layer(summary, scenario), *_dequantised(summary, scenario))
    alive = tuple(whole(part) for part in (saved, scores) if part)
    first, last, end = _gradients_alive(summary, scenario, gradients)
    if not depth(summary, scenario).anything:
        return (Moment("during the forward pass", alive),)
    return (
        Moment("at the start of the backward pass", alive),
        Moment("in the backward pass of the last layer", (whole(saved), *work, *first)),
        Moment("in the backward pass of the first layer", (*last, *work)),
        Moment("at the end of the backward pass", (whole(gradients), *end)),
    )


def _one_layer(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """What the backward pass of one layer holds: what it recomputes, and gradients that flow."""
    sizes = dimensions(summary)
    widest = max(
        (shape.intermediate + shape.chosen * shape.expert_width for shape, _ in sizes.shapes),
        default=0,
    )
    formula = layer_formula(summary.config) or LLAMA
    single = computes_in_fp32(scenario)
    values = {"widest": widest, "hidden": sizes.hidden, "tokens": scenario.tokens}
    inside = f"({formula.flowing} × widest + hidden) × tokens"
    if not formula.gated and scenario.mode is Mode.FULL:
        inside = f"({inside} + widest × hidden)"
    flowing = Term.of(
        ONE_LAYER,
        f"bytes_per_element × {inside}",
        bytes_per_element=4 if single else 2,
        **values,
    )
    layers = len(depth(summary, scenario).layers)
    if not scenario.gradient_checkpointing or not layers:
        return (flowing,)
    saved = sum(term.value for term in saved_by_layers(summary, scenario)), layers
    encoder = sum(term.value for term in encoder_terms(summary, scenario))
    # Layers of one stack are as wide as each other; an encoder's may be the wider ones.
    if encoder * layers > saved[0] * (below := len(encoder_layers(summary))):
        saved = encoder, below
    again = Term.of(
        ONE_LAYER, "saved_by_all_layers ÷ layers", saved_by_all_layers=saved[0], layers=saved[1]
    )
    return flowing, again


GRADIENTS_HELD = ("gradients", "gradients of the head", "gradients of the layers after it")
"""Terms of the moments that are gradients of parameters, kept until the step."""


def _dequantised(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """QLoRA multiplies by a 16-bit copy of one weight at a time: that of the largest."""
    if scenario.mode is not Mode.QLORA:
        return ()
    layers = adaptable(summary, "all-linear")
    if not layers:
        return ()
    largest = max(layers, key=lambda layer: layer.inputs * layer.outputs)
    copy = Term.of(
        "16-bit copy of the largest weight",
        "2 × outputs × inputs",
        outputs=largest.outputs,
        inputs=largest.inputs,
    )
    return (copy,)


def _gradients_alive(
    summary: ParameterSummary, scenario: Scenario, gradients: Component
) -> tuple[tuple[Term, ...], tuple[Term, ...], tuple[Term, ...]]:
    """Gradients in the last layer's backward pass, in the first one's, and more at the end."""
    if scenario.mode is not Mode.FULL:
        return (), (whole(gradients),), ()
    sizes, size = dimensions(summary), 4 if computes_in_fp32(scenario) else 2
    tied = not summary.by_category.get(Category.HEAD) and sizes.vocabulary > 0
    head, embedding = _trained(summary, Category.HEAD), _trained(summary, Category.EMBEDDING)
    tied = tied and embedding > 0
    later = "all_others − all_others ÷ layers" + (" + head" if head else "")
    trained = gradients.bytes // size
    values = {
        "all_others": trained - head - embedding,
        "layers": len(depth(summary, scenario).layers) or 1,
    }
    values |= {"head": head} if head else {}
    if tied:
        # The head's part of the shared table's gradient comes first and stays.
        later += " + embedding"
        values["embedding"] = embedding
    output = _gradient(
        "the embedding's output",
        size,
        "hidden × tokens",
        hidden=sizes.hidden,
        tokens=scenario.tokens,
    )
    table = _gradient(
        "the shared table, twice more",
        size,
        "2 × vocabulary × hidden",
        vocabulary=sizes.vocabulary,
        hidden=sizes.hidden,
    )
    return (
        (_gradient("the head", size, "head", head=head),) if head else (),
        (_gradient("the layers after it", size, f"({later})", **values),),
        (output, table) if tied else (output,) if embedding else (),
    )


def _trained(summary: ParameterSummary, category: Category) -> int:
    return sum(
        group.parameters
        for group in summary.groups
        if group.category is category and group.trained is not False
    )


def _gradient(of: str, size: int, formula: str, **values: int) -> Term:
    return Term.of(
        f"gradients of {of}",
        f"bytes_per_parameter × {formula}",
        bytes_per_parameter=size,
        **values,
    )


def _band(summary: ParameterSummary) -> float:
    formula = layer_formula(summary.config)
    experts = any(shape.experts for shape, _ in dimensions(summary).shapes)
    if formula is None or experts:
        return BORROWED
    return MEASURED


def _not_modelled(summary: ParameterSummary, scenario: Scenario) -> tuple[str, ...]:
    if not depth(summary, scenario).anything:
        return ("nothing is trained: a step is a forward pass",)
    left = list(precision_notes(scenario))
    if layer_formula(summary.config) is None:
        left.append("activations of this family: the Llama family's formula stands in")
    for category, words in ABSENT.items():
        if summary.by_category.get(category):
            left.append(f"activations of {words}")
    return (*left, *encoder_left_out(summary, scenario))


ABSENT = {
    Category.VISION: "the vision tower: the batch is text",
    Category.AUDIO: "the audio tower: the batch is text",
    Category.SSM: "state-space layers, but for their norms and feed-forward networks",
    Category.LINEAR_ATTENTION: "linear attention, but for norms and feed-forward networks",
}
"""Parts whose activations no formula here counts."""
