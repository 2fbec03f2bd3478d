"""The single lines around the tree, a row each: what a line shows of the main screen's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from paramtui.tui import texts
from paramtui.tui.columns import header
from paramtui.tui.line import Line

if TYPE_CHECKING:
    from paramtui.tui.screens.main import MainScreen

Write = Callable[["MainScreen", int], Sequence[Line]]
"""The state and the cells there are -> the lines."""


def _header(screen: MainScreen, _: int) -> list[Line]:
    in_all, by_category = screen.figures.in_all, screen.by_category
    return [header(screen.modules.columns, screen.order, in_all=in_all, by_category=by_category)]


def _details(screen: MainScreen, cells: int) -> list[Line]:
    row = screen.selected
    return texts.details(row, screen.size_units, cells) if row else []


def _footer(screen: MainScreen, cells: int) -> list[Line]:
    if screen.told is not None:
        return [texts.told(screen.told, cells)]
    return [texts.footer(screen.opened.checkpoint, screen.search, cells)]


SURROUNDINGS: dict[str, Write] = {
    "notice": lambda screen, cells: [texts.notice(screen.opened, cells)],
    "title": lambda screen, cells: [texts.title(screen.opened, screen.size_units, cells)],
    "categories": lambda screen, cells: [texts.category_bar(screen.opened.summary, cells)],
    "header": _header,
    "details": _details,
    "footer": _footer,
}
"""By the widget's id."""
