"""Bytes of the weights at a precision, tensor for tensor as the software lays them out."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import floor

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup
from paramtui.memory.conversion import converted
from paramtui.memory.figure import Basis, Component, Term, evaluate
from paramtui.memory.gguf_mixture import mixture_by_group, mixture_terms
from paramtui.memory.linear import module_name
from paramtui.memory.precision import Converts, Precision, precision_named

NAMES_SHOWN = 4
"""Layer names that a term's label spells out."""


def weights(summary: ParameterSummary, precision: str) -> Component:
    """The component `weights`; raises ScenarioError for a precision that does not exist."""
    row = precision_named(precision)
    count, convention = _COUNTS[row.converts]
    return Component("weights", count(summary, row), Basis.EXACT, row.source, convention)


def weights_by_group(
    summary: ParameterSummary, precision: str
) -> Iterator[tuple[TensorGroup, Sequence[int], int]]:
    """The same bytes group by group, with the layers they stand in."""
    row = precision_named(precision)
    if row.converts is Converts.MATRICES:
        yield from mixture_by_group(summary, row.name)
        return
    for group in summary.groups:
        yield group, group.layers, floor(_group_bytes(group, row, summary.config))


def _group_bytes(group: TensorGroup, row: Precision, config: ModelConfig) -> int | Fraction:
    if row.converts is Converts.NOTHING:
        return group.nbytes
    if row.converts is Converts.PARAMETERS:
        return evaluate(row.formula, parameters=group.parameters)
    tensors = converted(group, row, config)
    rest = 2 * (group.parameters // group.count * (group.count - tensors))
    if not tensors:
        return rest
    one = evaluate(row.formula, outputs=group.out_features, inputs=group.in_features)
    return rest + one * tensors * group.matrices


def _stored(summary: ParameterSummary, _: Precision) -> tuple[Term, ...]:
    elements: dict[tuple[str, int, int], int] = defaultdict(int)
    for group in summary.groups:
        dtype = group.dtype
        elements[dtype.name, dtype.bits, dtype.block] += group.elements
    terms = []
    for (name, bits, block), count in elements.items():
        formula = "elements × bits ÷ 8" if block == 1 else "elements ÷ block × bits ÷ 8"
        values = {"elements": count, "bits": bits} | ({} if block == 1 else {"block": block})
        terms.append(Term.of(name, formula, **values))
    return tuple(terms)


def _parameters(summary: ParameterSummary, row: Precision) -> tuple[Term, ...]:
    total = sum(group.parameters for group in summary.groups)
    return (Term.of("all parameters", row.formula, parameters=total),)


def _linear_layers(summary: ParameterSummary, row: Precision) -> tuple[Term, ...]:
    counts: dict[tuple[int, int], int] = defaultdict(int)
    names: dict[tuple[int, int], list[str]] = defaultdict(list)
    rest = 0
    for group in summary.groups:
        tensors = converted(group, row, summary.config)
        rest += group.parameters // group.count * (group.count - tensors)
        if tensors:
            shape = group.out_features, group.in_features
            counts[shape] += tensors * group.matrices
            names[shape].append(module_name(group.pattern).rpartition(".")[2])
    formula = f"count × ({row.formula})"
    terms = [
        Term.of(_label(names[shape]), formula, count=count, outputs=shape[0], inputs=shape[1])
        for shape, count in counts.items()
    ]
    return (*terms, Term.of("the rest in 16 bits", "2 × parameters", parameters=rest))


def _label(names: list[str]) -> str:
    different = list(dict.fromkeys(names))
    more = ", …" if len(different) > NAMES_SHOWN else ""
    return ", ".join(different[:NAMES_SHOWN]) + more


def _mixture(summary: ParameterSummary, row: Precision) -> tuple[Term, ...]:
    return mixture_terms(summary, row.name)


_COUNTS: dict[Converts, tuple[Callable[[ParameterSummary, Precision], tuple[Term, ...]], str]] = {
    Converts.NOTHING: (
        _stored,
        "Every tensor of the files, scales, buffers and second copies of tied tensors included.",
    ),
    Converts.PARAMETERS: (
        _parameters,
        "Every parameter once, a tied tensor too; no scales and no buffers.",
    ),
    Converts.LINEAR: (
        _linear_layers,
        (
            "Linear layers as the library packs them, experts included; embeddings, output head, "
            "routers, norms, biases and convolutions in 16 bits; no buffers."
        ),
    ),
    Converts.MATRICES: (
        _mixture,
        (
            "Every matrix in the type llama.cpp's mixture gives it, towers in 16 bits (the mmproj "
            "file), the rest in 32 bits; no file header and no tokenizer."
        ),
    ),
}
