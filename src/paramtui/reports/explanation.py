"""An explanation as text and as JSON."""

from fractions import Fraction

from paramtui.checkpoint.config import Json
from paramtui.memory.explain.explanation import Explanation
from paramtui.reports.units import Units, exact, size


def result(explanation: Explanation, units: Units = Units.GIB) -> str:
    """The value with its unit: `16,060,522,496 bytes (14.96 GiB)`, `0.5196 %`."""
    value = explanation.value
    if isinstance(value, Fraction):
        return f"{float(value):.4g} {explanation.unit}"
    if explanation.unit != "bytes" or value < 1000:
        return f"{exact(value)} {explanation.unit}"
    return f"{exact(value)} bytes ({size(value, units)})"


def trust(explanation: Explanation, units: Units = Units.GIB) -> str:
    """How far it can be trusted: its basis, its band, its upper figure."""
    words = [explanation.basis.value]
    if explanation.band:
        words.append(f"± {explanation.band * 100:.0f} %")
    if explanation.upper is not None and explanation.upper != explanation.value:
        words.append(f"at most {size(explanation.upper, units)}")
    return ", ".join(words)


def equation(explanation: Explanation, units: Units = Units.GIB) -> str:
    """The whole figure on one line: words = numbers = result; a rounded result follows ≈."""
    words, numbers = explanation.formula, explanation.numbers
    if not any(sign in words for sign in "+−×÷⌈"):
        # A number that is given and not computed has no formula but its name.
        return f"{words} = {result(explanation, units)}"
    equals = "≈" if isinstance(explanation.value, Fraction) else "="
    return f"{words} = {numbers} {equals} {result(explanation, units)}"


def explanation_document(explanation: Explanation) -> dict[str, Json]:
    """The JSON of one figure; `formula` is the one with numbers, as in a component."""
    value = explanation.value
    document: dict[str, Json] = {
        "value": float(value) if isinstance(value, Fraction) else value,
        "unit": explanation.unit,
        "symbols": explanation.formula,
        "formula": explanation.numbers,
        "basis": explanation.basis.value,
        "source": explanation.source,
        "convention": explanation.convention,
    }
    return document | ({"band": explanation.band} if explanation.band else {})
