"""Stored bit patterns -> numbers, for every type of safetensors.

Types of at most 16 bits have a table of all their numbers. The small floats are those of
"FP8 Formats for Deep Learning" (arXiv 2209.05433), of the OCP's "Microscaling Formats" 1.0, and
of "8-bit Numerical Formats for Deep Neural Networks" (arXiv 2206.02915) for those ending in FNUZ.
"""

from functools import cache
from typing import Any, TypeAlias

import numpy as np

from paramtui.checkpoint.dtype import Dtype
from paramtui.named_tuple import NamedTuple

Array: TypeAlias = Any
"""An array of NumPy's, whose own types say too little to be of help."""

NATIVE = {
    "I32": "<i4", "U32": "<u4", "I64": "<i8", "U64": "<u8", "F32": "<f4", "F64": "<f8",
    "C64": "<c8",
}  # fmt: skip
"""Types of more than 16 bits, which NumPy has itself."""
_SHORT = {"U8": "<u1", "I8": "<i1", "U16": "<u2", "I16": "<i2", "F16": "<f2"}


class _Float(NamedTuple):
    """A float of few bits: sign, then exponent, then mantissa."""

    exponent: int
    mantissa: int
    bias: int
    specials: str = ""
    """`ieee`: the last exponent is infinite or no number; `nan`: only all ones are none;
    `fnuz`: only minus zero is none."""


_FLOATS = {
    "F8_E5M2": _Float(5, 2, 15, "ieee"),
    "F8_E4M3": _Float(4, 3, 7, "nan"),
    "F8_E5M2FNUZ": _Float(5, 2, 16, "fnuz"),
    "F8_E4M3FNUZ": _Float(4, 3, 8, "fnuz"),
    "F6_E3M2": _Float(3, 2, 3),
    "F6_E2M3": _Float(2, 3, 1),
    "F4": _Float(2, 1, 1),
}


@cache
def table(dtype: str) -> Array:
    """The number of every bit pattern of a type of at most 16 bits, in float64."""
    if dtype == "BOOL":
        return (np.arange(256) != 0).astype(np.float64)
    if dtype == "BF16":
        codes = np.arange(1 << 16, dtype="<u4") << 16
        with np.errstate(invalid="ignore"):  # signalling NaNs
            return codes.view("<f4").astype(np.float64)
    if dtype == "F8_E8M0":
        return np.append(np.ldexp(1.0, np.arange(255) - 127), np.nan)
    if dtype in _SHORT:
        size = np.dtype(_SHORT[dtype]).itemsize
        return np.arange(1 << 8 * size, dtype=f"<u{size}").view(_SHORT[dtype]).astype(np.float64)
    return _small(_FLOATS[dtype])


def numbers(dtype: Dtype, codes: Array) -> Array:
    """Stored patterns as float64; complex numbers as their magnitudes."""
    if dtype.name == "C64":
        return np.hypot(codes.real.astype(np.float64), codes.imag.astype(np.float64))
    if dtype.name in NATIVE:
        return codes.astype(np.float64)
    return table(dtype.name)[codes]


def _small(kind: _Float) -> Array:
    bits = 1 + kind.exponent + kind.mantissa
    codes = np.arange(1 << bits)
    mantissa = codes & ((1 << kind.mantissa) - 1)
    exponent = codes >> kind.mantissa & ((1 << kind.exponent) - 1)
    # Without the leading one where the exponent is 0, which then counts as 1.
    whole = np.where(exponent > 0, (1 << kind.mantissa) + mantissa, mantissa)
    values = np.ldexp(whole.astype(float), np.maximum(exponent, 1) - kind.bias - kind.mantissa)
    last = exponent == (1 << kind.exponent) - 1
    if kind.specials == "ieee":
        values[last] = np.where(mantissa[last] > 0, np.nan, np.inf)
    if kind.specials == "nan":
        values[last & (mantissa == (1 << kind.mantissa) - 1)] = np.nan
    values[codes >> (bits - 1) == 1] *= -1
    if kind.specials == "fnuz":
        values[1 << (bits - 1)] = np.nan
    return values
