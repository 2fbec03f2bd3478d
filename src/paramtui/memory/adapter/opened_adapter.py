"""The adapter that was opened: its own tensors are counted, none is computed from the base."""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from math import prod

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.formats.adapter import Adapter, AdapterTensor
from paramtui.checkpoint.summary import ParameterSummary, without
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.adapter.adapter_file import DTYPES, Entry, FileLayout, lay_out
from paramtui.memory.result import LoraEstimate, LoraTarget
from paramtui.memory.scenario import Mode, Scenario


def opened_adapter(summary: ParameterSummary, targets: str) -> Adapter | None:
    """The adapter of the checkpoint, as long as its own targets are asked for."""
    adapter = summary.adapter
    if adapter is None or summary.whole is not None:
        return None
    return adapter if adapter.layers and targets == adapter.targets else None


def beneath(summary: ParameterSummary, scenario: Scenario) -> ParameterSummary:
    """What is trained on: the base model alone, since the adapter is counted as what is trained."""
    if summary.adapter is None or scenario.mode is Mode.INFERENCE:
        return summary
    return _base(summary)


@lru_cache(maxsize=8)
def _base(summary: ParameterSummary) -> ParameterSummary:
    return without(summary, Category.ADAPTER)


def opened_estimate(base: ParameterSummary, adapter: Adapter, rank: int) -> LoraEstimate:
    """What the adapter adds to its `base`, at its own rank exactly what its file holds."""
    shapes = [(tensor, tensor.at(rank)) for tensor in adapter.tensors if tensor.trained]
    trainable = sum(prod(shape) for _, shape in shapes)
    frozen = base.total - base.by_category.get(Category.MTP, 0)
    layout = _layout(adapter)
    header = (adapter.file_bytes or layout.file_bytes(_own(adapter))) - layout.file_bytes(
        _own(adapter)
    )
    return LoraEstimate(
        rank=rank,
        targets=_rows(adapter),
        trainable=trainable,
        percent=100 * trainable / (frozen + trainable),
        adapter_file_bytes=layout.file_bytes(rank) + header,
        adapter_data_bytes=layout.data_bytes(rank),
        frozen=frozen,
    )


def low_rank_shapes(adapter: Adapter, rank: int) -> Iterator[tuple[Shape, int]]:
    """The trained tensors that PEFT makes 32 bits wide, one at a time."""
    for tensor in adapter.tensors:
        if tensor.trained and _is_added(tensor):
            yield tensor.at(rank), 1


def whole_shapes(adapter: Adapter) -> Iterator[tuple[Shape, int]]:
    """The trained tensors that are the model's own: modules saved whole, biases."""
    for tensor in adapter.tensors:
        if tensor.trained and not _is_added(tensor):
            yield tensor.shape, 1


def _is_added(tensor: AdapterTensor) -> bool:
    return ".lora_" in tensor.name


def _own(adapter: Adapter) -> int:
    return adapter.rank or 1


@lru_cache(maxsize=8)
def _layout(adapter: Adapter) -> FileLayout:
    return lay_out(map(_entry, adapter.tensors))


def _entry(tensor: AdapterTensor) -> Entry:
    dtype = tensor.dtype.name if tensor.dtype.name in DTYPES else DTYPES[0]
    fixed = list(tensor.shape)
    if tensor.ranks:
        del fixed[tensor.axis]
    return Entry(tensor.name, dtype, tensor.ranks, tuple(fixed))


def _rows(adapter: Adapter) -> tuple[LoraTarget, ...]:
    counts: dict[tuple[str, int, int], int] = defaultdict(int)
    for layer in adapter.layers:
        name = layer.module.rpartition(".")[2]
        counts[name, layer.inputs, layer.outputs] += layer.matrices
    return tuple(LoraTarget(*layer, count) for layer, count in counts.items())
