"""The start screen's list: which models answer to what was typed, and a line each; no Textual."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from paramtui.named_tuple import NamedTuple
from paramtui.reports import units
from paramtui.sources.listing import Listed
from paramtui.tui.fits import Fitted
from paramtui.tui.line import Item, Line, Span, left, right, shorten_middle

Needs = Mapping[Listed, Fitted | None]
"""What models need on a GPU; None where nothing is known of their size."""


class Sorting(str, Enum):
    """How the models are ordered."""

    NEAREST = "nearest first"
    PARAMETERS = "parameters"
    CONTEXT = "context"
    NAME = "name"


class Typed(NamedTuple):
    """What was typed, to be opened as it is."""

    reference: str


class Column(NamedTuple):
    """One column beside the name, with its title and cells."""

    title: str
    cells: int
    flush_left: bool = False


PARAMETERS = Column("parameters", 12)
CONTEXT = Column("context", 13)
LICENSE = Column("licence", 20, flush_left=True)
NEEDS = Column("needs", 13)
"""Only where it is asked what fits."""
READS = Column("reads", 14, flush_left=True)
ORIGIN = Column("from", 14, flush_left=True)
KEPT = (PARAMETERS, NEEDS, ORIGIN, CONTEXT, LICENSE, READS)
"""In the order in which they are kept where the screen is narrow."""
SHOWN = (PARAMETERS, NEEDS, CONTEXT, LICENSE, READS, ORIGIN)
NAME = 30
"""Cells the name has at least."""
GAP = "  "


def matching(models: Iterable[Listed], text: str, sorting: Sorting) -> list[Listed]:
    """The models that have every word typed in their name, licence, modality or place."""
    words = text.casefold().split()
    found = [model for model in models if all(word in _words(model) for word in words)]
    if sorting is Sorting.NEAREST:
        return sorted(found, key=lambda model: _distance(model.reference.casefold(), text))
    return sorted(found, key=_KEYS[sorting])


def that_fit(models: Iterable[Listed], needs: Needs) -> tuple[list[Listed], int, int]:
    """The models that fit; how many are not worked out yet, and of how many no size is known."""
    kept, waiting, unknown = [], 0, 0
    for model in models:
        found = needs.get(model)
        if found:
            kept += [model] if found.fits else []
        elif model in needs:
            unknown += 1
        else:
            waiting += 1
    return kept, waiting, unknown


def left_out(waiting: int, unknown: int) -> str:
    """What is not in the list, although it may fit."""
    if waiting:
        return f"working out {units.plural(waiting, 'more model')} …"
    return f"of {units.plural(unknown, 'other')} no size is known" if unknown else ""


def items(
    models: Sequence[Listed],
    text: str,
    columns: Sequence[Column],
    cells: int,
    needs: Needs | None = None,
) -> list[Item]:
    """The models as lines, and what was typed where it may be a name of its own."""
    lines = [Item(_line(model, columns, cells, needs or {}), model) for model in models]
    text = text.strip()
    known = any(model.reference == text for model in models)
    if known or not text or (" " in text and "/" not in text):
        return lines
    typed = Item((Span("  open ", "dim"), Span(text, "strong")), Typed(text))
    # A path, an address and a full name are meant as they stand; letters alone ask for a choice.
    return [typed, *lines] if "/" in text or text.startswith((".", "~")) else [*lines, typed]


def facts(about: object) -> Line:
    """All that is known of the selected model, on one line."""
    if not isinstance(about, Listed):
        return ()
    known = [f"{units.exact(about.context)} tokens" if about.context else ""]
    known += [about.license, about.modality, about.origin.value]
    tail = "".join(f" · {fact}" for fact in known if fact)
    return (Span(f" {about.reference}", "strong"), Span(tail, "dim"))


def fitting(cells: int, *, needs: bool = False) -> list[Column]:
    """The columns that fit beside a readable name."""
    kept = [column for column in KEPT if needs or column is not NEEDS]
    while kept and cells - sum(column.cells for column in kept) < NAME:
        kept.pop()
    return [column for column in SHOWN if column in kept]


def heading(columns: Sequence[Column], sorting: Sorting, cells: int) -> Line:
    """The titles; a mark on the one that sorts."""
    spans = [_title("model", sorting is Sorting.NAME, _name_cells(columns, cells), flush_left=True)]
    for column in columns:
        sorts = column.title == sorting.value
        spans.append(_title(column.title, sorts, column.cells, flush_left=column.flush_left))
    return tuple(spans)


def _title(text: str, sorts: bool, cells: int, *, flush_left: bool) -> Span:
    text = f"{'▾' * sorts}{text}"
    shown = left(f"{GAP}{text}", cells) if flush_left else right(text, cells)
    return Span(shown, "strong" if sorts else "dim")


def _line(model: Listed, columns: Sequence[Column], cells: int, needs: Needs) -> Line:
    room = _name_cells(columns, cells)
    name = left(f"{GAP}{shorten_middle(model.reference, room - 3)}", room)
    owner, slash, last = name.rpartition("/")
    spans = [Span(owner + slash, "dim"), Span(last)]
    for column in columns:
        text = _needed(needs.get(model)) if column is NEEDS else _text(model, column)
        shown = (
            left(f"{GAP}{text}", column.cells) if column.flush_left else right(text, column.cells)
        )
        spans.append(Span(shown, "" if column in (PARAMETERS, NEEDS) else "dim"))
    return tuple(spans)


def _name_cells(columns: Sequence[Column], cells: int) -> int:
    return max(cells - sum(column.cells for column in columns), 0)


def _text(model: Listed, column: Column) -> str:
    if column is PARAMETERS:
        size = units.size(model.size) if model.size is not None else ""
        return units.count(model.parameters) if model.parameters else size
    if column is CONTEXT:
        return units.exact(model.context) if model.context else ""
    return {LICENSE: model.license, READS: model.modality, ORIGIN: model.origin.value}[column]


def _needed(found: Fitted | None) -> str:
    """Of a bundled model what the main screen says; else its weights alone, as far as known."""
    if found is None:
        return ""
    return f"{'' if found.exact else '≈ '}{units.memory(found.need)}"


def _words(model: Listed) -> str:
    facts = (model.reference, model.license, model.modality, model.origin.value)
    return " ".join(facts).casefold()


def _distance(name: str, text: str) -> int:
    """0 for the name itself, then what begins with it, what has it, what has its words apart."""
    text = text.strip().casefold()
    last = name.rpartition("/")[2]
    if not text or text in (name, last):
        return 0
    return 1 if last.startswith(text) or name.startswith(text) else 2 if text in name else 3


_KEYS = {
    Sorting.PARAMETERS: lambda model: (-(model.parameters or 0), model.reference.casefold()),
    Sorting.CONTEXT: lambda model: (-(model.context or 0), model.reference.casefold()),
    Sorting.NAME: lambda model: model.reference.casefold(),
}
