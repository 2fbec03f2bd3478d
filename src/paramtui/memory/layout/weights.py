"""Bytes of the weights at a precision, tensor for tensor as the software lays them out."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import floor

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup
from paramtui.memory.figure import Basis, Component, Term, evaluate
from paramtui.memory.layout.conversion import converted
from paramtui.memory.layout.linear import module_name
from paramtui.memory.precision import Converts, Precision, precision_named
from paramtui.record import replace

NAMES_SHOWN = 4
"""Layer names that a term's label spells out."""


def weights(summary: ParameterSummary, precision: str) -> Component:
    """The component `weights`; raises ScenarioError for a precision that does not exist.

    Branches with a precision of their own have that one, laid out as its software lays them out.
    """
    rows = _by_precision(summary, precision)
    terms: list[Term] = []
    for row, groups in rows.items():
        found = _COUNTS[row.converts][0](groups, row, summary)
        terms += found if len(rows) == 1 else (_labelled(term, row) for term in found)
    convention = [_COUNTS[row.converts][1] for row in rows]
    convention += (
        f"{row.name} converts nothing of what it was set on: all of that is in 16 bits."
        for row, groups in rows.items()
        if len(rows) > 1 and row.converts is Converts.LINEAR
        if not any(converted(group, row, summary.config) for group in groups)
    )
    return Component(
        "weights",
        tuple(terms),
        Basis.EXACT,
        "; ".join(dict.fromkeys(row.source for row in rows)),
        " ".join(dict.fromkeys(convention)),
    )


def weights_by_group(
    summary: ParameterSummary, precision: str
) -> Iterator[tuple[TensorGroup, Sequence[int], int]]:
    """The same bytes group by group, with the layers they stand in."""
    for row, groups in _by_precision(summary, precision).items():
        if row.converts is Converts.MATRICES:
            from paramtui.memory.layout.gguf_mixture import mixture_by_group

            yield from mixture_by_group(groups, row.name, summary)
        else:
            for group in groups:
                yield group, group.layers, floor(_group_bytes(group, row, summary.config))


def _by_precision(
    summary: ParameterSummary, precision: str
) -> dict[Precision, Sequence[TensorGroup]]:
    """The groups of each precision, the usual one first."""
    usual = precision_named(precision)
    found: dict[Precision, list[TensorGroup]] = {usual: []}
    for group in summary.groups:
        row = precision_named(group.precision) if group.precision else usual
        found.setdefault(row, []).append(group)
    return {row: groups for row, groups in found.items() if groups} or {usual: ()}


def _labelled(term: Term, row: Precision) -> Term:
    return replace(term, label=f"{term.label}, {row.name}")


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


Groups = Sequence[TensorGroup]


def _stored(groups: Groups, _: Precision, __: ParameterSummary) -> tuple[Term, ...]:
    elements: dict[tuple[str, int, int], int] = defaultdict(int)
    for group in groups:
        dtype = group.dtype
        elements[dtype.name, dtype.bits, dtype.block] += group.elements
    terms = []
    for (name, bits, block), count in elements.items():
        formula = "elements × bits ÷ 8" if block == 1 else "elements ÷ block × bits ÷ 8"
        values = {"elements": count, "bits": bits} | ({} if block == 1 else {"block": block})
        terms.append(Term.of(name, formula, **values))
    return tuple(terms)


def _parameters(groups: Groups, row: Precision, _: ParameterSummary) -> tuple[Term, ...]:
    total = sum(group.parameters for group in groups)
    return (Term.of("all parameters", row.formula, parameters=total),)


def _linear_layers(groups: Groups, row: Precision, summary: ParameterSummary) -> tuple[Term, ...]:
    counts: dict[tuple[int, int], int] = defaultdict(int)
    names: dict[tuple[int, int], list[str]] = defaultdict(list)
    rest = 0
    for group in groups:
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


def _mixture(groups: Groups, row: Precision, summary: ParameterSummary) -> tuple[Term, ...]:
    # Not before: most precisions are no mixture of several.
    from paramtui.memory.layout.gguf_mixture import mixture_terms

    return mixture_terms(groups, row.name, summary)


Count = Callable[[Groups, Precision, ParameterSummary], tuple[Term, ...]]

_COUNTS: dict[Converts, tuple[Count, str]] = {
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
