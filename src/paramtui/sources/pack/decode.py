"""A pack -> the checkpoint it was made of."""

import json
import zlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING

from paramtui.checkpoint.checkpoint import Checkpoint, Choice, Component, Counted, Shard
from paramtui.checkpoint.column_tensors import rows_of
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import NAME_LIMIT, clean_all, clean_json
from paramtui.sources.pack.fields import DamagedPack, PackError, count, shape, size, text
from paramtui.sources.pack.format import (
    ANY_MAGIC,
    COUNT_BYTES,
    INFLATED_LIMIT,
    MAGIC,
    SUM_BYTES,
    Run,
    little,
    sum_of,
)
from paramtui.sources.pack.groups import WIDTH, Kinds, Layout, unpack_groups

if TYPE_CHECKING:
    from paramtui.checkpoint.module import Module


class OtherVersion(PackError):  # noqa: N818 - a kind of PackError
    """A pack as another version of this program writes it."""


BAD = (zlib.error, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What reading bytes of another kind can raise."""


def decode(data: bytes, *, tree: bool = True) -> Checkpoint:
    """A pack -> the checkpoint, its source still `hub`, with its `tree` if wanted; PackError."""
    start = len(MAGIC) + SUM_BYTES
    body = data[start:]
    if data.startswith(ANY_MAGIC) and not data.startswith(MAGIC):
        raise OtherVersion("of another version")
    if not data.startswith(MAGIC) or data[len(MAGIC) : start] != sum_of(body):
        raise PackError("not a whole pack of this version")
    try:
        columns, names = _counted(memoryview(body), 1)
        return _read(memoryview(_inflate(columns)), names, with_tree=tree)
    except BAD as error:
        raise PackError(f"not what a pack holds: {error}") from None


def _read(payload: memoryview, names: memoryview, *, with_tree: bool) -> Checkpoint:
    start, rest = _counted(payload, 1)
    members, rest = _counted(rest, WIDTH)
    layers, _ = _counted(rest, WIDTH)
    head = clean_json(json.loads(bytes(start)))
    if not isinstance(head, dict):
        raise PackError("no head")
    shards = tuple(Shard(text(name), size(held)) for name, held in head["shards"])
    runs = [(text(file), count(held)) for file, held in head["runs"]]
    layouts = [_layout(*row) for row in head["layouts"]]
    kinds = Kinds(layouts, _column("I", members), _column("i", layers), head["groups"])

    def check() -> None:
        sizes = [dtype.nbytes(prod(axes)) for dtype, axes in layouts]
        _check_sizes(shards, runs, sizes, kinds.members)

    tensors = _tensors(names, kinds, runs, check)
    config = ModelConfig.from_json(head["config"])
    components = tuple(
        Component(text(name), ModelConfig.from_json(config)) for name, config in head["components"]
    )
    groups = unpack_groups(kinds, tensors)
    if groups is None:
        check()
    else:
        _check_sum(shards, runs, groups)
    tree = _folded(head["tree"]) if with_tree and groups else None
    return Checkpoint(
        id=text(head["id"]),
        tensors=tensors,
        config=config,
        source="hub",
        shards=shards,
        warnings=tuple(map(text, head["warnings"])),
        notice=None if head["notice"] is None else text(head["notice"]),
        components=components,
        choices=tuple(
            Choice(text(name), text(reference), size(held), opened is True)
            for name, reference, held, opened in head["choices"]
        ),
        counted=Counted(tensors, config, components, groups, tree) if groups else None,
    )


def _folded(rows: object) -> "Module | None":
    if rows is None:
        return None
    from paramtui.sources.pack.tree import unpack_tree

    return unpack_tree(rows)


def _names(packed: memoryview) -> Sequence[str]:
    """Names, one a line, as a load leaves them: looked at as bytes, since nearly all are ASCII."""
    data = _inflate(packed)
    names = data.decode().split("\n")
    plain = not data.translate(None, _PLAIN) and max(map(len, names)) <= NAME_LIMIT
    if not plain and clean_all(names) != names:
        raise PackError("names that no load leaves")
    return names


_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"


def _tensors(
    names: memoryview, kinds: Kinds, runs: Sequence[Run], check: Callable[[], None]
) -> LazyTensors:
    """The tensors, made of their names when one is looked at; raises DamagedPack then."""
    if len(kinds.members) != sum(held for _, held in runs):
        raise PackError("columns of other lengths")

    def make() -> Sequence[TensorInfo]:
        try:
            check()
            layouts = list(map(kinds.layouts.__getitem__, kinds.members))
            return rows_of(_names(names), layouts, runs)
        except BAD as error:
            raise DamagedPack(f"not what a pack holds: {error}") from None

    return LazyTensors(len(kinds.members), make)


def _layout(name: object, bits: object, block: object, axes: object) -> Layout:
    dtype = Dtype(text(name), count(bits), count(block))
    known = SAFETENSORS_DTYPES.get(dtype.name)
    return known if known == dtype else dtype, shape(axes)


def _check_sum(shards: Iterable[Shard], runs: Iterable[Run], groups: Iterable[TensorGroup]) -> None:
    """All files together hold no more than their sizes, which is seen without a look at each."""
    room = {shard.name: shard.size for shard in shards}
    sizes = [room[file] for file, _ in runs]
    known = [held for held in room.values() if held is not None]
    if None not in sizes and sum(group.nbytes for group in groups) > sum(known):
        raise PackError("tensors larger than their files")


def _check_sizes(
    shards: Iterable[Shard], runs: Iterable[Run], sizes: Sequence[int], columns: "array[int]"
) -> None:
    """No file holds more than its size."""
    room = {shard.name: shard.size for shard in shards}
    start = 0
    for file, tensors in runs:
        held = sum(map(sizes.__getitem__, columns[start : start + tensors]))
        start += tensors
        limit = room[file]
        if limit is not None and held > limit:
            raise PackError("tensors larger than their file")
        room[file] = limit if limit is None else limit - held


def _column(code: str, data: memoryview) -> "array[int]":
    column = array(code)
    column.frombytes(data)
    return little(column)


def _inflate(body: memoryview) -> bytes:
    inflating = zlib.decompressobj()
    payload = inflating.decompress(body, INFLATED_LIMIT)
    if not inflating.eof:
        raise PackError("too large, or cut")
    return payload


def _counted(data: memoryview, width: int) -> tuple[memoryview, memoryview]:
    """The items of `width` bytes that follow their count, and the rest."""
    end = COUNT_BYTES + int.from_bytes(data[:COUNT_BYTES], "little") * width
    if end > len(data):
        raise PackError("cut")
    return data[COUNT_BYTES:end], data[end:]
