"""What the forward pass of training saves for the backward pass."""

import re
from collections import Counter
from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.adapter_inputs import adapter_terms
from paramtui.memory.cache.depth import Layer, depth
from paramtui.memory.cache.generation import generates
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.scenario import Mode, Scenario, TrainingPrecision
from paramtui.memory.training.dimensions import Dimensions, dimensions
from paramtui.memory.training.encoder import cross_terms, encoder_checkpoints, encoder_terms
from paramtui.memory.training.layer_formula import LLAMA, LayerFormula, layer_formula
from paramtui.memory.training.workspace import prefill


def activations(summary: ParameterSummary, scenario: Scenario) -> Component:
    """Tensors kept until the backward pass, without the log-probabilities of `logits`.

    Where nothing is trained there is no such pass: what the forward pass needs at a time.
    """
    if not depth(summary, scenario).anything:
        return prefill(summary, scenario)
    terms = (
        _checkpoints(summary, scenario)
        if scenario.gradient_checkpointing
        else (*saved_by_layers(summary, scenario), *encoder_terms(summary, scenario))
    )
    own = layer_formula(summary.config)
    return Component(
        name="activations",
        terms=(*terms, *_ends(summary, scenario)),
        basis=Basis.FORMULA,
        source="list of what torch saves, equal to transformers 5.23 under torch 2.13"
        if own
        else "list of what torch saves in such a layer, not measured for this family",
        convention=_convention(own, scenario),
    )


def logits(summary: ParameterSummary, scenario: Scenario) -> Component | None:
    """The scores of the vocabulary at the start of the backward pass; None without a head."""
    vocabulary = dimensions(summary).vocabulary
    trains = depth(summary, scenario).anything
    if not vocabulary or not trains or not generates(summary.config):
        return None
    return Component(
        name="logits",
        terms=(
            Term.of(
                "log-probabilities and two gradients of that size, fp32",
                "12 × vocabulary × tokens",
                vocabulary=vocabulary,
                tokens=scenario.tokens,
            ),
        ),
        basis=Basis.FORMULA,
        source="cross-entropy of transformers 5.23 under torch 2.13, measured",
        convention="At the start of the backward pass, the widest moment of the loss; "
        "a fused cross-entropy (Liger, cut cross-entropy) has none of it.",
    )


def saved_by_layers(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """What the decoder layers save when nothing is recomputed."""
    sizes, reached = dimensions(summary), depth(summary, scenario)
    formula = layer_formula(summary.config) or LLAMA
    terms = [
        _layer_term(formula, layer, count, sizes, scenario)
        for layer, count in Counter(reached.layers).items()
    ]
    terms += cross_terms(summary, scenario)
    if scenario.mode is not Mode.FULL:
        terms += adapter_terms(summary, scenario)
    return tuple(terms)


def computes_in_fp32(scenario: Scenario) -> bool:
    """Whether the tensors that flow are fp32: training in fp32 without autocast."""
    return scenario.mode is Mode.FULL and scenario.training_precision is TrainingPrecision.FP32


def _checkpoints(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    sizes = dimensions(summary)
    term = Term.of(
        "the input of each layer",
        "tokens × layers × bytes_per_element × hidden",
        tokens=scenario.tokens,
        layers=len(depth(summary, scenario).layers),
        bytes_per_element=4 if computes_in_fp32(scenario) else 2,
        hidden=sizes.hidden,
    )
    return term, *encoder_checkpoints(summary, scenario)


def _ends(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """What comes before the first layer and after the last one."""
    sizes, reached = dimensions(summary), depth(summary, scenario)
    words, last = _last_norm(summary, scenario)
    terms = [_term(words, f"tokens × ({last})", tokens=scenario.tokens, hidden=sizes.hidden)]
    # A model with a table of positions turns nothing.
    turns = not summary.by_category.get(Category.POSITION)
    if turns and reached.layers and not scenario.gradient_checkpointing:
        rotary = f"{8 if computes_in_fp32(scenario) else 4} × head_dim × context"
        terms.append(
            _term("rotary angles", rotary, head_dim=sizes.head_dim, context=scenario.context)
        )
    if summary.config.text.number("final_logit_softcapping"):
        capped = f"{4 if computes_in_fp32(scenario) else 2} × vocabulary × tokens"
        values = {"vocabulary": sizes.vocabulary, "tokens": scenario.tokens}
        terms.append(_term("capped logits", capped, **values))
    return tuple(terms)


def _last_norm(summary: ParameterSummary, scenario: Scenario) -> tuple[str, str]:
    """What a token takes of the last norm and as its id, less a first norm that saves nothing."""
    formula, reached = layer_formula(summary.config) or LLAMA, depth(summary, scenario)
    input_bytes = 4 if computes_in_fp32(scenario) else 2
    last = formula.final_frozen if reached.layers else ""
    if reached.norm:
        last = formula.final_single if computes_in_fp32(scenario) else formula.final
    elif reached.head:
        last = f"{last} + {input_bytes} × hidden".removeprefix(" + ")
    last, words = f"{last} + {16 if reached.embedding else 8}", "last norm, token ids"
    if reached.layers and not reached.embedding and not scenario.gradient_checkpointing:
        last += f" − ({formula.skipped})"
        words += ", less the first norm, whose input is not trained"
    return words, last.removeprefix(" + ")


def _layer_term(
    formula: LayerFormula, layer: Layer, count: int, sizes: Dimensions, scenario: Scenario
) -> Term:
    """What equal layers save."""
    shape, single = layer.shape, computes_in_fp32(scenario)
    mixer = formula.full if layer.mixer else formula.frozen
    gate, scale = formula.gates[0 if layer.feed_forward else 1], 1
    if single:
        mixer, gate, scale = formula.single, formula.gates[2], 2
    parts = [mixer]
    if shape.intermediate:
        parts.append(f"{gate} × intermediate")
    if shape.experts:
        rows = f"chosen × ({gate} × expert_width + {6 * scale} × hidden)"
        parts.append(f"{rows} + {6 * scale} × experts")
    if shape.shared_gate:
        parts.append(f"{2 * scale} × hidden + {2 * scale}")
    return _term(
        f"{count} layers",
        f"tokens × layers × ({' + '.join(parts)})",
        tokens=scenario.tokens,
        layers=count,
        hidden=sizes.hidden,
        head_dim=sizes.head_dim,
        kv_heads=shape.kv_width // sizes.head_dim if sizes.head_dim else 0,
        **shape._asdict(),
    )


def _convention(own: LayerFormula | None, scenario: Scenario) -> str:
    family = (
        f"the {own.family} family's formula"
        if own
        else "the Llama family's formula, for want of its own"
    )
    what = "inputs of layers that are run again" if scenario.gradient_checkpointing else family
    kind = "fp32" if computes_in_fp32(scenario) else "16-bit"
    return f"{what}; {kind} computation, flash attention, text only, no KV cache in training."


def _term(label: str, formula: str, **values: float) -> Term:
    """A term with those of `values` that its formula names."""
    return Term.of(label, formula, **{name: values[name] for name in _names(formula)})


@lru_cache(maxsize=256)
def _names(formula: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"[a-z][a-z_0-9]*", formula)))
