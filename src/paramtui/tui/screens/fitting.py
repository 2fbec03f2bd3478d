"""Fitting: the part of the start screen that works out which models a GPU holds."""

from collections.abc import Mapping, Sequence
from time import monotonic

from paramtui.sources.listing import Listed
from paramtui.tui.fits import Asked, Fitted, fitted
from paramtui.tui.library import Library
from paramtui.tui.screens.working import Working


class Fitting(Working):
    """Works on a thread, a fraction of a second at a time, the smallest models first."""

    SPELL = 0.2
    """Seconds after which what was found is shown."""

    def __init__(self, library: Library, changes: Mapping[str, object]) -> None:
        super().__init__()
        self._library = library
        self._changes = changes
        self._asked: Asked | None = None
        self._needs: dict[Listed, Fitted | None] = {}
        self._working = False

    def write(self) -> None:
        """Show what is known by now."""
        raise NotImplementedError

    def ask(self, asked: Asked | None, models: Sequence[Listed]) -> None:
        """See to it that the needs of these models become known."""
        if asked != self._asked:
            self._asked, self._needs = asked, {}
        if asked is None or self._working:
            return
        left = [model for model in models if model not in self._needs]
        if left:
            left.sort(key=lambda model: model.parameters or 0)
            self._work(asked, left)

    @property
    def needs(self) -> Mapping[Listed, Fitted | None] | None:
        """What is known by now of what is asked; None where nothing is."""
        return self._needs if self._asked else None

    def _work(self, asked: Asked, models: Sequence[Listed]) -> None:
        self._working = True

        def spell() -> dict[Listed, Fitted | None]:
            found: dict[Listed, Fitted | None] = {}
            end = monotonic() + self.SPELL
            for model in models:
                found[model] = fitted(model, asked, self._changes, self._library.described)
                if monotonic() > end:
                    break
            return found

        def done(found: dict[Listed, Fitted | None]) -> None:
            self._working = False
            if asked == self._asked:
                self._needs |= found
            self.write()

        self.in_background(spell, done)
