"""Names with their numbers as `*`: what the tensors of all layers and experts have in common."""

import re
from collections.abc import Sequence

from paramtui.checkpoint.tree.numbering import number

NUMBER = re.compile(r"(?<![^.])[0-9]{1,9}(?![^.])")
"""A part of a name that is a number."""
_IN_LINES = re.compile(r"\.[0-9]{1,9}(?=[.\n])")
"""The same in names that stand one a line, each behind a dot: quicker to search for."""


def patterns_of(names: Sequence[str]) -> list[str]:
    """The pattern of each name; all in one substitution, since there may be 500,000."""
    lines = "\n.".join(names)
    found = _IN_LINES.sub(".*", f".{lines}\n")[1:-1].split("\n.")
    if len(found) != len(names):  # names of several lines, or none
        return [NUMBER.sub("*", name) for name in names]
    return found


_FIRST = re.compile(r"((?:[^.]*\.)*?)([0-9]{1,9})\.")
"""What stands before the first number of a name, and the number."""
_OTHER = "\n"
"""What no name that has a number starts with."""


def patterns_and_layers(names: Sequence[str]) -> tuple[list[str], list[int]]:
    """The pattern of each name, and its first number; -1 where there is none.

    Files hold layer after layer, and what follows the number is much the same in all of them: a
    name is looked through only where the layer is another, or what follows is met the first time.
    """
    patterns: list[str] = []
    layers: list[int] = []
    known: dict[str, dict[str, str]] = {}
    start, head, layer, after = _OTHER, "", -1, dict[str, str]()
    for name in names:
        if not name.startswith(start):
            match = _FIRST.match(name)
            if match is None:
                patterns.append(NUMBER.sub("*", name))
                layers.append(_layer(name.rpartition(".")[2]))
                continue
            start, head, layer = match[0], match[1], _layer(match[2])
            after = known.setdefault(head, {})
        rest = name[len(start) :]
        pattern = after.get(rest)
        if pattern is None:
            pattern = after[rest] = f"{head}*.{NUMBER.sub('*', rest)}"
        patterns.append(pattern)
        layers.append(layer)
    return patterns, layers


def _layer(text: str) -> int:
    value = number(text)
    return -1 if value is None else value
