"""The packed formats whose numbers can be computed, each with the function that does."""

from collections.abc import Callable, Mapping

from paramtui.checkpoint.counting import unpacking
from paramtui.checkpoint.counting.packing import Format
from paramtui.checkpoint.counting.unpacking import Packed
from paramtui.checkpoint.tensor import Shape
from paramtui.sources.values.blocks import four_bits, int8_rows, mxfp4
from paramtui.sources.values.hqq import hqq
from paramtui.sources.values.packed import Dequantised, NotModelled, PackedTensor
from paramtui.sources.values.scaled import scaled
from paramtui.sources.values.words import affine, compressed, gptq_or_awq

Layout = Callable[[Packed], Shape]
"""A row of the packed formats is told by how it reads its shape."""

DEQUANTISE: Mapping[Layout, Callable[[PackedTensor], Dequantised]] = {
    unpacking.rows_or_columns: gptq_or_awq,
    unpacking.words: compressed,
    unpacking.blocks: mxfp4,
    unpacking.rows_of_groups: hqq,
    unpacking.four_bits: four_bits,
    unpacking.same: int8_rows,
    unpacking.affine: affine,
    unpacking.scaled: scaled,
}
UNKNOWN: Mapping[Layout, str] = {
    unpacking.codes: "AQLM's codebooks are not computed",
    unpacking.permuted: "EXL2's permuted groups are not computed",
    unpacking.trellis: "EXL3's trellis is not computed",
    unpacking.tiles: "torchao's tiles for tensor cores are not computed",
}
LONGEST = 1 << 24
"""Numbers of a row, of which a few are in memory at once."""


def dequantised(row: Format, packed: PackedTensor) -> Dequantised:
    """What a packed tensor stands for; raises NotModelled where that is not known."""
    compute = DEQUANTISE.get(row.logical)
    if compute is None or (row.logical is unpacking.same and ".SCB" not in packed.parts):
        raise NotModelled(UNKNOWN.get(row.logical, "quanto's layout is not computed"))
    if packed.matrix.columns > LONGEST:
        raise NotModelled("its rows are too long to be held in memory")
    return compute(packed)
