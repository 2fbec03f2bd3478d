"""Marks as the tree shows them: a few words a row, its own or inherited; no Textual here."""

from collections.abc import Sequence
from functools import lru_cache

from paramtui.checkpoint.comparing.selection import select
from paramtui.checkpoint.module import Module
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.marks.mark import Aspect, Mark
from paramtui.memory.marks.row_marks import RowMark, row_marks
from paramtui.memory.marks.split import actions_by_group
from paramtui.named_tuple import NamedTuple

TITLE = "what if"
WIDEST = 18
WORDS = {"freeze": "frozen", "train": "trained", "prune": "left out"}
"""What a row is after an action; a precision's name says it itself."""
IN_PART, MORE = "in part", "…"
"""What is said where marks hold for some of what is below, alone or behind others."""
ORDER = (Aspect.PRESENCE, Aspect.PRECISION, Aspect.TRAINING)


class RowWords(NamedTuple):
    """What is asked of one row."""

    text: str = ""
    own: bool = False
    """Whether some of it is set on this very row."""
    gone: bool = False
    """Whether the row is left out of the model."""


NO_MARKS = RowWords()


class Marking(NamedTuple):
    """The marks in force on a checkpoint."""

    summary: ParameterSummary
    marks: tuple[Mark, ...] = ()

    @property
    def cells(self) -> int:
        """Cells of the column of marks: as many as the longest words need; none without marks."""
        return _cells(self.summary, self.marks) if self.marks else 0

    def words(self, module: Module) -> RowWords:
        """What the marks come to on a row; nothing for a checkpoint without any."""
        if not self.marks:
            return NO_MARKS
        paths = paths_of(self.summary, module)
        found = [row_marks(self.summary, self.marks, path) for path in paths]
        held = {aspect: _together([marks.get(aspect) for marks in found]) for aspect in ORDER}
        presence = held[Aspect.PRESENCE]
        if presence and presence.action:
            return RowWords(WORDS[presence.action], presence.own, gone=True)
        found_marks = [mark for mark in held.values() if mark]
        said = [_word(mark.action) for mark in found_marks if mark.action]
        if len(said) < len(found_marks):
            said.append(MORE if said else IN_PART)
        return RowWords(" ".join(said), any(mark.own for mark in found_marks))


@lru_cache(maxsize=32)
def _cells(summary: ParameterSummary, marks: tuple[Mark, ...]) -> int:
    found = actions_by_group(summary.whole or summary, marks)
    words = [TITLE, *(_word(mark.action) for mark in marks)]
    for place, precisions in found[Aspect.PRECISION].items():
        for action, mask in found[Aspect.TRAINING].get(place, {}).items():
            both = (name for name, other in precisions.items() if mask & other)
            words += (f"{name} {_word(action)}" for name in both)
    return min(max(map(len, words)), WIDEST)


def paths_of(summary: ParameterSummary, module: Module) -> list[str]:
    """The paths a row stands for: its own, or of a category, which has none, those below it."""
    if select(summary, module.path):
        return [module.path]
    return [path for child in module.children for path in paths_of(summary, child)]


def _together(marks: Sequence[RowMark | None]) -> RowMark | None:
    """One mark for several paths: in part where they differ."""
    some = [mark for mark in marks if mark]
    if not some:
        return None
    alike = len(some) == len(marks) and len({mark.action for mark in some}) == 1
    return RowMark(some[0].action if alike else "", any(mark.own for mark in some))


def _word(action: str) -> str:
    return WORDS.get(action, action)
