"""LocalLibrary: this machine and the Hub, as the app asks for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from paramtui.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:  # the app's first frame waits for this module
    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.checkpoint.tensor import TensorInfo
    from paramtui.checkpoint.values import TensorValues
    from paramtui.sources.listing import Listed


class LocalLibrary(Record):
    """What the app may ask for; each call may take its time, and raises SourceError."""

    offline: bool = False
    refresh: bool = False
    recent: Path | None = None
    """The file of what was opened last; None to keep none."""

    def open(
        self, reference: str, progress: Callable[[object], None], cancelled: Event
    ) -> Checkpoint:
        """Open what was typed."""
        from paramtui.sources.loading import load

        return load(
            reference,
            offline=self.offline,
            refresh=self.refresh,
            progress=progress,
            preview=progress,
            cancelled=cancelled,
        )

    def nearby(self) -> Sequence[Listed]:
        """What opens without asking the Hub: recent ones, the Hub's cache, the catalogue."""
        from huggingface_hub import constants

        from paramtui.sources.listing import nearby
        from paramtui.sources.recent import recent

        return nearby(recent(self.recent) if self.recent else [], Path(constants.HF_HUB_CACHE))

    def described(self, reference: str) -> Checkpoint | None:
        """The bundled description of a model, where there is one."""
        from paramtui.sources.catalog import load_bundled

        return load_bundled(reference)

    def details(self, model: Listed) -> Listed:
        """The same model of the Hub's cache, with what its files here say of it."""
        from paramtui.sources.listing import with_details
        from paramtui.sources.loading import load

        return with_details(model, load(model.reference, offline=True))

    def search(self, query: str, cancelled: Event) -> Sequence[Listed]:
        """Models of the Hub by name; none while the network is switched off."""
        if self.offline:
            return ()
        from paramtui.sources.reference import HUB, check_endpoint

        check_endpoint(os.environ.get("HF_ENDPOINT") or HUB)  # before the Hub's library stumbles
        from huggingface_hub import constants

        if constants.is_offline_mode():
            return ()
        from paramtui.sources.hub.search import search
        from paramtui.sources.progress import Watch

        return search(query, Watch(cancelled=cancelled))

    def values(
        self,
        checkpoint: Checkpoint,
        reference: str,
        tensor: TensorInfo,
        progress: Callable[[object], None],
        cancelled: Event,
    ) -> TensorValues:
        """What the numbers of a tensor are; `reference` is what opened its checkpoint."""
        from paramtui.sources.progress import Watch
        from paramtui.sources.tensor_values import tensor_values

        return tensor_values(checkpoint, reference, tensor, Watch(progress, cancelled))

    def remember(self, reference: str, checkpoint: Checkpoint, parameters: int) -> None:
        """Put a model first among the recent ones."""
        from paramtui.sources.recent import remember

        if self.recent:
            remember(self.recent, reference, checkpoint, parameters)

    def save(self, name: str, text: str, *, numbered: bool) -> Path:
        """Write a new file; where the name is taken, `numbered` says to take the next free one."""
        from paramtui.sources.saving import save

        return save(name, text, numbered=numbered)
