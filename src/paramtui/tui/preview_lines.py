"""What is known of a model while it is being read, as lines; no Textual here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.line import EMPTY, Line, Span, joined, left, right, shorten_middle

if TYPE_CHECKING:  # the first frame waits for nothing it does not show
    from paramtui.checkpoint.checkpoint import Checkpoint, Total
    from paramtui.checkpoint.preview import Branch, Preview

INDENT = Span("  ")
DOT = Span(" · ", "faint")
WHENCE: Line = (Span("by the Hub's description", "dim"),)
COPIES, TENSORS, BYTES, SHARE = 7, 9, 12, 9
NAME = 40
"""Cells of a row that are kept from all figures but the bytes."""
WIDEST = 80
"""Cells a row takes at most: figures far from their names are hard to read."""


def preview_lines(preview: Preview, size: Units, cells: int, rows: int) -> list[Line]:
    """The totals of the description, then the branches that are read, in at most `rows` lines."""
    public = preview.public
    lines = _described(public, size, cells) if public else []
    if preview.branches:
        whole = sum(shard.size or 0 for shard in public.shards) if public else 0
        room = rows - len(lines) - bool(lines)
        lines += [EMPTY] * bool(lines)
        lines += _branches(preview.branches, whole, size, min(cells - 2, WIDEST), room)
    return lines[:rows]


def _described(public: Checkpoint, size: Units, cells: int) -> list[Line]:
    """What the Hub's description says: what it is; how much; of which types or components."""
    counts = [total.parameters for total in public.totals if total.parameters is not None]
    nbytes = sum(shard.size or 0 for shard in public.shards)
    what = [
        public.config.architecture or public.config.model_type or "",
        f"licence {public.license}" if public.license else "",
    ]
    much = [
        f"{units.count(sum(counts))} {_counted(public.totals)}" if counts else "",
        f"{units.size(nbytes, size)} in {units.plural(len(public.shards), 'file')}",
    ]
    ranked = sorted(public.totals, key=lambda total: -total.elements)
    lines = [
        _joined([(Span(fact, "dim"),) for fact in what if fact], cells),
        _joined([*((Span(fact, "strong"),) for fact in much if fact), WHENCE], cells),
        _joined([line for total in ranked if (line := _total(total, size))], cells),
    ]
    return [line for line in lines if line]


def _counted(totals: Sequence[Total]) -> str:
    """What the Hub counts: an integer, or less than a byte, may hold several parameters."""
    from paramtui.checkpoint.counting.totals import FILES

    types = [total.dtype for total in totals if total.dtype is not FILES]
    floats = all("F" in dtype.name and dtype.bits >= 8 for dtype in types)
    return "parameters" if floats else "elements"


def _joined(parts: Sequence[Line], cells: int) -> Line:
    return (INDENT, *joined(parts, cells - 2, DOT)) if parts else EMPTY


def _total(total: Total, size: Units) -> Line:
    """The elements of a type, or the bytes of a component; nothing new of the only one."""
    from paramtui.checkpoint.counting.totals import FILES

    if total.dtype is not FILES:
        return (Span(f"{total.dtype.name} ", "dim"), Span(units.count(total.elements)))
    if total.name:
        return (Span(f"{total.name} ", "dim"), Span(units.size(total.elements, size)))
    return EMPTY


def _branches(
    branches: Sequence[Branch], whole: int, size: Units, cells: int, rows: int
) -> list[Line]:
    """A head, then a row each, as many as there is room for."""
    columns = {"bytes": BYTES, "tensors": TENSORS, **({"share": SHARE} if whole else {})}
    while len(columns) > 1 and cells - sum(columns.values()) < NAME:
        columns.popitem()
    name = max(cells - len(INDENT.text) - COPIES - sum(columns.values()), 1)
    titles = "".join(right(title, width) for title, width in columns.items())
    lines: list[Line] = [(INDENT, Span(left("read so far", name + COPIES) + titles, "dim"))]
    shown = branches if len(branches) < rows else branches[: max(rows - 2, 0)]
    for branch in shown:
        copies = f"× {branch.copies}" if branch.copies > 1 else ""
        figures = {
            "bytes": units.size(branch.nbytes, size),
            "tensors": units.exact(branch.tensors),
            "share": units.percent(branch.nbytes, whole),
        }
        text = "".join(right(figures[title], width) for title, width in columns.items())
        start = left(shorten_middle(branch.name, name - 1), name)
        lines.append((INDENT, Span(start), Span(left(copies, COPIES), "key"), Span(text, "dim")))
    if len(shown) < len(branches):
        lines.append((INDENT, Span(f"… and {len(branches) - len(shown):,} more", "dim")))
    return lines
