"""Names that may have been meant: of bundled models, and of those in the Hub's cache."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from paramtui.sources.errors import BadReference, SourceError
from paramtui.sources.reference import parse_id

MOST = 3
"""Names that are offered."""
CLOSE = 0.75
"""Likeness from which on a name is offered; 1 is equality."""
SHORTEST = 4
"""Letters of a name that others which hold it are offered for."""
FOLDERS_LIMIT = 10_000
REPOSITORY = "models--"


def with_suggestions(problem: SourceError, name: str) -> SourceError:
    """The same problem; its hint begins with the names that are nearly `name`, if there are."""
    from huggingface_hub import constants

    from paramtui.sources.catalog import bundled_ids

    known = {*bundled_ids(), *cached_ids(Path(constants.HF_HUB_CACHE))}
    near = nearest(name, known)
    if not near:
        return problem
    question = f"did you mean {' or '.join(near)}?"
    return problem.also(hint=f"{question} If not, {problem.hint}" if problem.hint else question)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The few of `known` that are nearly `name` or have it in theirs, the best first."""
    from difflib import SequenceMatcher

    wanted = name.casefold()
    own = wanted.rpartition("/")[2]
    ranked = []
    for candidate in known:
        other = candidate.casefold()
        others = other.rpartition("/")[2]
        same, part = own == others, len(own) >= SHORTEST and own in others
        likeness = SequenceMatcher(None, wanted, other).ratio()
        if other != wanted and (same or part or likeness >= CLOSE):
            ranked.append((-likeness - same, candidate))
    return [candidate for _, candidate in sorted(ranked)[:MOST]]


def cached_ids(cache: Path) -> list[str]:
    """The repositories that the Hub's library has downloaded: `models--org--name`."""
    try:
        folders = [folder.name for folder in islice(cache.iterdir(), FOLDERS_LIMIT)]
    except OSError:
        return []
    names = [name.removeprefix(REPOSITORY) for name in folders if name.startswith(REPOSITORY)]
    return [name for name in (name.replace("--", "/", 1) for name in names) if _is_id(name)]


def _is_id(name: str) -> bool:
    """Whether it can be a repository's: a folder may be called anything."""
    try:
        return parse_id(name).id == name
    except BadReference:
        return False
