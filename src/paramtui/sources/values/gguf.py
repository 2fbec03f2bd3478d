"""The values of a tensor in a GGUF file; its blocks are computed by llama.cpp's own package."""

from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.formats.gguf import GgufTensor, follow, parse_gguf
from paramtui.checkpoint.formats.gguf_cursor import GgufError
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import TensorValues
from paramtui.sources.errors import BadData, NotAModel
from paramtui.sources.extras import need
from paramtui.sources.files import OpenFile, opened
from paramtui.sources.progress import Watch
from paramtui.sources.values.header import CHANGED
from paramtui.sources.values.numbers import Array
from paramtui.sources.values.read import dequantised_statistics, stored_statistics
from paramtui.sources.values.stored import SLICE, StoredTensor


def read_gguf_values(
    checkpoint: Checkpoint, tensor: TensorInfo, path: Path, watch: Watch
) -> TensorValues:
    """Statistics of one tensor; raises SourceError."""
    with opened(path) as file:
        begin, held = _find(checkpoint, tensor, file)
        plain = SAFETENSORS_DTYPES.get(held.dtype.name)
        if plain and held.dtype.block == 1:
            stored = StoredTensor(file, begin, plain, held.shape)
            return TensorValues(tensor, stored_statistics(stored, watch))
        blocks = _Blocks(file, begin, held.dtype, prod(held.shape))
        words = f"{held.dtype.name} in blocks of {held.dtype.block}"
        meant = dequantised_statistics(blocks.chunks, blocks.count, watch)
        return TensorValues(tensor, None, words, meant)


def _find(checkpoint: Checkpoint, tensor: TensorInfo, file: OpenFile) -> tuple[int, GgufTensor]:
    """Where the data begin; files and checkpoints name the same tensors in the same order."""
    try:
        described = follow(parse_gguf(file.size), file.read_at)
    except GgufError as error:
        raise BadData(f"{CHANGED}: {error}") from None
    if described.big_endian:
        raise NotAModel("values of big-endian GGUF files are not read")
    known = [other.name for other in checkpoint.tensors if other.file == tensor.file]
    place = known.index(tensor.name)
    held = described.tensors[place] if len(described.tensors) == len(known) else None
    if held is None or held.dtype != tensor.dtype or prod(held.shape) != tensor.elements:
        raise BadData(f"{tensor.name}: {CHANGED}", "open it again")
    return described.data_offset + held.offset, held


class _Blocks:
    """Numbers in blocks with scales of their own, a bounded number at a time."""

    def __init__(self, file: OpenFile, begin: int, dtype: Dtype, count: int) -> None:
        need("gguf", f"values in {dtype.name} need the gguf package", "values-gguf")
        from gguf.constants import GGMLQuantizationType

        self.count = count
        self._file, self._begin, self._dtype = file, begin, dtype
        kind = getattr(GGMLQuantizationType, dtype.name, None)
        if kind is None or not _computes(kind):
            raise NotAModel(f"the gguf package does not compute the values of {dtype.name}")
        self._kind = kind

    def chunks(self) -> Iterator[Array]:
        """All numbers."""
        from gguf.quants import dequantize

        size, block = self._dtype.bits // 8, self._dtype.block
        each, blocks = SLICE // block, self.count // block
        for first in range(0, blocks, each):
            number = min(each, blocks - first)
            data = self._file.read_at(self._begin + first * size, number * size)
            if len(data) < number * size:
                raise BadData(CHANGED)
            # Broken scales make infinities, which are counted as that.
            with np.errstate(all="ignore"):
                yield dequantize(np.frombuffer(data, np.uint8).reshape(number, size), self._kind)


def _computes(kind: object) -> bool:
    from gguf import quants

    return kind in getattr(quants, "_type_traits", {kind: None})
