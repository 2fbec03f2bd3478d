"""A checkpoint as one small block of bytes, in columns: half a million tensors load in a blink."""

import json
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby, repeat
from math import prod
from operator import itemgetter
from typing import TYPE_CHECKING

from paramtui.checkpoint.checkpoint import Checkpoint, Choice, Component, Counted, Shard
from paramtui.checkpoint.column_tensors import ColumnTensors
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.lazy_tensors import LazyTensors
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import NAME_LIMIT, clean_all, clean_json
from paramtui.sources.pack.fields import PackError, count, shape, size, text
from paramtui.sources.pack.groups import WIDTH, Kinds, Layout, pack_kinds, pieces, unpack_groups

if TYPE_CHECKING:
    from paramtui.checkpoint.module import Module

ANY_MAGIC = b"paramtui pack "
MAGIC = ANY_MAGIC + b"5\n"
"""Another number when what is below changes: packs of another format are fetched anew."""
SUM_BYTES = 4
"""Of the CRC-32 of what follows it, which tells damage; nothing could tell a forger."""
COUNT_BYTES = 4
INFLATED_LIMIT = 256_000_000
"""Bytes; half a million tensors take thirty million."""

Run = tuple[str, int]
"""A file and how many tensors of it follow each other."""


_NAME, _FILE = itemgetter(0), itemgetter(3)
"""Fields of a TensorInfo."""


class OtherVersion(PackError):  # noqa: N818 - a kind of PackError
    """A pack as another version of this program writes it."""


BAD = (zlib.error, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What reading bytes of another kind can raise."""


def encode(checkpoint: Checkpoint) -> bytes:
    """What of a checkpoint follows from its files alone -> bytes.

    Never long at one go: whoever packs does so while somebody looks at the model.
    """
    tensors, known = checkpoint.tensors, checkpoint.known
    kinds = pack_kinds(tensors, known.groups if known else ())
    head = json.dumps(
        {
            "id": checkpoint.id,
            "shards": [[shard.name, shard.size] for shard in checkpoint.shards],
            "layouts": [[d.name, d.bits, d.block, axes] for d, axes in kinds.layouts],
            "runs": _runs(tensors),
            "config": dict(checkpoint.config.root.values),
            "warnings": checkpoint.warnings,
            "notice": checkpoint.notice,
            "components": [[p.name, dict(p.config.root.values)] for p in checkpoint.components],
            "choices": [[c.name, c.reference, c.size, c.opened] for c in checkpoint.choices],
            "groups": kinds.groups,
            "tree": _tree(known) if known and kinds.groups else None,
        },
        default=_plain,
    ).encode()
    columns = b"".join(_deflate(_columns(head, kinds)))
    # Apart, and last: of all that is packed the names are most, and a report looks at none.
    names = b"".join(_deflate(_lines(_names_of(tensors))))
    body = len(columns).to_bytes(COUNT_BYTES, "little") + columns + names
    return MAGIC + _sum(body) + body


def _sum(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(SUM_BYTES, "little")


def _columns(head: bytes, kinds: Kinds) -> Iterator[bytes]:
    yield len(head).to_bytes(COUNT_BYTES, "little") + head
    for column in (kinds.members, kinds.layers):
        yield len(column).to_bytes(COUNT_BYTES, "little") + _little(column[:]).tobytes()


def _lines(names: Sequence[str]) -> Iterator[bytes]:
    before = ""
    for piece in pieces(names):
        yield (before + "\n".join(piece)).encode()
        before = "\n"


def _names_of(tensors: Sequence[TensorInfo]) -> Sequence[str]:
    if isinstance(tensors, ColumnTensors):
        return tensors.names
    return [name for piece in pieces(tensors) for name in map(_NAME, piece)]


def _runs(tensors: Sequence[TensorInfo]) -> list[Run]:
    """Which file follows which, and how many tensors of it do."""
    if isinstance(tensors, ColumnTensors):
        return [run for run in tensors.runs if run[1]]
    return [(file, sum(1 for _ in run)) for file, run in groupby(tensors, _FILE)]


def _deflate(payload: Iterable[bytes]) -> Iterator[bytes]:
    packing = zlib.compressobj(1)
    yield from map(packing.compress, payload)
    yield packing.flush()


def _tree(known: Counted) -> list[object] | None:
    """The tree's rows, where it is there; None where a pack would cut a name of it."""
    if known.tree is None:
        return None
    from paramtui.sources.pack.tree import pack_tree

    rows = pack_tree(known.tree)
    return rows if clean_json(rows) == rows else None


def decode(data: bytes, *, tree: bool = True) -> Checkpoint:
    """A pack -> the checkpoint, its source still `hub`, with its `tree` if wanted; PackError."""
    start = len(MAGIC) + SUM_BYTES
    body = data[start:]
    if data.startswith(ANY_MAGIC) and not data.startswith(MAGIC):
        raise OtherVersion("of another version")
    if not data.startswith(MAGIC) or data[len(MAGIC) : start] != _sum(body):
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
    known = None
    if groups is not None:
        tree = _folded(head["tree"]) if with_tree else None
        known = Counted(tensors, config, components, groups, tree)
        _check_sum(shards, runs, groups)
    else:
        check()
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
        counted=known,
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
    """The tensors, made of their names when one is looked at, which raises PackError as well."""
    if len(kinds.members) != sum(held for _, held in runs):
        raise PackError("columns of other lengths")

    def make() -> Sequence[TensorInfo]:
        try:
            check()
            return rows()
        except BAD as error:
            raise PackError(f"not what a pack holds: {error}") from None

    def rows() -> Sequence[TensorInfo]:
        layouts = list(map(kinds.layouts.__getitem__, kinds.members))
        rows = zip(
            _names(names),
            map(itemgetter(0), layouts),
            map(itemgetter(1), layouts),
            chain.from_iterable(repeat(file, held) for file, held in runs),
            strict=True,
        )
        return tuple(map(tuple.__new__, repeat(TensorInfo), rows))

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


def _plain(value: object) -> object:
    """What a configuration holds beside JSON's own types: read-only views of its objects."""
    return dict(value)  # type: ignore[call-overload]


def _column(code: str, data: memoryview) -> "array[int]":
    column = array(code)
    column.frombytes(data)
    return _little(column)


def _little(columns: "array[int]") -> "array[int]":
    """The same in the other byte order where this machine has it; a pack is little-endian."""
    if sys.byteorder == "big":
        columns.byteswap()
    return columns


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
