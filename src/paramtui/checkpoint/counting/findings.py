"""What a user should know about the counts: one sentence each, saying what is believed."""

from collections import Counter
from collections.abc import Iterator

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import EXPERTS_PER_TOKEN, ModelConfig
from paramtui.checkpoint.counting.unpacking import mlx_widths
from paramtui.checkpoint.group import Kind, TensorGroup

UNPLACED = 0.1
"""Share of the parameters without a category from which on it is said."""

PLAIN = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "float64": "F64"}
"""Types of a config.json as safetensors spells them."""


def findings(groups: tuple[TensorGroup, ...], config: ModelConfig) -> tuple[str, ...]:
    """The warnings that the tensors themselves and their configuration give rise to."""
    return (
        *_repeated(groups),
        *_filling(groups),
        *_copies_in_mtp(groups),
        *_dtype(groups, config),
        *_unplaced(groups),
        *_assumed(groups, config),
        *_visited(groups, config),
    )


def _repeated(groups: tuple[TensorGroup, ...]) -> Iterator[str]:
    names = {group.pattern for group in groups if group.kind is not Kind.DUPLICATE}
    again = 0
    for group in groups:
        if group.kind is Kind.DUPLICATE and group.pattern in names:
            again += group.count
        elif group.kind is Kind.DUPLICATE:
            yield (
                f"{group.pattern} is stored although it is tied: its {group.nbytes:,} bytes are "
                "in the files, its parameters are counted once."
            )
    if again:
        tensors = "1 tensor is" if again == 1 else f"{again:,} tensors are"
        yield f"{tensors} stored in two files: the parameters are counted once."


def _filling(groups: tuple[TensorGroup, ...]) -> Iterator[str]:
    filling = [g for g in groups if g.kind is Kind.SCALE and g.pattern.endswith(".bias")]
    if filling:
        count = sum(group.count for group in filling)
        biases = "1 bias was" if count == 1 else f"{count:,} biases were"
        yield (
            f"{biases} added by the GPTQ packing, not the model's own: stored but not counted as "
            "parameters."
        )


def _copies_in_mtp(groups: tuple[TensorGroup, ...]) -> Iterator[str]:
    tables = {
        group.logical_shape
        for group in groups
        if group.category is Category.EMBEDDING and group.operator is Operator.EMBEDDING
    }
    copies = sum(
        group.parameters
        for group in groups
        if group.category is Category.MTP and group.logical_shape in tables
    )
    if copies:
        yield (
            "The layers that predict further tokens store an embedding and a head of their own: "
            f"{copies:,} parameters, counted under mtp as stored."
        )


def _dtype(groups: tuple[TensorGroup, ...], config: ModelConfig) -> Iterator[str]:
    stored: Counter[str] = Counter()
    for group in groups:
        stored[group.dtype.name] += group.parameters
    claimed = PLAIN.get((config.dtype or "").removeprefix("torch."))
    if not stored or claimed is None:
        return
    most = max(stored, key=stored.__getitem__)
    if most in PLAIN.values() and most != claimed:
        yield f"config.json says {config.dtype}, the files hold {most}: the files are believed."


def _unplaced(groups: tuple[TensorGroup, ...]) -> Iterator[str]:
    total = sum(group.parameters for group in groups)
    other = sum(group.parameters for group in groups if group.category is Category.OTHER)
    if total and other / total > UNPLACED:
        yield (
            f"{other / total:.0%} of the parameters have names that belong to no category: "
            "they are counted under other."
        )


def _assumed(groups: tuple[TensorGroup, ...], config: ModelConfig) -> Iterator[str]:
    """Words that may stand for several widths, where neither config nor neighbours say which."""
    if config.quantization:
        return
    scales = {
        group.module: group.shape[-1] for group in groups if group.pattern.endswith(".scales")
    }
    known = {group.logical_shape[-1] for group in groups if len(group.logical_shape) == 1}
    known |= {group.logical_shape[-2] for group in groups if len(group.logical_shape) > 1}
    count = 0
    for group in groups:
        packed = group.dtype.name == "U32" and group.logical_shape != group.shape
        held = group.shape[-1] * group.dtype.bits if packed else 0
        if packed and group.logical_shape[-1] not in known:
            count += group.count * (len(mlx_widths(held, scales.get(group.module, 0))) > 1)
    if count:
        tensors = "1 packed tensor" if count == 1 else f"{count:,} packed tensors"
        yield (
            f"Nothing says how many bits the numbers of {tensors} have: groups of 64 are assumed "
            "where the shapes allow it."
        )


def _visited(groups: tuple[TensorGroup, ...], config: ModelConfig) -> Iterator[str]:
    """Experts of which nothing says how many a token meets."""
    said = config.experts_per_token or config.text.integers(*EXPERTS_PER_TOKEN)
    if not said and any(group.experts > 1 for group in groups):
        yield "Nothing says how many experts a token visits: all of them count as active."
