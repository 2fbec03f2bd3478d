"""TensorInfo: one tensor of a file, without its values."""

from math import prod

from paramtui.checkpoint.dtype import Dtype
from paramtui.named_tuple import NamedTuple

Shape = tuple[int, ...]


class TensorInfo(NamedTuple):
    """Name, type and shape of one stored tensor. A tuple, since there may be 500,000 of them."""

    name: str
    dtype: Dtype
    shape: Shape
    file: str = ""
    """The file that holds it; empty when no file does (a blueprint)."""

    @property
    def elements(self) -> int:
        """Stored elements; packed formats hold more parameters than this."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes in the file."""
        return self.dtype.nbytes(prod(self.shape))
