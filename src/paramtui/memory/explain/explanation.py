"""Explanation: one figure, its formula in words and with numbers, and where it comes from."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from paramtui.memory.figure import Basis, Component, Term, evaluate
from paramtui.record import Record

MOST_TERMS = 6
"""Terms that are shown; what is left is one more."""
MOST_LABELS = 3
"""Of those left, how many are named."""


class Explanation(Record):
    """One figure: panel, JSON and Markdown show this and nothing else."""

    name: str
    """Its place in the JSON: `parameters.total`, `memory.weights`, `lora.percent`."""
    title: str
    """What it is called on the screen."""
    value: int | Fraction
    unit: str
    """`bytes`, `parameters`, `elements`, `bits` or `%`."""
    terms: tuple[Term, ...]
    """Their sum is the value; of a ratio, its one formula."""
    basis: Basis
    source: str
    convention: str = ""
    """What is counted and what is not."""
    band: float = 0.0
    """Relative error against measurements; 0 where none is known."""
    upper: int | None = None
    """The worst documented case, when that differs."""

    @property
    def formula(self) -> str:
        """In words; terms alike but for their numbers stand once, after a Σ."""
        counts: dict[str, int] = {}
        for term in self.terms:
            counts[term.words] = counts.get(term.words, 0) + 1
        words = (f"Σ {words}" if count > 1 else words for words, count in counts.items())
        return " + ".join(words) or "0"

    @property
    def numbers(self) -> str:
        """The formula with this model's numbers."""
        return " + ".join(term.filled for term in self.terms) or "0"


def summed(
    name: str,
    title: str,
    unit: str,
    terms: Iterable[Term],
    basis: Basis,
    source: str,
    convention: str = "",
    *,
    band: float = 0.0,
    upper: int | None = None,
) -> Explanation:
    """A figure that is a sum: its biggest terms first, the smallest as one."""
    every = tuple(terms)
    return Explanation(
        name=name,
        title=title,
        value=sum(term.value for term in every),
        unit=unit,
        terms=_readable(every),
        basis=basis,
        source=source,
        convention=convention,
        band=band,
        upper=upper,
    )


def ratio(
    name: str, title: str, unit: str, formula: str, source: str, convention: str, /, **values: int
) -> Explanation:
    """A figure that is one quotient, shown rounded and kept exact."""
    value = evaluate(formula, **values)
    term = Term(title, formula, tuple(values), tuple(values.values()), ceil(value))
    return Explanation(name, title, value, unit, (term,), Basis.EXACT, source, convention)


def explain_component(part: Component) -> Explanation:
    """A component of the memory."""
    return summed(
        f"memory.{part.name}",
        title_of(part.name),
        "bytes",
        part.terms,
        part.basis,
        part.source,
        part.convention[:1].upper() + part.convention[1:],
        upper=part.upper_bytes,
    )


def title_of(component: str) -> str:
    """A component's name as people write it."""
    return {"kv_cache": "KV cache"}.get(component, component.replace("_", " "))


def _readable(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    ranked = sorted((term for term in terms if term.value), key=lambda term: -term.value)
    if len(ranked) <= MOST_TERMS + 1:
        return tuple(ranked) or terms[:1]
    shown, left = ranked[:MOST_TERMS], ranked[MOST_TERMS:]
    names = list(dict.fromkeys(term.label for term in left))
    more = ", …" if len(names) > MOST_LABELS else ""
    label = f"{len(left)} more: {', '.join(names[:MOST_LABELS])}{more}"
    return (*shown, Term.of(label, "rest", rest=sum(term.value for term in left)))
