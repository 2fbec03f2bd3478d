"""The words on the screen in plain sentences, with the model's own figures as examples."""

from functools import lru_cache

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.result import MemoryEstimate
from paramtui.record import Record
from paramtui.reports.glossary_examples import Facts
from paramtui.reports.glossary_table import LINK, TABLE, Entry
from paramtui.reports.units import Units


class GlossaryText(Record):
    """One word explained."""

    word: str
    text: str
    """One or two sentences."""
    example: str
    """This model's own figure as a sentence; empty where it has none."""
    see: tuple[str, ...]
    """Words of the text that have entries of their own."""


def entry(
    word: str, summary: ParameterSummary, estimate: MemoryEstimate, units: Units = Units.GIB
) -> GlossaryText:
    """A word or one of its other names, in singular or plural; raises KeyError for any other."""
    row = find(word)
    return GlossaryText(
        word=row.word,
        text=LINK.sub(r"\1", row.text),
        example=row.example(Facts(summary, estimate, units)) if row.example else "",
        see=tuple(dict.fromkeys(find(m[2] or m[1]).word for m in LINK.finditer(row.text))),
    )


def lookup(about: str) -> str | None:
    """The word for a figure or a control, by its place in the JSON.

    `memory.kv_cache`, `parameters.by_category.mlp`, `parameters.by_kind.bias`,
    `scenario.lora_rank`, `lora.trainable`; None where there is no entry.
    """
    return _places().get(about)


def words() -> tuple[str, ...]:
    """Every word that has an entry, in the table's order."""
    return tuple(row.word for row in TABLE)


def find(word: str) -> Entry:
    """The row of a word; raises KeyError."""
    name = word.casefold()
    rows = _rows()
    return rows[next((form for form in (name, *_singulars(name)) if form in rows), name)]


def _singulars(name: str) -> tuple[str, ...]:
    return name.removesuffix("s"), name.removesuffix("es"), f"{name.removesuffix('ies')}y"


@lru_cache(maxsize=1)
def _rows() -> dict[str, Entry]:
    return {name.casefold(): row for row in TABLE for name in (row.word, *row.aliases)}


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    return {place: row.word for row in TABLE for place in row.about}
