"""What is shown is what was computed."""

from fractions import Fraction
from operator import add, mul, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.memory.figure import Basis, Component, Term, evaluate
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import PRECISIONS
from tests.memory.reader import evaluated
from tests.memory.small_models import llama

NUMBERS = st.one_of(
    st.integers(1, 10**15), st.integers(1, 300), st.sampled_from([0.5, 1.0625, 0.1, 0.05])
)

SHAPES = (
    *("{} + {}", "{} × {}", "({} + {})", "({} − {})", "{} ÷ 7"),
    *("⌈{} ÷ {}⌉", "⌊{} ÷ {}⌋", "min({}, {})", "max({}, {})"),
)


@st.composite
def formulas(draw: st.DrawFn) -> tuple[str, dict[str, float]]:
    values: dict[str, float] = {}

    def expression(depth: int) -> str:
        if depth == 0 or draw(st.integers(0, 3)) == 0:
            if draw(st.booleans()):
                return str(draw(st.integers(1, 4096)))
            name = f"term_{chr(97 + len(values))}"
            values[name] = draw(NUMBERS)
            return name
        shape = draw(st.sampled_from(SHAPES))
        return shape.format(*(expression(depth - 1) for _ in range(shape.count("{}"))))

    return expression(3), values


@given(formulas())
def test_a_shown_formula_evaluates_to_the_shown_value(case: tuple[str, dict[str, float]]) -> None:
    formula, values = case
    try:
        term = Term.of("any", formula, **values)
    except ZeroDivisionError:
        return
    assert evaluated(term.filled) == term.value


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_term_of_the_weights_evaluates_to_its_value(precision: str) -> None:
    component = weights(llama(2048, 8192, 16, 32, 8, 128256, tied=True), precision)
    assert [evaluated(term.filled) for term in component.terms] == [
        term.value for term in component.terms
    ]
    assert evaluated(component.formula) == component.bytes


def test_division_is_exact_where_floats_are_not() -> None:
    # 1 ÷ 49 × 49 is 0.99… in floats, and 2^53 + 1 is no float at all.
    assert Term.of("a", "one ÷ 49 × 49 × 1", one=1).value == 1
    assert Term.of("a", "n ÷ 1", n=2**53 + 1).value == 2**53 + 1
    assert Term.of("a", "n × 0.1 × 10", n=3).value == 3


def test_a_fraction_is_rounded_up() -> None:
    assert Term.of("a", "n ÷ 2", n=5).value == 3


def test_a_name_without_a_number_is_an_error() -> None:
    with pytest.raises(NameError):
        Term.of("a", "rows × columns", rows=2)


def test_words_and_numbers_of_a_term() -> None:
    term = Term.of("a", "2 × vocab_size × hidden", vocab_size=128256, hidden=4096)
    assert term.words == "2 × vocab size × hidden"
    assert term.filled == "2 × 128,256 × 4,096"


def test_the_formulas_own_numbers_are_grouped_too() -> None:
    assert Term.of("a", "n + 1024 × 1.0625", n=2048).filled == "2,048 + 1,024 × 1.0625"


def test_a_component_is_the_sum_of_its_terms() -> None:
    terms = (Term.of("a", "2 × n", n=1000), Term.of("b", "n + 1", n=1))
    component = Component("weights", terms, Basis.EXACT, "arithmetic")
    assert component.bytes == 2002
    assert component.formula == "2 × 1,000 + 1 + 1"
    assert Component("weights", (), Basis.EXACT, "arithmetic").formula == "0"


def divided(above: Fraction, below: Fraction) -> Fraction:
    return above / below if below else Fraction(0)  # not compared


OPERATORS = {"+": add, "−": sub, "×": mul, "÷": divided}
EXPRESSIONS = st.recursive(
    st.integers(1, 99).map(lambda number: (str(number), Fraction(number))),
    lambda parts: st.builds(
        lambda one, sign, other: (
            f"({one[0]}) {sign} ({other[0]})",
            OPERATORS[sign](one[1], other[1]),
        ),
        parts,
        st.sampled_from(["+", "−", "×", "÷"]),
        parts,
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_arithmetic_is_exact(case: tuple[str, Fraction]) -> None:
    formula, value = case
    try:
        found = evaluate(formula)
    except ZeroDivisionError:
        return
    assert found == value


@given(
    st.lists(st.tuples(st.sampled_from("×÷"), st.integers(1, 99)), max_size=6), st.integers(1, 9)
)
def test_products_and_quotients_are_taken_from_the_left(
    steps: list[tuple[str, int]], first: int
) -> None:
    formula, value = str(first), Fraction(first)
    for sign, number in steps:
        formula += f" {sign} {number}"
        value = OPERATORS[sign](value, Fraction(number))
    assert evaluate(f"1 + {formula} − 0.5") == 1 + value - Fraction(1, 2)
