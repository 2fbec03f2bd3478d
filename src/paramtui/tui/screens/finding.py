"""Finding: the part of the start screen that looks for models: nearby, and on the Hub."""

from collections.abc import Mapping, Sequence
from threading import Event

from paramtui.sources.errors import SourceError
from paramtui.sources.listing import Listed, Origin
from paramtui.tui.library import Library
from paramtui.tui.screens.fitting import Fitting


class Finding(Fitting):
    """Everything is looked for on threads; a search that is not wanted any more is cancelled."""

    def __init__(
        self, library: Library, changes: Mapping[str, object], nearest: Sequence[Listed]
    ) -> None:
        super().__init__(library, changes)
        self._nearest = tuple(nearest)
        """What stands first, such as other files of the repository that is open."""
        self._nearby: Sequence[Listed] | None = None
        """None until it is known."""
        self._hub: Sequence[Listed] = ()
        self._status = ""
        """What is under way."""
        self._wanted = Event()
        """Set when the search under way is no longer wanted."""

    def on_unmount(self) -> None:
        """Nobody waits for the search any more."""
        self._wanted.set()

    def looked_around(self) -> None:
        """What is nearby is known."""

    @property
    def models(self) -> list[Listed]:
        """All that were found, each once, the nearest first."""
        nearby = self._nearby or ()
        near = {model.reference for model in (*self._nearest, *nearby)}
        on_hub = (model for model in self._hub if model.reference not in near)
        return [*self._nearest, *nearby, *on_hub]

    def look_around(self) -> None:
        """Find what opens without asking the Hub, and then what its files say."""
        self.in_background(self._library.nearby, self._found_nearby)

    def _found_nearby(self, models: Sequence[Listed]) -> None:
        near = {model.reference for model in self._nearest}
        self._nearby = [model for model in models if model.reference not in near]
        self.write()
        self.looked_around()
        cached = (model for model in self._nearby if model.origin is Origin.CACHE)
        if blank := [model for model in cached if model.parameters is None]:
            self._fill_in(blank)

    def _fill_in(self, blank: Sequence[Listed]) -> None:
        """Look into the files of what lies in the Hub's cache, one model after the other."""
        model, *others = blank

        def look() -> Listed:
            try:
                return self._library.details(model)
            except SourceError:
                return model

        def found(known: Listed) -> None:
            self._nearby = [known if one is model else one for one in self._nearby or ()]
            self.write()
            if others:
                self._fill_in(others)

        self.in_background(look, found)

    def forget_search(self) -> None:
        """What was found on the Hub, or is being looked for, is not asked for any more."""
        self._wanted.set()
        self._hub, self._status = (), ""

    def search_hub(self, query: str) -> None:
        """Find models on the Hub by their names."""
        cancelled = self._wanted = Event()
        self._status = "asking the Hub …"
        self.write()

        def search() -> Sequence[Listed] | None:
            try:
                return self._library.search(query, cancelled)
            except SourceError:
                if cancelled.is_set():
                    return None
                raise

        def found(models: Sequence[Listed] | None) -> None:
            if models is not None and not cancelled.is_set():
                self._hub, self._status = models, ""
                self.write()

        self.in_background(search, found)
