"""The values of one tensor: its file opened, read once as stored and once as meant."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import Statistics, TensorValues
from paramtui.sources.files import opened
from paramtui.sources.progress import Watch
from paramtui.sources.values.dequantise import dequantised
from paramtui.sources.values.header import Header
from paramtui.sources.values.numbers import NATIVE, Array, numbers, table
from paramtui.sources.values.packed import NotModelled, find_format, packed_tensor
from paramtui.sources.values.statistics import Slice, statistics
from paramtui.sources.values.stored import StoredTensor

INTEGERS = ("I", "U", "BOOL")
STORED, MEANT = "reading values", "dequantising"


def read_values(
    checkpoint: Checkpoint, tensor: TensorInfo, place: Callable[[TensorInfo], Path], watch: Watch
) -> TensorValues:
    """Statistics of a tensor of safetensors files that `place` finds; raises SourceError."""
    with ExitStack() as files:
        headers: dict[str, Header] = {}

        def open_(one: TensorInfo) -> StoredTensor:
            if one.file not in headers:
                beside = [other for other in checkpoint.tensors if other.file == one.file]
                headers[one.file] = Header(files.enter_context(opened(place(one))), beside)
            return headers[one.file].open(one)

        held = open_(tensor)
        stored = stored_statistics(held, watch)
        found = find_format(tensor, _named(checkpoint))
        if found is None:
            return TensorValues(tensor, stored)
        row, parts = found
        options = checkpoint.config.quantization
        try:
            beside = {suffix: open_(part) for suffix, part in parts.items()}
            meant = dequantised(row, packed_tensor(row, tensor.name, held, beside, options))
        except NotModelled as reason:
            return TensorValues(tensor, stored, note=f"not dequantised: {reason}")
        figures = dequantised_statistics(meant.chunks, meant.count, watch)
        return TensorValues(tensor, stored, meant.words, figures)


def _named(checkpoint: Checkpoint) -> Mapping[str, TensorInfo]:
    return {tensor.name: tensor for tensor in checkpoint.tensors}


def stored_statistics(held: StoredTensor, watch: Watch) -> Statistics:
    """Every number of a file; those of few bits by how often each pattern occurs."""
    name, count = held.dtype.name, held.count
    if name in NATIVE:
        whole = name[0] in "IU"
        to_numbers = (lambda codes: codes) if whole else (lambda codes: numbers(held.dtype, codes))
        chunks = _watched(lambda: map(to_numbers, held.slices()), 2 * count, watch, STORED)
        return statistics(_slices(chunks))
    values = table(name)
    times: Array = np.zeros(len(values), np.int64)
    for codes in _watched(held.slices, count, watch, STORED)():
        times += np.bincount(codes, minlength=len(values))
    if name.startswith(INTEGERS):
        values = values.astype(np.int64)
    return statistics(lambda: [Slice(values, times)])


def dequantised_statistics(
    chunks: Callable[[], Iterator[Array]], count: int, watch: Watch
) -> Statistics:
    """Every number of packed ones, `count` of them."""
    return statistics(_slices(_watched(chunks, 2 * count, watch)))


def _slices(chunks: Callable[[], Iterable[Array]]) -> Callable[[], Iterator[Slice]]:
    return lambda: (Slice(chunk.ravel()) for chunk in chunks())


def _watched(
    chunks: Callable[[], Iterable[Array]], total: int, watch: Watch, stage: str = MEANT
) -> Callable[[], Iterator[Array]]:
    """The same, telling before each chunk how many numbers are done; stops when cancelled."""
    done = 0

    def told() -> Iterator[Array]:
        nonlocal done
        for chunk in chunks():
            watch.report(stage, done, total)
            yield chunk
            done += chunk.size

    return told
