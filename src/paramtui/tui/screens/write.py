"""WriteMenu: the form and the name of a report."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from paramtui.named_tuple import NamedTuple
from paramtui.reports.render import Form
from paramtui.tui.line import EMPTY, Item, Line, Span, left, wrapped
from paramtui.tui.screens.menu import Menu
from paramtui.tui.screens.name_box import NameBox
from paramtui.tui.widgets.picker import Picker

TITLE, HELP = 11, 38


class Written(NamedTuple):
    """What to write."""

    form: Form | None
    """None for a picture of the screen."""
    name: str
    proposed: bool
    """Whether the name is ours, to be changed where it is taken."""


class Kind(NamedTuple):
    """One form a report can have."""

    title: str
    suffix: str
    help: str
    form: Form | None


KINDS = (
    Kind("Markdown", "md", "tables for an issue or a README", Form.MARKDOWN),
    Kind("JSON", "json", "every figure with its formula", Form.JSON),
    Kind("CSV", "csv", "one row a module, for a spreadsheet", Form.CSV),
    Kind("plain", "txt", "as on a terminal", Form.PLAIN),
    Kind("SVG", "svg", "a picture of this screen", None),
)


class WriteMenu(Menu[Written]):
    """Answers with what to write when Enter is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True)
        for key, action in (("enter,space", "write"), ("n", "name"), ("y", "copy"))
    ]
    TITLE = "Write a report"
    HINT = "Enter writes · n names it · y copies the command · Esc closes"

    def __init__(self, model: str, command: str) -> None:
        super().__init__()
        self._stem = stem(model)
        self._command = command
        self._copied = False

    def items(self, cells: int) -> Sequence[Item]:
        """A row for every form, with the name of its file."""
        return [
            Item(
                (
                    Span(left(f" {kind.title}", TITLE), "strong"),
                    Span(left(kind.help, HELP if cells > TITLE + HELP + 20 else 0), "dim"),
                    Span(f" {self._file(kind)}"),
                ),
                kind,
            )
            for kind in KINDS
        ]

    def foot(self, cells: int) -> Sequence[Line]:
        """The command line that prints the same."""
        lines = wrapped(self._command, cells, "dim", indent=4)[:3]
        title = "copied:" if self._copied else "this again:"
        return [
            EMPTY,
            (Span(title, "key" if self._copied else "dim"),),
            *lines,
            *[EMPTY] * (3 - len(lines)),
        ]

    def action_write(self) -> None:
        """Write the selected form under the proposed name."""
        if (kind := self._selected) is not None:
            self.dismiss(Written(kind.form, self._file(kind), proposed=True))

    def action_copy(self) -> None:
        """Copy the command line."""
        self.app.copy_to_clipboard(self._command)
        self._copied = True
        self.write()

    async def action_name(self) -> None:
        """Ask for another name first."""
        if (kind := self._selected) is None:
            return

        def named(name: str | None) -> None:
            if name:
                self.dismiss(Written(kind.form, name, proposed=name == self._file(kind)))

        await self.app.push_screen(NameBox(f"Write {kind.title} to", self._file(kind)), named)

    @on(Picker.Picked)
    def _picked(self) -> None:
        self.action_write()

    @property
    def _selected(self) -> Kind | None:
        return self.picker.about if isinstance(self.picker.about, Kind) else None

    def _file(self, kind: Kind) -> str:
        return f"{self._stem}.{kind.suffix}"


def stem(model: str) -> str:
    """A file's name from a model's id, without what a file system may not like."""
    last = model.rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.+-]+", "-", last).strip(".-") or "model"
