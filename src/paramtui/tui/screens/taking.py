"""Taking: the part of the main screen that copies figures and writes reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.reactive import var

from paramtui.reports.units import Units
from paramtui.tui.costs import Costs
from paramtui.tui.library import Library
from paramtui.tui.opening import Opened
from paramtui.tui.screens.working import Working
from paramtui.tui.told import Told

if TYPE_CHECKING:
    from paramtui.reports.document import Report
    from paramtui.tui.explain import Subject
    from paramtui.tui.screens.write import Written


class Taking(Working):
    """What is seen leaves the app: by the clipboard, or into a file."""

    costs: var[Costs | None] = var(None)
    opened: Opened
    library: Library

    @property
    def subject(self) -> Subject | None:
        """What the cursor of the pane in use is on."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """Copy the selected row or figure; for a control, the command line."""
        from paramtui.tui.copied import copied

        if self.subject is not None and self.costs is not None:
            self.take(copied(self.subject, self.opened, self.costs))

    def action_copy_command(self) -> None:
        """Copy the command line that opens this again."""
        if self.costs is not None:
            self.take(self.command)

    @property
    def command(self) -> str:
        """The command line that asks the same."""
        return self.asking(self.also)

    def asking(self, also: Mapping[str, str]) -> str:
        """The command line that asks the same, and something besides."""
        from paramtui.tui.copied import reproducing

        costs = self.costs
        if costs is None:
            return ""
        return reproducing(self.opened, costs.scenario, costs.size_units, also=also)

    @property
    def also(self) -> Mapping[str, str]:
        """What the command line says besides: options and their values."""
        return {}

    @property
    def report(self) -> Report | None:
        """What is written: the model under its marks."""
        from paramtui.reports.document import Report

        costs = self.costs
        if costs is None:
            return None
        return Report(self.opened.checkpoint, costs.marked, costs.scenario, costs.estimate)

    def take(self, text: str) -> None:
        """Put a text on the clipboard and say so."""
        self.app.copy_to_clipboard(text)
        self.told = Told(f"copied {text}")

    def action_write(self) -> None:
        """Write a report, in a form and under a name that are chosen."""
        if (report := self.report) is not None:
            self.offer(report, self.command)

    def offer(self, report: Report, command: str) -> None:
        """Write a report in a form that is chosen; `command` is what prints the same."""
        from paramtui.tui.screens.write import WriteMenu

        def write(written: Written | None) -> None:
            if written is not None:
                # The menu is gone only in the next frame, which is the one to be pictured.
                self.call_after_refresh(self._save, written, report)

        self.app.push_screen(WriteMenu(self.opened.checkpoint.id, command), write)

    def _save(self, written: Written, report: Report) -> None:
        from paramtui.reports.render import render

        size_units = self.costs.size_units if self.costs else Units.GIB
        text: Callable[[], str]
        if written.form is None:
            picture = self.app.export_screenshot(title=f"paramtui {self.opened.checkpoint.id}")
            text = lambda: picture  # noqa: E731 - one of two
        else:
            text = partial(render, report, written.form, size_units)
        self.in_background(
            lambda: self.library.save(written.name, text() + "\n", numbered=written.proposed),
            self._saved,
        )

    def _saved(self, path: Path) -> None:
        self.told = Told(f"wrote {path}")
