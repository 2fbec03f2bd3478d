"""The values of one tensor: as text with a histogram, and as JSON."""

from collections.abc import Iterator, Sequence
from math import ceil, log1p
from textwrap import wrap

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import Histogram, Statistics, TensorValues
from paramtui.reports.units import Units, exact, percent, product, size

LABEL = 16
COLUMN = 22
WIDTH = 80
HEIGHT = 8
"""Lines of a histogram."""
EIGHTHS = " ▁▂▃▄▅▆▇█"


def values_text(values: TensorValues, units: Units = Units.GIB) -> str:
    """The statistics, made to be read in 80 columns."""
    lines = [values.tensor.name]
    lines += [f"{label:<{LABEL}}{text}" for label, text in facts(values, units)]
    lines.append("")
    lines += [
        f"{label:<{LABEL}}{''.join(f'{text:>{COLUMN}}' for text in cells)}".rstrip()
        for label, *cells in figures(values)
    ]
    if values.note:
        lines += ["", *wrap(values.note, WIDTH)]
    if (shown := meant(values)) and shown.histogram:
        bars = histogram_lines(shown.histogram, WIDTH - 2)
        lines += ["", *(f"  {line}".rstrip() for line in bars)]
    return "\n".join(lines)


def meant(values: TensorValues) -> Statistics | None:
    """The figures of what the numbers mean: dequantised where that is known."""
    return values.dequantised or values.stored


def facts(values: TensorValues, units: Units = Units.GIB) -> Iterator[tuple[str, str]]:
    """Where it lies and what it is."""
    tensor = values.tensor
    if tensor.file:
        yield "file", tensor.file
    yield "stored", f"{tensor.dtype.name}, {product(tensor.shape)}, {size(tensor.nbytes, units)}"
    if values.packing:
        yield "packing", values.packing
    if tensor.dtype.name == "C64":
        yield "figures", "of the magnitudes of complex numbers"


def figures(values: TensorValues) -> Iterator[Sequence[str]]:
    """A row for every figure, with a column for each way to read the numbers."""
    columns = {"as stored": values.stored, "dequantised": values.dequantised}
    shown = {title: column for title, column in columns.items() if column is not None}
    if len(shown) > 1 or "dequantised" in shown:
        yield "", *shown
    rows = {
        "numbers": lambda one: exact(one.count),
        "min": lambda one: number(one.minimum),
        "max": lambda one: number(one.maximum),
        "mean": lambda one: number(one.mean),
        "std. deviation": lambda one: number(one.std),
        "zeros": lambda one: percent(one.zeros, one.count),
        "non-finite": _non_finite,
    }
    for label, text in rows.items():
        yield label, *(text(one) for one in shown.values())


def _non_finite(one: Statistics) -> str:
    kinds = {
        "NaN": one.nan, "+inf": one.positive_infinite, "-inf": one.negative_infinite
    }  # fmt: skip
    found = [f"{exact(count)} {name}" for name, count in kinds.items() if count]
    share = percent(one.non_finite, one.count)
    return f"{share} ({', '.join(found)})" if found else share


def number(value: float | None) -> str:
    """One value: six digits that count of a float, all of an integer."""
    if value is None:
        return "–"
    return exact(value) if isinstance(value, int) else f"{value:.6g}"


def histogram_lines(histogram: Histogram, cells: int, height: int = HEIGHT) -> list[str]:
    """Bars of eighths on a logarithmic scale, the ends below them, and what they show."""
    counts = _joined(histogram.counts, cells)
    most = max(counts)
    heights = [ceil(log1p(count) / log1p(most) * height * 8) if count else 0 for count in counts]
    if len(counts) == 1:
        heights = heights * min(cells, 3)
    lines = [
        "".join(EIGHTHS[min(max(top - level * 8, 0), 8)] for top in heights)
        for level in reversed(range(height))
    ]
    low, high = number(histogram.low), number(histogram.high)
    gap = max(len(heights) - len(low) - len(high), 1)
    ends = low if histogram.low == histogram.high else f"{low}{' ' * gap}{high}"
    said = f"{exact(len(counts))} bins" if len(counts) > 1 else "one value"
    return [*lines, ends, f"{said}, logarithmic, the fullest holds {exact(most)}"]


def _joined(counts: Sequence[int], cells: int) -> list[int]:
    """As many bins as there are cells, neighbours added up."""
    each = ceil(len(counts) / max(cells, 1))
    return [sum(counts[start : start + each]) for start in range(0, len(counts), each)]


def values_document(values: TensorValues) -> dict[str, Json]:
    """The JSON object: as stored at its top (GGUF's blocks: as meant), dequantised beside it."""
    tensor = values.tensor
    first = values.stored or values.dequantised
    return {
        **_tensor(tensor),
        **(_statistics(first) if first else {}),
        "packing": values.packing or None,
        "dequantised": _statistics(values.dequantised) if values.dequantised else None,
        "note": values.note or None,
    }


def _tensor(tensor: TensorInfo) -> dict[str, Json]:
    return {
        "name": tensor.name,
        "file": tensor.file,
        "dtype": tensor.dtype.name,
        "shape": list(tensor.shape),
        "bytes": tensor.nbytes,
    }


def _statistics(one: Statistics) -> dict[str, Json]:
    histogram = one.histogram
    return {
        "count": one.count,
        "min": one.minimum,
        "max": one.maximum,
        "mean": one.mean,
        "std": one.std,
        "zeros": one.zeros,
        "zero_share": one.zeros / one.count if one.count else None,
        "non_finite": one.non_finite,
        "non_finite_share": one.non_finite / one.count if one.count else None,
        "nan": one.nan,
        "positive_infinite": one.positive_infinite,
        "negative_infinite": one.negative_infinite,
        "histogram": {
            "low": histogram.low,
            "high": histogram.high,
            "counts": list(histogram.counts),
        }
        if histogram
        else None,
    }
