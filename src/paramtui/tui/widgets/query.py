"""Query: a text field that takes keys strictly in the order they were typed."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input


class Query(Input):
    """Posts `Ended` for the keys that end it.

    Textual inserts letters at once and looks keys with a binding up later, so of keys that a slow
    link delivers together a backspace would come after the letters that follow it.
    """

    virtual_size: reactive[Size] = reactive(Size(0, 0), layout=False)
    """Typing moves nothing else: Textual would lay the whole screen out for every letter."""
    listens = False
    """Whether keys are text; those still underway when it ends go back to the app."""
    ENDING: ClassVar[frozenset[str]] = frozenset({"enter", "tab", "escape"})
    PASSING: ClassVar[frozenset[str]] = frozenset()
    """Keys that are told of in the same way, and after which it listens on."""
    CLEARS: ClassVar[bool] = False
    """Whether Escape first clears what was typed."""

    @dataclass
    class Ended(Message):
        """A key that is no text was pressed."""

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
        elif event.key == "escape" and self.value and self.CLEARS:
            self.value = ""
        elif event.key in self.ENDING | self.PASSING:
            self.listens = event.key in self.PASSING
            self.post_message(self.Ended(event.key, self.value))
        elif bound:
            await self.run_action(bound[0].action)
