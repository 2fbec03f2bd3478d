"""The characters we draw with, and their ASCII twins; no Textual here."""

from collections.abc import Sequence

from rich.cells import cell_len

EIGHTHS = " ▏▎▍▌▋▊▉█"

_TWINS = {
    "▸": "+", "▾": "-", "·": "|", "…": "~", "–": "-", "—": "-", "×": "x", "÷": "/", "−": "-",
    "±": "~", "≈": "?", "≥": ">", "≤": "<", "→": ">", "←": "<", "↑": "^", "↓": "v", "▲": "!",
    "▁": ".", "▂": ".", "▃": ":", "▅": "+", "▆": "*", "▇": "#",
    "─": "-", "│": "|", "⌈": "[", "⌉": "]", "⌊": "[", "⌋": "]", "²": "2", "³": "3", "’": "'",
    "█": "#", "▓": "%", "▒": "+", "░": ".", "▀": "^", "▄": "_",
    "▏": "'", "▎": "'", "▍": "-", "▌": "|", "▋": "=", "▊": "=", "▉": "#",
}  # fmt: skip
_TABLE = str.maketrans(_TWINS)


def to_ascii(text: str) -> str:
    """The same text in ASCII, cell for cell; what has no twin is a question mark."""
    text = text.translate(_TABLE)
    if text.isascii():
        return text
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text)


def bar(share: float, cells: int) -> str:
    """A bar of a share from 0 to 1 in eighths of a cell, filled with spaces to `cells`."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, part = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[part] if part else "")).ljust(cells)


def split(sizes: Sequence[float], cells: int) -> list[int]:
    """Cells for each size, in proportion, summing to `cells`; a size above 0 gets one at least.

    Largest remainders first, so that no segment is off by a whole cell.
    """
    total = sum(sizes)
    if total <= 0 or cells <= 0:
        return [0] * len(sizes)
    least = [1 if size > 0 else 0 for size in sizes]
    if sum(least) > cells:
        ranked = sorted(range(len(sizes)), key=lambda index: -sizes[index])[:cells]
        return [int(index in ranked) for index in range(len(sizes))]
    shares = [max(size / total * cells, one) for size, one in zip(sizes, least, strict=True)]
    result = [int(share) for share in shares]
    while sum(result) > cells:
        biggest = max(range(len(result)), key=lambda index: result[index])
        result[biggest] -= 1
    rest = sorted(range(len(result)), key=lambda index: result[index] - shares[index])
    for index in rest[: cells - sum(result)]:
        result[index] += 1
    return result
