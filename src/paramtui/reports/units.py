"""Every number the user sees is formatted here; a figure without a unit is a bug."""

from enum import Enum
from math import prod

from paramtui.checkpoint.tensor import Shape
from paramtui.named_tuple import NamedTuple


class Units(str, Enum):
    """What sizes are shown in; the values are those of `--units`."""

    GIB = "GiB"
    """Powers of 1024: KiB, MiB, GiB."""
    GB = "GB"
    """Powers of 1000: kB, MB, GB."""


class _Scale(NamedTuple):
    base: int
    names: tuple[str, ...]


_SCALES = {
    Units.GIB: _Scale(1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB")),
    Units.GB: _Scale(1000, ("B", "kB", "MB", "GB", "TB", "PB")),
}
_COUNTS = ((10**6, "M"), (10**9, "B"), (10**12, "T"))


def count(number: int) -> str:
    """A count in three figures or more: `4,096`, `525.34 M`, `8.03 B`; exact below a million."""
    if abs(number) < 10**6:
        return exact(number)
    # 999,995,000 rounds to 1000.00 M, which is 1.00 B.
    small = (row for row in _COUNTS if abs(round(number / row[0], 2)) < 1000)
    scale, name = next(small, _COUNTS[-1])
    return f"{number / scale:,.2f} {name}"


def exact(number: int) -> str:
    """All digits, in groups: `8,030,261,248`."""
    return f"{number:,}"


def size(nbytes: int, units: Units = Units.GIB) -> str:
    """Bytes in the unit that suits their size: `512 B`, `8.00 KiB`, `14.96 GiB`."""
    base, names = _SCALES[units]
    power = 0
    # From 1000 on the next unit, binary ones too: six characters hold every number.
    while power + 1 < len(names) and abs(round(nbytes / base**power, 2)) >= 1000:
        power += 1
    if power == 0:
        return f"{nbytes:,} B"
    return f"{nbytes / base**power:,.2f} {names[power]}"


def traffic(nbytes: int) -> str:
    """Bytes moved over a network, without decimals where they say nothing: `21 kB`, `1.1 MB`."""
    base, names = _SCALES[Units.GB]
    power = 0
    while power + 1 < len(names) and round(nbytes / base**power, 1) >= base:
        power += 1
    value = nbytes / base**power
    return f"{value:.1f} {names[power]}" if power > 1 else f"{value:.0f} {names[power]}"


def memory(nbytes: int, units: Units = Units.GIB) -> str:
    """Bytes in GiB or GB whatever their size, so that a column can be compared: `0.16 GiB`."""
    return f"{memory_number(nbytes, units)} {units.value}"


def memory_number(nbytes: int, units: Units = Units.GIB) -> str:
    """The number of `memory` alone, for ranges: `0.50`; `<0.01` for a little, never 0 for some."""
    value = nbytes / _SCALES[units].base ** 3
    return "<0.01" if 0 < value < 0.005 else f"{value:,.2f}"


def flops(number: int) -> str:
    """Arithmetic: `19.3 GFLOPs`, `1.32 PFLOPs`; `7.72e+23 FLOPs` for a whole training run."""
    for power, name in ((3, "k"), (6, "M"), (9, "G"), (12, "T"), (15, "P")):
        if number < 10 ** (power + 3):
            return f"{number / 10**power:.3g} {name}FLOPs"
    return f"{number:.3g} FLOPs"


def duration(seconds: float) -> str:
    """A time in the unit that suits it: `12 seconds`, `3.4 days`, `1,200 years`."""
    units = ((86_400 * 365.25, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes"))
    size, name = next((row for row in units if seconds >= row[0]), (1, "seconds"))
    value = seconds / size
    return f"{value:,.0f} {name}" if value >= 100 else f"{value:.2g} {name}"


def percent(part: float, whole: float) -> str:
    """A share: `86.9 %`; `<0.1 %` for a little, never 0 for some."""
    if not whole:
        return "– %"
    value = 100 * part / whole
    return "<0.1 %" if 0 < value < 0.05 else f"{value:.1f} %"


def shape(dimensions: Shape) -> str:
    """A shape: `4096 × 14336`; `scalar` without dimensions."""
    return " × ".join(map(str, dimensions)) or "scalar"


def product(dimensions: Shape) -> str:
    """How many numbers a shape holds: `4096 × 14336 = 58,720,256`."""
    if len(dimensions) < 2:
        return exact(prod(dimensions))
    return f"{shape(dimensions)} = {exact(prod(dimensions))}"


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 file`, `4 files`; `nouns` where the plural is not made with an s."""
    return f"{exact(number)} {noun if number == 1 else nouns or noun + 's'}"
