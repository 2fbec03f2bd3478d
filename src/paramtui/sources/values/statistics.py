"""Numbers, a slice at a time -> Statistics, in two passes and float64 throughout.

The first pass finds the extent, the second the moments and the histogram. Numbers are scaled by a
power of two into [-1, 1] first, so that neither sums nor squares overflow; slices are merged as in
Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
Variances" (1979).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import frexp, ldexp, sqrt

import numpy as np

from paramtui.checkpoint.values import Histogram, Statistics
from paramtui.named_tuple import NamedTuple
from paramtui.sources.values.numbers import Array

BINS = 64
"""Of a histogram; it suits the width of a terminal."""


class Slice(NamedTuple):
    """Some of the numbers."""

    values: Array
    """Integers or floats."""
    times: Array | None = None
    """How often each occurs; once where this is None."""

    def occurring(self) -> "Slice":
        """Without those that do not."""
        if self.times is None:
            return self
        there = self.times > 0
        return Slice(self.values[there], self.times[there])


Slices = Callable[[], Iterable[Slice]]
"""All of the numbers, from the first on each time it is called."""


def statistics(slices: Slices) -> Statistics:
    """The figures of all the slices together."""
    extent = _Extent()
    for one in slices():
        extent.add(one.occurring())
    found = extent.found()
    if found.minimum is None or found.maximum is None:
        return found
    moments = _Moments(float(found.minimum), float(found.maximum))
    if found.minimum == found.maximum:
        return _with(found, float(found.minimum), 0.0, (found.finite,))
    for one in slices():
        moments.add(one.occurring())
    return _with(found, *moments.found())


def _with(found: Statistics, mean: float, std: float, counts: tuple[int, ...]) -> Statistics:
    low, high = float(found.minimum or 0), float(found.maximum or 0)
    return Statistics(
        found.count, found.zeros, found.nan, found.positive_infinite, found.negative_infinite,
        found.minimum, found.maximum, min(max(mean, low), high), std, Histogram(low, high, counts),
    )  # fmt: skip


@dataclass
class _Extent:
    """How many there are of each kind, and between which they lie."""

    count: int = 0
    zeros: int = 0
    nan: int = 0
    positive: int = 0
    negative: int = 0
    minimum: float | int | None = None
    maximum: float | int | None = None

    def add(self, one: Slice) -> None:
        """Take in a slice."""
        values, times = one
        self.count += _number(np.ones(values.shape, bool), times)
        self.zeros += _number(values == 0, times)
        finite = values
        if values.dtype.kind == "f" and not (whole := np.isfinite(values)).all():
            self.nan += _number(np.isnan(values), times)
            self.positive += _number(np.isposinf(values), times)
            self.negative += _number(np.isneginf(values), times)
            finite = values[whole]
        if finite.size:
            low, high = finite.min().item() + 0, finite.max().item() + 0  # no minus zero
            self.minimum = low if self.minimum is None else min(self.minimum, low)
            self.maximum = high if self.maximum is None else max(self.maximum, high)

    def found(self) -> Statistics:
        """What is known after the first pass."""
        return Statistics(
            self.count, self.zeros, self.nan, self.positive, self.negative,
            self.minimum, self.maximum,
        )  # fmt: skip


class _Moments:
    """Mean, spread and histogram of numbers between two ends.

    They are taken from the lower end, so that little is lost of a small spread far from zero.
    """

    def __init__(self, low: float, high: float) -> None:
        self._power = frexp(max(abs(low), abs(high)))[1]
        self._low = ldexp(low, -self._power)
        self._width = ldexp(high, -self._power) - self._low
        self._count = 0
        self._mean = 0.0
        self._squares = 0.0
        """The sum of squared distances from the mean."""
        self._bins: Array = np.zeros(BINS, np.int64)

    def add(self, one: Slice) -> None:
        """Take in a slice."""
        values, times = one.values.astype(np.float64, copy=False), one.times
        finite = np.isfinite(values)
        if not finite.all():
            values, times = values[finite], None if times is None else times[finite]
        number = values.size if times is None else int(times.sum())
        if not number:
            return
        scaled = self._scaled(values)
        mean = float(np.average(scaled, weights=times))
        distances = scaled - mean
        distances *= distances
        squares = float(distances.sum() if times is None else distances @ times)
        whole, apart = self._count + number, mean - self._mean
        self._squares += squares + apart * apart * self._count * number / whole
        self._mean += apart * number / whole
        self._count = whole
        self._bins += self._counted(scaled, times)

    def _scaled(self, values: Array) -> Array:
        if self._power > -1000:
            scaled = values * ldexp(1.0, -self._power)
        else:  # the factor would be infinite
            scaled = np.ldexp(values, -self._power)
        scaled -= self._low
        return scaled

    def _counted(self, scaled: Array, times: Array | None) -> Array:
        """Numbers of each bin; not NumPy's own, which refuses a range that is a few floats wide."""
        places = scaled * (BINS / self._width if self._width else 0.0)
        bins = np.minimum(places.astype(np.int64), BINS - 1)
        # With weights it sums floats, which are exact below 2**53.
        return np.bincount(bins, times, minlength=BINS).astype(np.int64)

    def found(self) -> tuple[float, float, tuple[int, ...]]:
        """Mean, standard deviation and histogram of all."""
        std = sqrt(self._squares / self._count)
        counts = tuple(int(number) for number in self._bins)
        return ldexp(self._low + self._mean, self._power), ldexp(std, self._power), counts


def _number(chosen: Array, times: Array | None) -> int:
    return int(np.count_nonzero(chosen) if times is None else times[chosen].sum())
