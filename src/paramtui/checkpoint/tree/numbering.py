"""The numbers of folded copies, short for the screen and exact for a path."""

import re
from collections.abc import Sequence
from itertools import pairwise

LABEL = 24
"""Characters a label may take."""


def exact(numbers: Sequence[int]) -> str:
    """Ascending numbers as a path spells them: `0-31`, `0-2,4-6`, `3-47:4`."""
    step = _step(numbers)
    if step > 1:
        return f"{numbers[0]}-{numbers[-1]}:{step}"
    return ",".join(_span(first, last, "-") for first, last in _runs(numbers))


def numbers(text: str) -> tuple[range, ...] | None:
    """What `exact` spells, read back; None for text that spells no numbers."""
    return tuple(map(_range, text.split(","))) if re.fullmatch(_SPELLED, text) else None


_SPELLED = r"[0-9]{1,9}(-[0-9]{1,9}(:[0-9]{1,9})?)?(,[0-9]{1,9}(-[0-9]{1,9})?)*"


def _range(text: str) -> range:
    first, _, rest = text.partition("-")
    last, _, step = rest.partition(":")
    return range(int(first), int(last or first) + 1, max(int(step or 1), 1))


def label(numbers: Sequence[int]) -> str:
    """Ascending numbers for the eye: `0 … 31`, `3, 7, 11 … 47`, `0-2, 4-6, 8-10 …`."""
    runs = _runs(numbers)
    if len(runs) == 1:
        return _span(*runs[0], ", " if len(numbers) == 2 else " … ")
    parts = [_span(first, last, "-") for first, last in runs]
    if len(whole := ", ".join(parts)) <= LABEL:
        return whole
    tail = f" … {numbers[-1]}" if _step(numbers) > 1 else " …"
    for shown in range(3, 1, -1):
        if len(short := ", ".join(parts[:shown]) + tail) <= LABEL:
            return short
    return f"{numbers[0]}{tail}"


def _step(numbers: Sequence[int]) -> int:
    """The common difference of three or more numbers, else 0."""
    if len(numbers) < 3:
        return 0
    steps = {after - before for before, after in pairwise(numbers)}
    return steps.pop() if len(steps) == 1 else 0


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for value in numbers:
        if runs and value == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return runs


def _span(first: int, last: int, between: str) -> str:
    return str(first) if first == last else f"{first}{between}{last}"
