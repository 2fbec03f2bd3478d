"""Library: what the app asks of the world outside; whoever runs it hands one over."""

from pathlib import Path
from typing import Protocol


class Library(Protocol):
    """Every call may take its time and is made on a thread of its own; each raises SourceError."""

    def save(self, name: str, text: str, *, numbered: bool) -> Path:
        """Write a new file; where the name is taken, `numbered` says to take the next free one."""
