"""Names with their numbers as `*`: what the tensors of all layers and experts have in common."""

import re
from collections.abc import Iterable, Sequence

NUMBER = re.compile(r"(?<![^.])[0-9]{1,9}(?![^.])")
"""A part of a name that is a number."""
_FIRST = re.compile(r"((?:[^.]*\.)*?)([0-9]{1,9})\.")
"""What stands before the first number of a name, and the number."""


def number(name: str) -> int | None:
    """The copy a name such as `7` stands for; None when it is not a plain number."""
    plain = name.isascii() and name.isdigit() and len(name) < 10
    return int(name) if plain and (name == "0" or name[0] != "0") else None


def patterns_of(names: Sequence[str]) -> list[str]:
    """The pattern of each name."""
    return patterns_and_layers(names)[0]


def patterns_and_layers(names: Sequence[str]) -> tuple[list[str], list[int]]:
    """The pattern of each name, and its first number; -1 where there is none."""
    return Patterns().of(names)


class Patterns:
    """Finds patterns, and knows those that it has found.

    Files hold layer after layer, and what follows the number is much the same in all of them: a
    name is looked through only where the layer is another, or what follows is met the first time.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}
        """Patterns by what stands before the first number, and by what follows it."""

    def of(self, names: Iterable[str]) -> tuple[list[str], list[int]]:
        """The pattern of each name, and its first number; -1 where there is none."""
        patterns: list[str] = []
        layers: list[int] = []
        start, head, layer, after = "", "", -1, dict[str, str]()
        for name in names:
            if not start or not name.startswith(start):
                match = _FIRST.match(name)
                if match is None:
                    patterns.append(NUMBER.sub("*", name))
                    layers.append(_layer(name.rpartition(".")[2]))
                    continue
                start, head, layer = match[0], match[1], _layer(match[2])
                after = self._known.setdefault(head, {})
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
