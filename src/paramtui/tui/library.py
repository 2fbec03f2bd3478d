"""Library: what the app asks of the world outside; whoever runs it hands one over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the main screen waits for this module
    from pathlib import Path
    from threading import Event

    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.checkpoint.tensor import TensorInfo
    from paramtui.checkpoint.values import TensorValues
    from paramtui.sources.listing import Listed


class Library(Protocol):
    """Every call may take its time and is made on a thread of its own; each raises SourceError."""

    def open(
        self, reference: str, progress: Callable[[object], None], cancelled: Event
    ) -> Checkpoint:
        """Open what was typed; `cancelled` stops it when set."""

    def nearby(self) -> Sequence[Listed]:
        """What opens without asking the Hub."""

    def described(self, reference: str) -> Checkpoint | None:
        """The bundled description of a model, where there is one."""

    def details(self, model: Listed) -> Listed:
        """The same model of the Hub's cache, with what its files here say of it."""

    def search(self, query: str, cancelled: Event) -> Sequence[Listed]:
        """Models of the Hub by name; none while the network is switched off."""

    def values(
        self,
        checkpoint: Checkpoint,
        reference: str,
        tensor: TensorInfo,
        progress: Callable[[object], None],
        cancelled: Event,
    ) -> TensorValues:
        """What the numbers of a tensor are; `reference` is what opened its checkpoint."""

    def remember(self, reference: str, checkpoint: Checkpoint, parameters: int) -> None:
        """Put a model first among the recent ones."""

    def save(self, name: str, text: str, *, numbered: bool) -> Path:
        """Write a new file; where the name is taken, `numbered` says to take the next free one."""
