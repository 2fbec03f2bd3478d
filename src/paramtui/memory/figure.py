"""A figure and the formula it comes from: what is shown is what was computed."""

import re
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from types import CodeType

from paramtui.record import Record

_SIGNS = {"×": "*", "÷": "*per*", "−": "-", "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")"}
_DECIMAL = re.compile(r"\d+\.\d+")
_NAME_OR_WHOLE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|(?<![.\d])\d+(?![.\d])")


class Basis(str, Enum):
    """How far a figure can be trusted."""

    EXACT = "exact"
    """Follows from the files or from the library's own layout, to the byte."""
    FORMULA = "formula"
    """A closed form that was checked against real software, within a stated error."""
    ESTIMATE = "estimate"
    """Depends on software or hardware we do not see; shown as a range."""


class Term(Record):
    """One product or sum of a figure: a formula in words and the model's numbers for them.

    Formulae use + − × ÷ ⌈⌉ ⌊⌋ min() max(), numbers and lower-case names joined by
    underscores; `value` is their result, so what is shown cannot differ from what is counted.
    """

    label: str
    formula: str
    names: tuple[str, ...]
    numbers: tuple[float, ...]
    value: int
    """Bytes, unless the figure says another unit; a fraction is rounded up."""

    @classmethod
    def of(cls, label: str, formula: str, /, **values: float) -> "Term":
        """Evaluate `formula` with `values` (its names); raises NameError for a name without one."""
        result = evaluate(formula, **values)
        if not isinstance(result, int):
            formula = f"⌈{formula}⌉"
        return cls(label, formula, tuple(values), tuple(values.values()), ceil(result))

    @property
    def words(self) -> str:
        """The formula with its names, underscores as spaces."""
        return self.formula.replace("_", " ")

    @property
    def filled(self) -> str:
        """The formula with this model's numbers, e.g. `12 × 128,256 × 8,192`."""
        values = dict(zip(self.names, self.numbers, strict=True))

        def number(match: re.Match[str]) -> str:
            text = match.group()
            if text.isdigit():
                return f"{int(text):,}"
            return f"{values[text]:,}" if text in values else text

        return _NAME_OR_WHOLE.sub(number, self.formula)


class Component(Record):
    """One part of the memory; see INTERFACE of the JSON for the names."""

    name: str
    terms: tuple[Term, ...]
    basis: Basis
    source: str
    """Where the formula comes from: a paper, a library's source, a measurement."""
    convention: str = ""
    """What is counted and what is not, in one sentence."""
    upper_bytes: int | None = None
    """What it would be in the worst documented case, when that differs."""
    upper_terms: tuple[Term, ...] = ()
    """The terms of that."""

    @property
    def bytes(self) -> int:
        """The sum of the terms."""
        return sum(term.value for term in self.terms)

    @property
    def formula(self) -> str:
        """Every term with its numbers, on one line."""
        return " + ".join(term.filled for term in self.terms) or "0"


def evaluate(formula: str, /, **values: float) -> int | Fraction:
    """The exact value of a formula; raises NameError for a name without a number."""
    exact = {name: _exact(value) for name, value in values.items()}
    result: int | Fraction = eval(_compiled(formula), dict(_FUNCTIONS), exact)  # noqa: S307 - our own constant text
    return int(result) if result == int(result) else result


@lru_cache(maxsize=512)
def _compiled(formula: str) -> CodeType:
    text = formula
    for sign, python in _SIGNS.items():
        text = text.replace(sign, python)
    text = _DECIMAL.sub(r"Fraction('\g<0>')", text)
    return compile(text, "<formula>", "eval")


class _Per:
    """`a*per*b` is the exact quotient of two: a byte lost to rounding would be a wrong figure.

    Python's own `/` makes a float of two integers; a sign between two `*` stands where it does.
    """

    def __init__(self, above: int | Fraction = 0) -> None:
        self.above = above

    def __rmul__(self, above: int | Fraction) -> "_Per":
        return _Per(above)

    def __mul__(self, below: int | Fraction) -> int | Fraction:
        return _quotient(self.above, below)


def _exact(value: float) -> int | Fraction:
    """The number as it is shown: whole numbers stay so, 0.1 is one tenth."""
    return value if isinstance(value, int) else Fraction(str(value))


def _quotient(above: int | Fraction, below: int | Fraction) -> int | Fraction:
    whole, rest = divmod(above, below)
    return Fraction(above) / below if rest else whole


_FUNCTIONS = {
    "ceil": ceil,
    "floor": floor,
    "min": min,
    "max": max,
    "per": _Per(),
    "Fraction": Fraction,
}
