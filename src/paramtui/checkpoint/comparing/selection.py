"""A path of the tree, or a glob over names -> the tensors it stands for."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tree.fold import tree_patterns
from paramtui.checkpoint.tree.numbering import numbers

Selection = Mapping[int, int]
"""Places of groups in their summary -> a mask: bit n stands for the n-th tensor of the group."""

Numbers = tuple[range, ...]
MOST_NUMBERS = 10_000
"""Numbers of one range that a glob looks for."""


@lru_cache(maxsize=512)
def select(summary: ParameterSummary, path: str) -> Selection:
    """The tensors at `path` and all below it; empty where it names nothing.

    A path is spelled as the tree spells it, folded numbers as ranges (`model.layers.0-31.mlp`),
    or as a glob over whole names, in which `*` passes dots (`*.experts.*`).
    """
    names = _names(summary)
    masks = _by_glob if re.search(r"[*?\[]", path) else _by_parts
    return {place: mask for place, mask in masks(summary.groups, names, path) if mask}


_names = lru_cache(maxsize=8)(lambda summary: tree_patterns(summary.groups))


def whole(group: TensorGroup) -> int:
    """The mask of all its tensors."""
    return (1 << group.count) - 1


def mask_of(answers: Iterable[bool]) -> int:
    """The mask of the tensors whose answer is yes."""
    text = "".join("1" if answer else "0" for answer in answers)[::-1]
    return int(text, 2) if text else 0


def answers_of(mask: int, count: int) -> Iterator[bool]:
    """The same back: one answer for each of `count` tensors."""
    return (bit == "1" for bit in reversed(f"{mask:0{count}b}"))


def _by_parts(
    groups: Sequence[TensorGroup], names: Sequence[Sequence[str]], path: str
) -> Iterator[tuple[int, int]]:
    """Part by part against the patterns: few names are read, whatever their number."""
    parts = [(part, numbers(part)) for part in path.split(".")]
    found: list[tuple[int, int, bool]] = []
    for place, (group, patterns) in enumerate(zip(groups, names, strict=True)):
        for pattern in patterns:
            words = pattern.split(".")
            asked = _asked(parts, words)
            mask = _numbered(group, asked) if asked is not None else 0
            if mask:
                found.append((place, mask, len(words) == len(parts)))
    # A tensor stands for itself, also where others are named after it: `weight`, `weight.absmax`.
    tensors = any(whole_name for *_, whole_name in found)
    return ((place, mask) for place, mask, whole_name in found if whole_name or not tensors)


def _asked(
    parts: Sequence[tuple[str, Numbers | None]], pattern: Sequence[str]
) -> dict[int, Numbers] | None:
    """What the numbers in some parts must be; None where another part differs."""
    if len(parts) > len(pattern):
        return None
    asked = {}
    for place, ((part, spans), word) in enumerate(zip(parts, pattern, strict=False)):
        if word == "*" and spans is not None:
            asked[place] = spans
        elif part != word:
            return None
    return asked


def _numbered(group: TensorGroup, asked: Mapping[int, Numbers]) -> int:
    mask = whole(group)
    pattern = group.pattern.split(".")
    first = pattern.index("*") if "*" in pattern else -1
    for place, spans in asked.items():
        values = group.layers if place == first else _read(group, place)
        there = set(values)
        allowed = {value for value in there if any(value in span for span in spans)}
        if allowed != there:
            mask &= mask_of(value in allowed for value in values) if allowed else 0
    return mask


def _read(group: TensorGroup, place: int) -> Sequence[int]:
    """The number in a part of each name; -1 where it is none."""
    parts = (tensor.name.split(".", place + 1)[place] for tensor in group.tensors)
    return [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]


def _by_glob(
    groups: Sequence[TensorGroup], names: Sequence[Sequence[str]], path: str
) -> Iterator[tuple[int, int]]:
    matches = _matcher(path)
    # A glob without digits, and without signs that stand for one, means all numbers alike.
    alike = not re.search(r"[0-9?\[]", path)
    for place, (group, patterns) in enumerate(zip(groups, names, strict=True)):
        if alike:
            found = any(matches(pattern.replace("*", "0")) for pattern in patterns)
            yield place, whole(group) if found else 0
        else:
            yield place, mask_of(matches(tensor.name) for tensor in group.tensors)


def _matcher(path: str) -> Callable[[str], bool]:
    parts = r"\.".join(map(_expression, path.split(".")))
    try:
        expression = re.compile(parts + r"(?:\..*)?", re.DOTALL)
    except re.error:  # a class such as [9-0] holds nothing
        return lambda _: False
    return lambda name: expression.fullmatch(name) is not None


def _expression(part: str) -> str:
    spans = numbers(part)
    if spans is None or part.isdigit():
        return re.sub(_SIGNS, _sign, part)
    return f"(?:{'|'.join(str(number) for span in spans for number in span[:MOST_NUMBERS])})"


_SIGNS = r"(?s)\*+|\?|\[(!?)(\]?[^\]]*)\]|(.)"


def _sign(match: re.Match[str]) -> str:
    text, negated, members, plain = match[0], match[1], match[2], match[3]
    if plain:
        return re.escape(plain)
    if text.startswith("*"):
        return ".*"
    if text == "?":
        return "."
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", members)
    return f"[{'^' if negated else ''}{inside}]"
