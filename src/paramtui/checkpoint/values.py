"""TensorValues: what the numbers of one tensor are, in a few figures."""

from paramtui.checkpoint.tensor import TensorInfo
from paramtui.named_tuple import NamedTuple
from paramtui.record import Record


class Histogram(NamedTuple):
    """Finite values counted in bins of equal width."""

    low: float
    """Where the first bin begins: the smallest value."""
    high: float
    """Where the last one ends: the greatest value, which it holds."""
    counts: tuple[int, ...]


class Statistics(Record):
    """A summary of numbers; every figure but the counts is of the finite ones."""

    count: int
    """All numbers, the others among them."""
    zeros: int = 0
    nan: int = 0
    positive_infinite: int = 0
    negative_infinite: int = 0
    minimum: float | int | None = None
    """None where no number is finite; whole for integers, which float64 may not hold."""
    maximum: float | int | None = None
    mean: float | None = None
    std: float | None = None
    """The standard deviation of all there are, as NumPy's: divided by their number."""
    histogram: Histogram | None = None

    @property
    def non_finite(self) -> int:
        """Numbers that are none, or infinite."""
        return self.nan + self.positive_infinite + self.negative_infinite

    @property
    def finite(self) -> int:
        """Numbers that the figures are of."""
        return self.count - self.non_finite


class TensorValues(Record):
    """The numbers of one tensor, as its file holds them and as they are meant."""

    tensor: TensorInfo
    stored: Statistics | None
    """As the file holds them; of complex numbers, their magnitudes. None for GGUF's blocks, whose
    bytes are no numbers by themselves."""
    packing: str = ""
    """How the file packs what is meant, e.g. `GPTQ, 4 bits`; empty where it does not."""
    dequantised: Statistics | None = None
    """What the packed numbers stand for, computed in float64."""
    note: str = ""
    """Why there is nothing dequantised although the tensor is packed."""
