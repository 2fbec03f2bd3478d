"""Line: text in named styles, the one thing every widget draws. No Textual here."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from paramtui.named_tuple import NamedTuple


class Span(NamedTuple):
    """A piece of text in one style."""

    text: str
    style: str = ""
    """A row of `styles.STYLES`; empty for the plain foreground."""


Line = tuple[Span, ...]

EMPTY: Line = ()


class Item(NamedTuple):
    """A line among others, and what it stands for."""

    line: Line
    about: object | None = None
    """What is chosen with it; None for a line only read."""


def width(line: Line) -> int:
    """Terminal cells a line takes."""
    return sum(cell_len(span.text) for span in line)


def left(text: str, cells: int) -> str:
    """Text cut or filled to `cells`, flush left; what is cut ends in an ellipsis."""
    return set_cell_size(shorten(text, cells), cells)


def right(text: str, cells: int) -> str:
    """Text cut or filled to `cells`, flush right."""
    text = shorten(text, cells)
    return " " * (cells - cell_len(text)) + text


def shorten(text: str, cells: int) -> str:
    """Text that takes at most `cells`."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1) + "…" if cells > 0 else ""


def shorten_start(text: str, cells: int) -> str:
    """Text that takes at most `cells`, its end kept."""
    if cell_len(text) <= cells:
        return text
    while text and cell_len(text) > cells - 1:
        text = text[1:]
    return f"…{text}" if cells > 0 else ""


def shorten_middle(text: str, cells: int, start: float = 1 / 3) -> str:
    """Text that takes at most `cells`, its end kept: the end of a path says most.

    `start` is the part of what is kept that stands before the ellipsis.
    """
    if cell_len(text) <= cells or cells < 8:
        return shorten(text, cells)
    head = int((cells - 1) * start)
    tail = cells - 1 - head
    return f"{text[:head]}…{text[-tail:]}" if text.isascii() else shorten(text, cells)


def between(start: Line, end: Line, cells: int) -> Line:
    """Two lines at the two ends of `cells`; the end one gives way when both do not fit."""
    gap = cells - width(start) - width(end)
    if gap < 1:
        return start
    return (*start, Span(" " * gap), *end)


def joined(parts: Sequence[Line], cells: int, separator: Span) -> Line:
    """As many leading parts as fit into `cells`."""
    line: Line = EMPTY
    for part in parts:
        longer = (*line, separator, *part) if line else part
        if line and width(longer) > cells:
            break
        line = longer
    return line


def plain(lines: Iterable[Line]) -> str:
    """The text of lines without their styles."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def wrapped(text: str, cells: int, style: str = "", indent: int = 0) -> list[Line]:
    """Text broken at spaces into lines of at most `cells`, all but the first indented."""
    lines: list[Line] = []
    current = ""
    # A word longer than a line, such as a path, is broken wherever the line ends.
    words = [part for word in text.split() for part in chop_cells(word, max(cells - indent, 1))]
    for word in words:
        room = cells - (indent if lines else 0)
        if current and cell_len(current) + 1 + cell_len(word) > room:
            lines.append((Span(" " * (indent if lines else 0) + current, style),))
            current = word
        else:
            current = f"{current} {word}".strip()
    if current:
        lines.append((Span(" " * (indent if lines else 0) + current, style),))
    return lines
