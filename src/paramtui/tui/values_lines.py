"""The values of a tensor as lines; no Textual here."""

from paramtui.checkpoint.values import TensorValues
from paramtui.reports.values import LABEL as LABEL
from paramtui.reports.values import facts, figures, histogram_lines, meant
from paramtui.tui.line import EMPTY, Line, Span, left, right, wrapped

COLUMN = 20
SHORTEST = 4
"""Lines of a histogram."""


def values_lines(values: TensorValues, cells: int) -> list[Line]:
    """Where it lies, its figures side by side, and the histogram of what they mean."""
    lines: list[Line] = []
    for label, text in facts(values):
        first, *others = wrapped(text, cells - LABEL)
        lines.append((Span(left(label, LABEL), "dim"), *first))
        lines += [(Span(" " * LABEL), *line) for line in others]
    lines.append(EMPTY)
    for label, *texts in figures(values):
        style = "value" if label else "dim"
        columns = [Span(right(text, COLUMN), style) for text in texts]
        lines.append((Span(left(label, LABEL), "dim"), *columns))
    if values.note:
        lines += [EMPTY, *wrapped(values.note, cells, "dim")]
    shown = meant(values)
    if shown and shown.histogram:
        *bars, ends, said = histogram_lines(shown.histogram, cells, SHORTEST)
        lines.append(EMPTY)
        lines += [(Span(bar, "blue"),) for bar in bars]
        lines += [(Span(ends),), (Span(said, "dim"),)]
    return lines
