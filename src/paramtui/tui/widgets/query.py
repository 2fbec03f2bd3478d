"""Query: a text field that takes keys strictly in the order they were typed."""

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import Input


class Query(Input):
    """Posts `Ended` for the key that ends it.

    Textual inserts letters at once and looks keys with a binding up later, so of keys that a slow
    link delivers together a backspace would come after the letters that follow it.
    """

    listens = False
    """Whether keys are text; those still underway when it ends go back to the app."""

    @dataclass
    class Ended(Message):
        """Enter, Tab or Escape was pressed."""

        key: str
        value: str

    def on_mount(self) -> None:
        """Stand still: a blinking cursor sends bytes for as long as the field is open."""
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        bound = self._bindings.key_to_bindings.get(event.key)
        if self.listens and event.is_printable and not bound:
            return  # Input's own handler comes next
        event.stop()
        event.prevent_default()
        if not self.listens:
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key in ("enter", "tab", "escape"):
            self.listens = False
            self.post_message(self.Ended(event.key, self.value))
        elif bound:
            await self.run_action(bound[0].action)
