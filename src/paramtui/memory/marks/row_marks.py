"""What the marks come to on one row of the tree: its own, inherited, or of some below it."""

from collections.abc import Mapping
from functools import lru_cache

from paramtui.checkpoint.comparing.selection import select
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.marks.mark import Aspect, Mark
from paramtui.memory.marks.split import actions_by_group
from paramtui.record import Record


class RowMark(Record):
    """One aspect of one row."""

    action: str
    """What holds for all of the row; empty where its parts differ."""
    own: bool
    """Set on this very path; else inherited, or set below."""


@lru_cache(maxsize=4096)
def row_marks(
    summary: ParameterSummary, marks: tuple[Mark, ...], path: str
) -> Mapping[Aspect, RowMark]:
    """The marks in force on a row, by aspect; none where there are none.

    Raises ScenarioError for marks that cannot be. Cheap enough to ask for every row that is drawn.
    """
    base = summary.whole or summary
    if not marks:
        return {}
    there = select(base, path or "*")
    found = {}
    for aspect, groups in actions_by_group(base, marks).items():
        acting: set[str] = set()
        rest = False
        for place, mask in there.items():
            left = mask
            for action, chosen in groups.get(place, {}).items():
                if left & chosen:
                    acting.add(action)
                    left &= ~chosen
            rest |= bool(left)
        if acting:
            own = any(mark.path == path and mark.aspect is aspect for mark in marks)
            alike = len(acting) == 1 and not rest
            found[aspect] = RowMark(next(iter(acting)) if alike else "", own)
    return found
