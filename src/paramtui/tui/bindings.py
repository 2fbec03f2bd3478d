"""Bindings made from the table of commands."""

from textual.binding import Binding, BindingType

from paramtui.tui.commands import COMMANDS, Group

PRIORITY = ("ctrl+c",)
"""Keys that a text field must not take: leaving always works."""


def bindings(*groups: Group) -> list[BindingType]:
    """One binding a key for every command of some groups."""
    return [
        Binding(key, row.runs, row.title, show=False, priority=key in PRIORITY)
        for row in COMMANDS
        if row.group in groups
        for key in row.keys
    ]
