"""Which tensors of two checkpoints are the same, whatever each one's files call them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from paramtui.checkpoint.counting.packing import plain_name
from paramtui.checkpoint.group import Kind, TensorGroup

_WRAPPERS = """
    model language_model text_model base_model backbone transformer llm module _orig_mod
"""
WRAPPERS = frozenset(_WRAPPERS.split())
"""Modules that only hold a model: a task's class, a framework or another version adds them."""
DEEPEST = 4
"""Parts a prefix may have."""
MOST = 16
"""Prefixes of one checkpoint that may differ."""

Names = Mapping[str, tuple[int, str]]
"""What a tensor is called in both -> the place of its group, and its name in the files."""


def aligned_names(here: Sequence[TensorGroup], there: Sequence[TensorGroup]) -> tuple[Names, Names]:
    """The tensors of both under common names; scales go with the matrix they describe."""
    ours, theirs = _patterns(here), _patterns(there)
    # Ties are broken alike from either side.
    swapped = sorted(ours.values()) > sorted(theirs.values())
    one, other = (theirs, ours) if swapped else (ours, theirs)
    renamed = _renamed(set(one.values()), set(other.values()))
    first, second = ({}, renamed) if not swapped else (renamed, {})
    return _names(here, ours, first), _names(there, theirs, second)


def _patterns(groups: Sequence[TensorGroup]) -> dict[int, str]:
    """What each group would be called if nothing were packed; without what describes others."""
    return {
        place: plain_name(group.pattern) if group.kind is Kind.WEIGHT else group.pattern
        for place, group in enumerate(groups)
        if group.kind is not Kind.SCALE
    }


def _names(
    groups: Sequence[TensorGroup], patterns: Mapping[int, str], renamed: Mapping[str, str]
) -> Names:
    found: dict[str, tuple[int, str]] = {}
    for place, plain in patterns.items():
        pattern, common = groups[place].pattern, renamed.get(plain, plain)
        same = common == pattern
        # Names differ at their two ends, where there are no numbers.
        start, end, start_there, end_there = _ends(pattern, plain, common)
        for tensor in groups[place].tensors:
            name = tensor.name
            if not same:
                name = f"{start_there}{name[len(start) : len(name) - len(end)]}{end_there}"
            found.setdefault(name, (place, tensor.name))
    return found


def _ends(pattern: str, plain: str, common: str) -> tuple[str, str, str, str]:
    """How a pattern begins and ends, and how it does under the common name."""
    tail = _shared([pattern, plain])
    head = _shared([plain[::-1], common[::-1]])
    return (
        plain[: len(plain) - head],
        pattern[tail:],
        common[: len(common) - head],
        plain[tail:],
    )


def _shared(texts: Sequence[str]) -> int:
    """How many characters two texts begin with alike."""
    for place, (one, other) in enumerate(zip(*texts, strict=False)):
        if one != other:
            return place
    return min(map(len, texts))


def _renamed(one: set[str], other: set[str]) -> dict[str, str]:
    """The other checkpoint's patterns that begin differently -> their names in the one."""
    found: dict[str, str] = {}
    left, right = one - other, other - one
    for _ in range(MOST):
        votes = _votes(left, right)
        if not votes:
            break
        old, new = max(votes, key=lambda pair: (votes[pair], -len("".join(pair)), pair))
        for pattern in sorted(right):
            rest = _rest(pattern, old)
            target = _join(new, rest) if rest is not None else ""
            if target in left:
                found[pattern] = target
                left.discard(target)
                right.discard(pattern)
    return found


def _votes(left: set[str], right: set[str]) -> Counter[tuple[str, str]]:
    """Pairs of beginnings, and how many patterns they make the same."""
    starts: dict[str, list[str]] = defaultdict(list)
    for pattern in left:
        for start, rest in _cuts(pattern):
            starts[rest].append(start)
    votes: Counter[tuple[str, str]] = Counter()
    for pattern in right:
        for start, rest in _cuts(pattern):
            votes.update((start, new) for new in starts.get(rest, ()) if _wraps(start, new))
    return votes


def _cuts(pattern: str) -> Iterator[tuple[str, str]]:
    """The ways to cut a pattern before its first number, a module and a tensor left at least."""
    parts = pattern.split(".")
    for size in range(min(len(parts) - 1, DEEPEST + 1)):
        if "*" in parts[:size]:
            return
        yield ".".join(parts[:size]), ".".join(parts[size:])


def _wraps(one: str, other: str) -> bool:
    """Whether two beginnings differ only in modules that hold a whole model."""
    if one == other:
        return False
    if not one or not other:
        return "." not in one + other or not _told(one + other)
    return _told(one) == _told(other)


def _told(prefix: str) -> set[str]:
    return set(prefix.split(".")) - WRAPPERS


def _rest(pattern: str, start: str) -> str | None:
    if not start:
        return pattern
    return pattern[len(start) + 1 :] if pattern.startswith(f"{start}.") else None


def _join(start: str, rest: str) -> str:
    return f"{start}.{rest}" if start else rest
