"""LocalLibrary: this machine and the Hub, as the app asks for them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalLibrary:
    """What the app may ask for; each call may take its time, and raises SourceError."""

    offline: bool = False
    refresh: bool = False

    def save(self, name: str, text: str, *, numbered: bool) -> Path:
        """Write a new file; where the name is taken, `numbered` says to take the next free one."""
        from paramtui.sources.saving import save

        return save(name, text, numbered=numbered)
