"""The paths of a tree that are nearest to one that names nothing."""

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice

from paramtui.checkpoint.comparing.selection import select
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import ParameterSummary

MOST = 3
"""Paths that are offered."""
LONGEST = 200
"""Characters of a path that are compared."""
PARENTS = 32
"""Modules that a path is tried below."""


def nearest_paths(summary: ParameterSummary, path: str) -> list[str]:
    """The nearest paths and globs that do name something, the best first; few, at worst the top."""
    root = build_module_tree(summary)
    paths = [module.path for module in root.walk() if module.path]
    wanted = path[:LONGEST].strip(".")
    below = [known for known in paths if wanted and known.endswith(f".{wanted}")]
    if below:
        # What was typed is the end of a path: a glob names it wherever it stands.
        return [f"*.{wanted}"] if len(below) > 1 else below
    spelled = (near for near in _spelled_otherwise(wanted, paths) if select(summary, near))
    if found := next(spelled, None):
        return [found]
    near = get_close_matches(wanted, paths, n=MOST, cutoff=0.5)
    return near or [child.path for child in root.children[:MOST]]


def _spelled_otherwise(wanted: str, paths: Sequence[str]) -> Iterator[str]:
    """With each word of it as the tree spells it; below the modules it may have been left of."""
    words = dict.fromkeys(word for known in paths for word in known.split("."))
    corrected = ".".join(_word(part, words) for part in wanted.split("."))
    if corrected != wanted:
        yield corrected
    yield from (f"{parent}.{corrected}" for parent in islice(paths, PARENTS))


def _word(part: str, words: Collection[str]) -> str:
    """The nearest word of the tree; numbers and signs of a glob stay."""
    if part in words or not re.search(r"[a-zA-Z]", part) or re.search(r"[*?\[]", part):
        return part
    holding = [word for word in words if part in word]
    near = holding if len(holding) == 1 else get_close_matches(part, words, n=1)
    return next(iter(near or holding), part)
