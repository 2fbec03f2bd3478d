"""A second reading of shown formulae, to judge the first."""

import re
from fractions import Fraction
from math import ceil, floor

TOKENS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|min\(|max\(|[-+×÷−⌈⌉⌊⌋(),]")
"""A comma inside a number has three digits after it and no space."""


class Reader:
    """The formula language on fractions, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.tokens = [match.group() for match in TOKENS.finditer(text)]
        assert "".join(self.tokens) == text.replace(" ", "")

    def take(self) -> str:
        return self.tokens.pop(0)

    def next_is(self, *signs: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in signs

    def sum(self) -> Fraction:
        value = self.product()
        while self.next_is("+", "−"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Fraction:
        value = self.atom()
        while self.next_is("×", "÷"):
            value = value * self.atom() if self.take() == "×" else value / self.atom()
        return value

    def atom(self) -> Fraction:
        token = self.take()
        if token[0].isdigit():
            return Fraction(token.replace(",", ""))
        if token in ("min(", "max("):
            values = [self.sum()]
            while self.take() == ",":
                values.append(self.sum())
            return min(values) if token == "min(" else max(values)
        value = self.sum()
        self.take()
        return Fraction(ceil(value) if token == "⌈" else floor(value) if token == "⌊" else value)


def exactly(filled: str) -> Fraction:
    """The value of a shown formula."""
    reader = Reader(filled)
    value = reader.sum()
    assert not reader.tokens
    return value


def evaluated(filled: str) -> int:
    """The same, a fraction rounded up."""
    return ceil(exactly(filled))
