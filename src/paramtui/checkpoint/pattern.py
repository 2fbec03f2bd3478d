"""Names with their numbers as `*`: what the tensors of all layers and experts have in common."""

import re
from bisect import bisect
from collections.abc import Sequence
from itertools import takewhile

NUMBER = re.compile(r"(?<![^.])[0-9]{1,9}(?![^.])")
"""A part of a name that is a number."""
_FIRST = re.compile(r"((?:[^.]*\.)*?)([0-9]{1,9})\.")
"""What stands before the first number of a name, and the number."""
FEWEST, AT_ONCE = 16, 256
"""Names that are cut at once: at first, and at most."""


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

    Files hold layer after layer, and what follows the number is much the same in all of them: many
    names are cut behind it at once, and what follows is looked through when it is met first.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Behind] = {}
        """Patterns by what stands before the first number."""

    def of(self, names: Sequence[str]) -> tuple[list[str], list[int]]:
        """The pattern of each name, and its first number; -1 where there is none."""
        patterns: list[str] = []
        layers: list[int] = []
        start, layer, known, count = "", -1, _Behind(""), FEWEST
        while (place := len(patterns)) < len(names):
            name = names[place]
            if not start or not name.startswith(start):
                match = _FIRST.match(name)
                if match is None:
                    patterns.append(NUMBER.sub("*", name))
                    layers.append(_layer(name.rpartition(".")[2]))
                    continue
                start, layer, count = match[0], _layer(match[2]), FEWEST
                known = self._known.setdefault(match[1], _Behind(match[1]))
            rests = _rests(names[place : place + count], start)
            # More and more at once, as long as all of them begin alike.
            count = min(2 * count, AT_ONCE) if len(rests) == count else FEWEST
            patterns += map(known.__getitem__, rests)
            layers += [layer] * len(rests)
        return patterns, layers


class _Behind(dict[str, str]):
    """Patterns of names that begin alike, by what follows their first number."""

    def __init__(self, head: str) -> None:
        self._head = head

    def __missing__(self, rest: str) -> str:
        pattern = self[rest] = f"{self._head}*.{NUMBER.sub('*', rest)}"
        return pattern


def _rests(names: Sequence[str], start: str) -> Sequence[str]:
    """What follows `start` in the first names, those that begin with it."""
    if not names[-1].startswith(start):
        # Names are mostly sorted: where they are, this is where the next ones begin.
        names = names[: bisect(names, False, key=lambda name: not name.startswith(start))]
    whole = "\n" + "\n".join(names)
    rests = whole.split("\n" + start)[1:]
    if len(rests) == len(names) == whole.count("\n"):
        return rests
    alike = takewhile(lambda name: name.startswith(start), names)
    return [name[len(start) :] for name in alike]


def _layer(text: str) -> int:
    value = number(text)
    return -1 if value is None else value
