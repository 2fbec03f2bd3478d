"""Told: one sentence about what a key did or could not do; no Textual here."""

from __future__ import annotations

import logging

from paramtui.memory.errors import ScenarioError
from paramtui.named_tuple import NamedTuple
from paramtui.sources.errors import SourceError

LOG = logging.getLogger("paramtui.tui")
# Without a handler of its own it would write on the screen.
LOG.addHandler(logging.NullHandler())
REPORT = "please report it; all else still works"


class Told(NamedTuple):
    """A sentence and, where there is one, the next step."""

    text: str
    hint: str = ""
    wrong: bool = False
    """Whether something could not be done."""

    @classmethod
    def problem(cls, error: BaseException) -> Told:
        """What to say of an error: its own words if it is one of ours, else that it is not."""
        if isinstance(error, ScenarioError | SourceError):
            return cls(str(error), error.hint or "", wrong=True)
        LOG.error("unexpected", exc_info=error)
        text = f"that failed: {type(error).__name__}: {error}"
        return cls(text, REPORT, wrong=True)
