"""The least that Textual can show: the floor of any start."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    """A word."""

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static("opening")


if __name__ == "__main__":
    Minimal().run()
