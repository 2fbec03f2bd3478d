"""Dtype: the storage types of tensors and their size in bits."""

from paramtui.named_tuple import NamedTuple


class Dtype(NamedTuple):
    """A stored element type, spelled as its file format spells it.

    A tuple, since half a million tensors are counted by it.
    """

    name: str
    bits: int
    """Bits of one block."""
    block: int = 1
    """Elements a block holds; 1 for plain types."""

    def nbytes(self, elements: int) -> int:
        """Bytes that `elements` take; a last part block is rounded up."""
        return (-(-elements // self.block) * self.bits + 7) // 8


SAFETENSORS_DTYPES: dict[str, Dtype] = {
    name: Dtype(name, bits)
    for bits, names in {
        4: ("F4",),
        6: ("F6_E2M3", "F6_E3M2"),
        8: ("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"),
        16: ("I16", "U16", "F16", "BF16"),
        32: ("I32", "U32", "F32"),
        64: ("C64", "F64", "I64", "U64"),
    }.items()
    for name in names
}
"""The types of safetensors 0.8, by name (safetensors/src/tensor.rs, `Dtype::bitsize`)."""

BF16 = SAFETENSORS_DTYPES["BF16"]
F16 = SAFETENSORS_DTYPES["F16"]
F32 = SAFETENSORS_DTYPES["F32"]
