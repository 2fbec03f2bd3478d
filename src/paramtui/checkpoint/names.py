"""Names: those that one of many expressions is found in, most of which are never compiled."""

import re
from functools import cached_property


class Names:
    """Expressions between spaces: of `parts`, which stand between dots, and of `phrases`.

    Most are plain words, and need none of the time that compiling takes; of the rest one is
    compiled when the longest plain text it asks for stands in a name.
    """

    def __init__(self, parts: str = "", phrases: str = "") -> None:
        self._parts = parts.split()
        self._phrases = phrases.split()

    def hold(self, name: str) -> bool:
        """Whether one is found in the name."""
        return not self._words.isdisjoint(name.split(".")) or any(
            asked in name and re.search(expression, name) for asked, expression in self._others
        )

    @cached_property
    def expressions(self) -> tuple[str, ...]:
        """All of them, for `re.search`."""
        return (*(rf"(?:^|\.)(?:{part})(?:\.|$)" for part in self._parts), *self._phrases)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(part for part in self._parts if part.isidentifier())

    @cached_property
    def _others(self) -> tuple[tuple[str, str], ...]:
        written = zip((*self._parts, *self._phrases), self.expressions, strict=True)
        return tuple((plain_text(one), whole) for one, whole in written if one not in self._words)


def plain_text(expression: str) -> str:
    """The longest text that stands in whatever an expression is found in; it may be empty."""
    return max(re.split(_LOOSE, expression), key=len).replace("\\", "")


_LOOSE = r"\((?:[^()]|\([^()]*\))*\)[?*]?|\[[^]]*\][?*+]?|\\[wdb][?*+]?|\\?[^\\][?*]|[\^$]"
"""What may be one text or another: groups, classes, what may be absent, ends."""
