"""Measuring: the part of the main screen that reads what the numbers of a tensor are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from paramtui.tui.library import Library
from paramtui.tui.opening import Opened
from paramtui.tui.screens.working import Working
from paramtui.tui.told import Told
from paramtui.tui.visible_rows import Row

if TYPE_CHECKING:
    from paramtui.tui.explain import Subject


class Measuring(Working):
    """Values are read from local files, and only where they are asked for."""

    opened: Opened
    library: Library

    @property
    def subject(self) -> Subject | None:
        """What the cursor of the pane in use is on."""
        raise NotImplementedError

    def action_values(self) -> None:
        """Show the values of the selected tensor, of one copy after the other where it has many."""
        from paramtui.checkpoint.comparing.tensors_at import tensors_at
        from paramtui.tui.screens.values import ValuesScreen

        about, opened = self.subject, self.opened
        module = about.module if isinstance(about, Row) else None
        tensors = tensors_at(opened.summary, module.tensor) if module and module.tensor else ()
        if tensors:
            ask = partial(self.library.values, opened.checkpoint, opened.reference)
            self.app.push_screen(ValuesScreen(tensors, ask))
        else:
            self.told = Told("values are of one tensor: open the module and choose one", wrong=True)
