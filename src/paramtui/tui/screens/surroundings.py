"""The single lines around the tree, a row each: what a line shows of the main screen's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.tui import texts
from paramtui.tui.columns import header
from paramtui.tui.line import Line
from paramtui.tui.marking import RowWords

if TYPE_CHECKING:
    from paramtui.tui.screens.main import MainScreen

Write = Callable[["MainScreen", int], Sequence[Line]]
"""The state and the cells there are -> the lines."""


def _title(screen: MainScreen, cells: int) -> list[Line]:
    marks = len(screen.scenario.marks)
    return [texts.title(screen.opened, screen.size_units, cells, _marked(screen), marks)]


def _marked(screen: MainScreen) -> ParameterSummary:
    """The checkpoint that the marks leave."""
    return screen.costs.marked if screen.costs else screen.opened.summary


def _header(screen: MainScreen, _: int) -> list[Line]:
    in_all, by_category = screen.figures.in_all, screen.by_category
    return [header(screen.modules.columns, screen.order, in_all=in_all, by_category=by_category)]


def _details(screen: MainScreen, cells: int) -> list[Line]:
    row, marking = screen.selected, screen.marking
    marks = marking.words(row.module) if row and marking else RowWords()
    return texts.details(row, screen.size_units, cells, marks) if row else []


def _footer(screen: MainScreen, cells: int) -> list[Line]:
    if screen.told is not None:
        return [texts.told(screen.told, cells)]
    return [texts.footer(screen.opened.checkpoint, screen.search, cells)]


SURROUNDINGS: dict[str, Write] = {
    "notice": lambda screen, cells: [texts.notice(screen.opened, cells)],
    "title": _title,
    "categories": lambda screen, cells: [texts.category_bar(_marked(screen), cells)],
    "header": _header,
    "details": _details,
    "footer": _footer,
}
"""By the widget's id."""
