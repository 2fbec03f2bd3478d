"""Finding modules by their path; no Textual here."""

import re
from collections.abc import Iterable

from paramtui.checkpoint.module import Module
from paramtui.record import Record, replace

_NUMBERS = re.compile(r"\d+(-\d+(:\d+)?)?(,\d+(-\d+(:\d+)?)?)*")


class Search(Record):
    """A query, the modules it found, and the one that was gone to."""

    query: str = ""
    hits: tuple[Module, ...] = ()
    at: int = 0

    @classmethod
    def among(cls, modules: Iterable[tuple[Module, Module]], query: str) -> "Search":
        """Search modules, each given with its parent."""
        return cls(query.strip(), tuple(found(modules, query)))

    @property
    def current(self) -> Module | None:
        """The hit that was gone to."""
        return self.hits[self.at] if self.hits else None

    @property
    def count(self) -> str:
        """`3 of 12`, or that there is nothing."""
        if not self.query:
            return ""
        return f"{self.at + 1} of {len(self.hits):,}" if self.hits else "no hit"

    def stepped(self, step: int) -> "Search":
        """At the next (1) or the previous (-1) hit, the first one after the last."""
        return replace(self, at=(self.at + step) % len(self.hits)) if self.hits else self


def found(modules: Iterable[tuple[Module, Module]], query: str) -> list[Module]:
    """The modules (each with its parent) whose own part of the path completes a match."""
    wanted = query.strip().casefold().strip(".").split(".")
    if not wanted[0]:
        return []
    return [module for module, parent in modules if _completes(module.path, parent.path, wanted)]


def matches(path: str, query: str) -> bool:
    """Whether a query is found in a path; a number is found in the range that holds it."""
    segments = path.casefold().split(".")
    wanted = query.casefold().split(".")
    ends = range(len(wanted), len(segments) + 1)
    return any(_aligned(segments[end - len(wanted) : end], wanted) for end in ends)


def _completes(path: str, parent: str, wanted: list[str]) -> bool:
    segments = path.casefold().split(".")
    inherited = parent.count(".") + 1 if parent and path.startswith(f"{parent}.") else 0
    ends = range(max(len(wanted), inherited + 1), len(segments) + 1)
    return any(_aligned(segments[end - len(wanted) : end], wanted) for end in ends)


def _aligned(segments: list[str], wanted: list[str]) -> bool:
    """Whether the segments read as `wanted` when the first and the last may be cut short."""
    if len(wanted) == 1:
        return wanted[0] in segments[0] or _holds(segments[0], wanted[0])
    first, last = (segments[0], wanted[0]), (segments[-1], wanted[-1])
    return (
        (first[0].endswith(first[1]) or _holds(*first))
        and (last[0].startswith(last[1]) or _holds(*last))
        and all(
            segment == want or _holds(segment, want)
            for segment, want in zip(segments[1:-1], wanted[1:-1], strict=True)
        )
    )


def _holds(segment: str, want: str) -> bool:
    """Whether folded numbers (`0-31`, `0-2,4-6`, `3-47:4`) hold the number `want`."""
    if not (want.isascii() and want.isdigit() and _NUMBERS.fullmatch(segment)):
        return False
    number = int(want)
    for part in segment.split(","):
        span, _, step = part.partition(":")
        start, _, end = span.partition("-")
        if number in range(int(start), int(end or start) + 1, int(step or 1)):
            return True
    return False
