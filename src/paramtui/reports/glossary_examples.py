"""A model's own figures as the examples of the glossary; empty where it has nothing to show."""

from collections.abc import Callable
from math import floor, log10

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.summary import Kind, ParameterSummary, visited_experts
from paramtui.memory.cache.attention import AttentionLayers, cache_layout
from paramtui.memory.result import MemoryEstimate
from paramtui.named_tuple import NamedTuple
from paramtui.reports.units import Units, count, exact, plural, shape, size


class Facts(NamedTuple):
    """What an example may draw on."""

    summary: ParameterSummary
    estimate: MemoryEstimate
    units: Units = Units.GIB


Example = Callable[[Facts], str]


def share(part: int, whole: int) -> str:
    """A share that never rounds to nothing or to all: `6.5 %`, `0.0012 %`, `99.9988 %`."""
    value = 100 * part / whole if whole else 0.0
    edge = min(value, 100 - value)
    digits = max(1, 1 - floor(log10(edge))) if edge > 0 else 0
    return f"{value:.{digits}f} %"


def parameters(model: Facts) -> str:
    """The total and, with experts, the active ones."""
    whole, met = model.summary.total, model.summary.active
    active = "" if met == whole else f", {exact(met)} of them active"
    return f"This model has {exact(whole)} parameters ({count(whole)}){active}."


def active(model: Facts) -> str:
    """Active parameters, where not all are."""
    whole, met = model.summary.total, model.summary.active
    if met == whole:
        return "Every token meets all parameters of this model."
    return f"Here a token meets {exact(met)} of {exact(whole)} parameters, {share(met, whole)}."


def of_category(category: Category) -> Example:
    """The share of a part of the model."""
    return lambda model: _part(model, model.summary.by_category.get(category, 0))


def of_kind(kind: Kind) -> Example:
    """The share of weights or of biases."""
    return lambda model: _part(model, model.summary.by_kind.get(kind, 0))


def _part(model: Facts, held: int) -> str:
    if not held:
        return "This model has none."
    return f"{share(held, model.summary.total)} of this model: {exact(held)} parameters."


def of_bytes(kind: Kind) -> Example:
    """What tensors that are no parameters take in the files."""

    def example(model: Facts) -> str:
        held = sum(group.nbytes for group in model.summary.groups if group.kind is kind)
        if not held:
            return "This model's files hold none."
        part = share(held, model.summary.stored_bytes)
        return f"Here: {part} of the files, {size(held, model.units)}."

    return example


def of_component(name: str) -> Example:
    """The bytes of a part of the memory in the present scenario."""

    def example(model: Facts) -> str:
        part = model.estimate.component(name)
        if part is None:
            return ""
        upper = part.upper_bytes
        most = f" to {size(upper, model.units)}" if upper is not None and upper > part.bytes else ""
        return f"Now: {size(part.bytes, model.units)}{most}."

    return example


def peak(model: Facts) -> str:
    """The peak in the present scenario."""
    return f"Now: {size(model.estimate.peak_bytes, model.units)}."


def total(model: Facts) -> str:
    """The range of the total in the present scenario."""
    low, high = model.estimate.total_bytes, model.estimate.total_upper_bytes
    return f"Now: {size(low, model.units)} to {size(high, model.units)}."


def layers(model: Facts) -> str:
    """How many layers the config gives."""
    number = model.summary.config.layers
    return f"This model has {plural(number, 'layer')}." if number and number > 0 else ""


def width(model: Facts) -> str:
    """The hidden size."""
    hidden = model.summary.config.hidden_size
    return f"Here every token is {exact(hidden)} numbers wide." if hidden and hidden > 0 else ""


def tensors(model: Facts) -> str:
    """How many tensors there are."""
    return f"This model has {plural(model.summary.tensors, 'tensor')}."


def shards(model: Facts) -> str:
    """How many files there are."""
    return (
        f"This model is stored in {plural(model.summary.files, 'file')}."
        if model.summary.files
        else ""
    )


def largest_shape(model: Facts) -> str:
    """The shape of the tensor with most parameters."""
    groups = [group for group in model.summary.groups if group.parameters]
    if not groups:
        return ""
    largest = max(groups, key=lambda group: group.parameters // group.count)
    held = exact(largest.parameters // largest.count)
    return f"The largest tensor here is {shape(largest.logical_shape)} = {held} numbers."


def vocabulary(model: Facts) -> str:
    """Rows of the largest table of embeddings."""
    rows = max(
        (
            group.out_features
            for group in model.summary.groups
            if group.category is Category.EMBEDDING and group.operator is Operator.EMBEDDING
        ),
        default=0,
    )
    return f"This model knows {exact(rows)} tokens." if rows else ""


def attention_heads(model: Facts) -> str:
    """Query heads of a layer."""
    heads = model.summary.config.heads
    return f"Here each layer has {plural(heads, 'head')}." if heads and heads > 0 else ""


def shared_heads(model: Facts) -> str:
    """How many query heads share a key/value head."""
    heads = model.summary.config.heads or 0
    kept = {part.heads for part in cached(model.summary) if not part.latent}
    if len(kept) != 1 or heads < 1:
        return ""
    (few,) = kept
    if heads <= few:
        return "Here every head has its own keys and values."
    heads_kept = "1 head" if few == 1 else f"{few} heads"
    return f"Here {heads} heads of queries share {heads_kept} of keys and values."


def window(model: Facts) -> str:
    """How many layers look back how far."""
    limited = [part for part in cached(model.summary) if part.limit]
    if not limited:
        return "No layer of this model has one." if cached(model.summary) else ""
    every = sum(part.layers for part in cached(model.summary))
    held = sum(part.layers for part in limited)
    farthest = max(part.limit or 0 for part in limited)
    tokens = plural(farthest, "token")
    return f"Here {held} of {plural(every, 'attention layer')} look back {tokens} at most."


def cached(summary: ParameterSummary) -> list[AttentionLayers]:
    """The layers that keep keys and values of the text."""
    return [part for part in cache_layout(summary).attention if part.tokens is None]


def experts(model: Facts) -> str:
    """Experts visited out of those there are, and what they hold."""
    routed = [
        (group.parameters, pair)
        for group in model.summary.groups
        if group.parameters and (pair := visited_experts(group, model.summary.config))
    ]
    if not routed:
        return "This model has none."
    visited, there = max(routed)[1]
    held = sum(parameters for parameters, _ in routed)
    return (
        f"Here a token visits {visited} of {there} experts in a layer; "
        f"experts hold {share(held, model.summary.total)} of the model."
    )


def tied(model: Facts) -> str:
    """Whether the head has parameters of its own."""
    if held := model.summary.by_category.get(Category.HEAD, 0):
        return f"Here the head has {exact(held)} parameters of its own."
    return ""


def bits(model: Facts) -> str:
    """Stored bits of a parameter."""
    if not model.summary.total:
        return ""
    each = 8 * model.summary.stored_bytes / model.summary.total
    return f"This model's files hold {each:.2f} bits of each parameter."


def quantised(model: Facts) -> str:
    """Stored bits of a parameter of a quantised model."""
    packed = any(group.kind is Kind.SCALE for group in model.summary.groups)
    return bits(model) if packed else ""


def both_units(model: Facts) -> str:
    """The files in both units."""
    both = f"{size(model.summary.stored_bytes)} = {size(model.summary.stored_bytes, Units.GB)}"
    return f"The tensors of this model take {both}."


def dtypes(model: Facts) -> str:
    """The stored types of the parameters."""
    if not model.summary.by_dtype:
        return ""
    ranked = sorted(model.summary.by_dtype.items(), key=lambda item: -item[1])
    parts = [f"{share(number, model.summary.total)} in {name}" for name, number in ranked]
    return f"Here, of the parameters: {', '.join(parts)}."


def context(model: Facts) -> str:
    """The longest sequence the config allows."""
    longest = model.summary.config.context_length
    if not longest or longest < 1:
        return ""
    return f"This model was made for up to {plural(longest, 'token')}."


def rank(model: Facts) -> str:
    """The rank in force and what it trains."""
    if model.estimate.lora is None:
        return ""
    trained = exact(model.estimate.lora.trainable)
    return f"Now: rank {model.estimate.lora.rank} trains {trained} parameters."


def targets(model: Facts) -> str:
    """The layers that get an adapter."""
    if model.estimate.lora is None:
        return ""
    names = list(dict.fromkeys(target.module for target in model.estimate.lora.targets))
    number = sum(target.count for target in model.estimate.lora.targets)
    more = ", …" if len(names) > MOST_NAMES else ""
    return f"Now: {plural(number, 'layer')}, {', '.join(names[:MOST_NAMES])}{more}."


MOST_NAMES = 8


def trainable(model: Facts) -> str:
    """What is trained, in number and share."""
    lora = model.estimate.lora
    if lora is not None:
        part = share(lora.trainable, lora.frozen + lora.trainable)
        return f"Now: {exact(lora.trainable)}, {part} of all."
    if model.estimate.component("gradients"):
        return f"Now: {exact(model.summary.total)}, all of them."
    return ""
