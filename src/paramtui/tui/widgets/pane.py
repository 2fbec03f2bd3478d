"""Pane: a part of the screen that arranges what is in it."""

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip


class Pane(Container):
    """Draws nothing itself: what is behind it shows where nothing of it does."""

    def render_lines(self, crop: Region) -> list[Strip]:  # noqa: ARG002 - Textual's signature
        """No line."""
        return []
