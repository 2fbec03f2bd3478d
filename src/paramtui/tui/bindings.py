"""Bindings made from the table of commands."""

from textual.binding import Binding, BindingType

from paramtui.tui.commands import COMMANDS, Group


def bindings(*groups: Group) -> list[BindingType]:
    """One binding a key for every command of some groups.

    All are priority bindings, which the app carries out itself, one after the other. Others are
    looked up by the widget that has the focus when the key arrives: of keys typed ahead on a slow
    link, `/q_proj` would quit.
    """
    return [
        Binding(key, row.runs, row.title, show=False, priority=True)
        for row in COMMANDS
        if row.group in groups
        for key in row.keys
    ]
