"""The files of a checkpoint that could not be read, one sentence each."""

from collections.abc import Iterable

from paramtui.checkpoint.checkpoint import Shard

NAMED = 5
"""Files that are named; more are counted."""


def unread(shards: Iterable[Shard]) -> tuple[str, ...]:
    """`name: reason` of every file whose tensors are missing; the totals are then "at least"."""
    broken = [f"{shard.name}: {shard.problem}" for shard in shards if shard.problem]
    told = [f"{words}; its tensors are not counted" for words in broken[:NAMED]]
    if more := len(broken) - len(told):
        told.append(f"and {more:,} more {'file' if more == 1 else 'files'} that could not be read")
    return tuple(told)


def files_read(shards: Iterable[Shard]) -> int:
    """How many of the files could be read."""
    return sum(not shard.problem for shard in shards)
