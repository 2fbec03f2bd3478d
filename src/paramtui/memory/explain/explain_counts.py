"""The counts of a checkpoint, explained: which tensors they are the sum of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import prod

from paramtui.checkpoint.category import Operator
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.summary import ParameterSummary, TensorGroup, visited_experts
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.explain.explanation import Explanation, ratio, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.layout.linear import PARAMETER_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.checkpoint.module import Module

SOURCE = "names, shapes and types of the tensors"
LEARNED = "Weights and biases; no scales, no buffers, a tied tensor once."
NAMES_SHOWN = 3


def explain_counts(summary: ParameterSummary) -> Iterator[Explanation]:
    """Every count of the summary, the total first."""
    groups = [group for group in summary.groups if group.parameters]
    yield _parameters(summary, "total", "parameters", groups, LEARNED)
    yield explain_active(summary)
    yield explain_stored_elements(summary)
    yield explain_stored_bytes(summary)
    if summary.total:
        yield explain_bits(summary)
    yield from _parts(summary, groups)


def _parts(summary: ParameterSummary, groups: list[TensorGroup]) -> Iterator[Explanation]:
    """The total by category, by kind and by type; a part that is all of it says nothing new."""
    for category, count in summary.by_category.items():
        if count < summary.total:
            part = [group for group in groups if group.category is category]
            title = category.value.replace("_", " ")
            yield _parameters(summary, f"by_category.{category.value}", title, part)
    for kind, count in summary.by_kind.items():
        if count < summary.total:
            part = [group for group in groups if group.kind is kind]
            yield _parameters(summary, f"by_kind.{kind.value}", f"{kind.value} parameters", part)
    for dtype, count in summary.by_dtype.items():
        if count < summary.total:
            part = [group for group in groups if group.dtype.name == dtype]
            yield _parameters(summary, f"by_dtype.{dtype}", f"parameters in {dtype}", part)


def explain_active(summary: ParameterSummary) -> Explanation:
    """Parameters a token meets."""
    routed: dict[tuple[int, int], list[int]] = defaultdict(list)
    for group in summary.groups:
        experts = visited_experts(group, summary.config)
        if experts and group.parameters:
            routed[experts].append(group.parameters)
    met = summary.total - sum(sum(counts) for counts in routed.values())
    terms = [
        Term.of("met by every token", "parameters_of_all_tokens", parameters_of_all_tokens=met)
    ]
    for experts, counts in routed.items():
        terms += _visited(*experts, counts)
    convention = (
        "All that is not a routed expert, and of the routed experts the share one token visits."
        if routed
        else "Every token meets every parameter."
    )
    return summed(
        "parameters.active",
        "active parameters",
        "parameters",
        terms,
        Basis.EXACT,
        f"{SOURCE}; experts per token from the config" if routed else SOURCE,
        convention + _least(summary),
    )


def explain_stored_elements(summary: ParameterSummary) -> Explanation:
    """Numbers in the files."""
    terms = [
        Term.of(dtype.name, "elements", elements=elements)
        for dtype, (elements, _) in _by_type(summary).items()
    ]
    return summed(
        "parameters.stored_elements",
        "stored elements",
        "elements",
        terms,
        Basis.EXACT,
        SOURCE,
        "Every number in the files, of each type; a packed one may hold several parameters."
        + _least(summary),
    )


def explain_stored_bytes(summary: ParameterSummary) -> Explanation:
    """Bytes of all tensors."""
    terms = []
    for dtype, (elements, nbytes) in _by_type(summary).items():
        terms.append(_bytes(dtype, elements))
        if padding := nbytes - terms[-1].value:
            terms.append(Term.of(f"{dtype.name}, last blocks", "padding", padding=padding))
    return summed(
        "parameters.stored_bytes",
        "stored bytes",
        "bytes",
        terms,
        Basis.EXACT,
        SOURCE,
        "Every tensor of the files, without their headers." + _least(summary),
    )


def explain_bits(summary: ParameterSummary) -> Explanation:
    """Bits a parameter takes in the files."""
    return ratio(
        "parameters.bits_per_parameter",
        "bits per parameter",
        "bits",
        "8 × stored_bytes ÷ parameters",
        SOURCE,
        "Scales, zero points and buffers are in the bytes and not in the parameters.",
        stored_bytes=summary.stored_bytes,
        parameters=summary.total,
    )


def explain_row(module: Module, copies: int = 1) -> Explanation:
    """Parameters of a row of the tree in all its copies, from its shape or from its parts."""
    total = module.parameters * copies
    if not module.children and module.shape is not None and module.parameters:
        terms = [_shaped(module.name, copies, module.shape, "copies", module.parameters)]
    else:
        terms = [
            Term.of(
                child.name,
                "copies × parameters" if copies * child.repeat > 1 else "parameters",
                **({"copies": copies * child.repeat} if copies * child.repeat > 1 else {}),
                parameters=child.parameters,
            )
            for child in module.children
        ]
        if rest := total - sum(term.value for term in terms):
            terms.append(Term.of(module.name, "parameters", parameters=rest))
    return summed(module.path, module.name, "parameters", terms, Basis.EXACT, SOURCE, LEARNED)


def _parameters(
    summary: ParameterSummary,
    name: str,
    title: str,
    groups: Iterable[TensorGroup],
    convention: str = "",
) -> Explanation:
    """A sum over tensors, those of one shape together."""
    same: dict[tuple[Shape, bool], list[TensorGroup]] = defaultdict(list)
    for group in groups:
        same[group.logical_shape, group.operator is Operator.CONVOLUTION].append(group)
    terms = [
        _shaped(_label(alike), sum(group.count for group in alike), shape)
        for (shape, _), alike in same.items()
    ]
    return summed(
        f"parameters.{name}",
        title,
        "parameters",
        terms,
        Basis.EXACT,
        SOURCE,
        (convention + _least(summary)).strip(),
    )


DIMENSIONS = {1: ("length",), 2: ("rows", "columns"), 3: ("matrices", "rows", "columns")}


def _shaped(
    label: str, count: int, shape: Shape, times: str = "tensors", parameters: int | None = None
) -> Term:
    """So many tensors of a shape; of one tensor the shape alone."""
    if parameters is not None and prod(shape) != parameters:
        shape = (parameters,)
    names = DIMENSIONS.get(len(shape)) or tuple(f"size_{place}" for place, _ in enumerate(shape, 1))
    values = dict(zip(names, shape, strict=True))
    if count > 1 or not values:
        values = {times: count, **values}
    return Term.of(label, " × ".join(values), **values)


def _visited(visited: int, experts: int, counts: list[int]) -> Iterator[Term]:
    # One term for all where nothing is lost to rounding; experts are alike, so nothing is.
    whole = sum(counts)
    exact = all(count * visited % experts == 0 for count in counts)
    for routed in [whole] if exact else counts:
        yield Term.of(
            "visited experts",
            "routed × visited ÷ experts" if exact else "⌊routed × visited ÷ experts⌋",
            routed=routed,
            visited=visited,
            experts=experts,
        )


def _by_type(summary: ParameterSummary) -> dict[Dtype, tuple[int, int]]:
    """Stored elements and bytes of each type."""
    sizes: dict[Dtype, tuple[int, int]] = {}
    for group in summary.groups:
        elements, nbytes = sizes.get(group.dtype, (0, 0))
        sizes[group.dtype] = elements + group.elements, nbytes + group.nbytes
    return sizes


def _bytes(dtype: Dtype, elements: int) -> Term:
    if dtype.block == 1:
        return Term.of(dtype.name, "elements × bits ÷ 8", elements=elements, bits=dtype.bits)
    return Term.of(
        dtype.name,
        "elements ÷ block × bits ÷ 8",
        elements=elements,
        block=dtype.block,
        bits=dtype.bits,
    )


def _label(groups: list[TensorGroup]) -> str:
    names = list(dict.fromkeys(_name(group) for group in groups))
    more = ", …" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _name(group: TensorGroup) -> str:
    last = group.pattern.rpartition(".")[2]
    if last in PARAMETER_NAMES and group.suffix:
        return group.suffix
    return ".".join(group.pattern.split(".")[-2:])


def _least(summary: ParameterSummary) -> str:
    if summary.partial:
        return " The Hub's count of stored elements: no file could be read."
    return "" if summary.complete else " At least: a file could not be read."
