"""A checkpoint as one small block of bytes, in columns: half a million tensors load in a blink."""

import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import chain, groupby, repeat
from math import prod
from operator import itemgetter

from paramtui.checkpoint.checkpoint import Checkpoint, Choice, Component, Shard
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.checkpoint.text import clean_all, clean_json

ANY_MAGIC = b"paramtui pack "
MAGIC = ANY_MAGIC + b"2\n"
"""Another number when what is below changes: packs of another format are fetched anew."""
DIGEST_BYTES = 32
COUNT_BYTES = 4
INFLATED_LIMIT = 256_000_000
"""Bytes; half a million tensors take thirty million."""

Layout = tuple[Dtype, Shape]
Run = tuple[str, int]
"""A file and how many tensors of it follow each other."""


_NAME, _DTYPE, _SHAPE, _FILE = map(itemgetter, range(4))
"""The fields of a TensorInfo."""


class PackError(ValueError):
    """Bytes that are no pack of this version, or a damaged one."""


class OtherVersion(PackError):  # noqa: N818 - a kind of PackError
    """A pack as another version of this program writes it."""


BAD = (zlib.error, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What reading bytes of another kind can raise."""


def encode(checkpoint: Checkpoint) -> bytes:
    """What of a checkpoint follows from its files alone -> bytes."""
    tensors = checkpoint.tensors
    # By identity: equal ones are mostly one object, and the hash of a type is slow.
    pairs = list(zip(map(id, map(_DTYPE, tensors)), map(id, map(_SHAPE, tensors)), strict=True))
    layouts = dict(zip(pairs, map(itemgetter(1, 2), tensors), strict=True))
    places = {pair: at for at, pair in enumerate(layouts)}
    columns = array("I", map(places.__getitem__, pairs))
    names = "\n".join(map(_NAME, tensors))
    head = json.dumps(
        {
            "id": checkpoint.id,
            "shards": [[shard.name, shard.size] for shard in checkpoint.shards],
            "layouts": [[d.name, d.bits, d.block, shape] for d, shape in layouts.values()],
            "runs": [[file, sum(1 for _ in run)] for file, run in groupby(tensors, _FILE)],
            "config": dict(checkpoint.config.root.values),
            "warnings": checkpoint.warnings,
            "notice": checkpoint.notice,
            "components": [[p.name, dict(p.config.root.values)] for p in checkpoint.components],
            "choices": [[c.name, c.reference, c.size, c.opened] for c in checkpoint.choices],
        },
        default=_plain,
    ).encode()
    parts = [len(head).to_bytes(COUNT_BYTES, "little"), head]
    parts += [len(columns).to_bytes(COUNT_BYTES, "little"), _little(columns).tobytes()]
    body = zlib.compress(b"".join([*parts, names.encode()]), 1)
    return MAGIC + sha256(body).digest() + body


def decode(data: bytes) -> Checkpoint:
    """A pack -> the checkpoint, its source still `hub`; raises PackError."""
    start = len(MAGIC) + DIGEST_BYTES
    body = data[start:]
    if data.startswith(ANY_MAGIC) and not data.startswith(MAGIC):
        raise OtherVersion("of another version")
    if not data.startswith(MAGIC) or data[len(MAGIC) : start] != sha256(body).digest():
        raise PackError("not a whole pack of this version")
    try:
        return _read(_inflate(body))
    except BAD as error:
        raise PackError(f"not what a pack holds: {error}") from None


def _read(payload: bytes) -> Checkpoint:
    text, rest = _counted(payload, 1)
    raw, names = _counted(rest, 4)
    head = clean_json(json.loads(text))
    if not isinstance(head, dict):
        raise PackError("no head")
    shards = tuple(Shard(_text(name), _size(size)) for name, size in head["shards"])
    runs = [(_text(file), _count(count)) for file, count in head["runs"]]
    layouts = [_layout(*row) for row in head["layouts"]]
    columns = _little(array("I", raw))
    _check_sizes(shards, runs, [dtype.nbytes(prod(shape)) for dtype, shape in layouts], columns)
    return Checkpoint(
        id=_text(head["id"]),
        tensors=_tensors(names.decode().split("\n"), map(layouts.__getitem__, columns), runs),
        config=ModelConfig.from_json(head["config"]),
        source="hub",
        shards=shards,
        warnings=tuple(map(_text, head["warnings"])),
        notice=None if head["notice"] is None else _text(head["notice"]),
        components=tuple(
            Component(_text(name), ModelConfig.from_json(config))
            for name, config in head["components"]
        ),
        choices=tuple(
            Choice(_text(name), _text(reference), _size(size), opened is True)
            for name, reference, size, opened in head["choices"]
        ),
    )


def _tensors(
    names: Sequence[str], layouts: Iterable[Layout], runs: Sequence[Run]
) -> tuple[TensorInfo, ...]:
    if clean_all(names) != names:
        raise PackError("names that no load leaves")
    layouts = list(layouts)
    rows = zip(
        names,
        map(itemgetter(0), layouts),
        map(itemgetter(1), layouts),
        chain.from_iterable(repeat(file, count) for file, count in runs),
        strict=True,
    )
    return tuple(map(tuple.__new__, repeat(TensorInfo), rows))


def _layout(name: object, bits: object, block: object, shape: object) -> Layout:
    if not isinstance(shape, list):
        raise PackError("a shape that is no list")
    dtype = Dtype(_text(name), _count(bits), _count(block))
    known = SAFETENSORS_DTYPES.get(dtype.name)
    return known if known == dtype else dtype, tuple(map(_count, shape))


def _check_sizes(
    shards: Iterable[Shard], runs: Iterable[Run], sizes: Sequence[int], columns: "array[int]"
) -> None:
    """No file holds more than its size."""
    room = {shard.name: shard.size for shard in shards}
    start = 0
    for file, count in runs:
        held = sum(map(sizes.__getitem__, columns[start : start + count]))
        start += count
        limit = room[file]
        if limit is not None and held > limit:
            raise PackError("tensors larger than their file")
        room[file] = limit if limit is None else limit - held


def _plain(value: object) -> object:
    """What a configuration holds beside JSON's own types: read-only views of its objects."""
    return dict(value)  # type: ignore[call-overload]


def _little(columns: "array[int]") -> "array[int]":
    """The same in the other byte order where this machine has it; a pack is little-endian."""
    if sys.byteorder == "big":
        columns.byteswap()
    return columns


def _inflate(body: bytes) -> bytes:
    inflating = zlib.decompressobj()
    payload = inflating.decompress(body, INFLATED_LIMIT)
    if not inflating.eof:
        raise PackError("too large, or cut")
    return payload


def _counted(data: bytes, width: int) -> tuple[bytes, bytes]:
    """The items of `width` bytes that follow their count, and the rest."""
    end = COUNT_BYTES + int.from_bytes(data[:COUNT_BYTES], "little") * width
    if end > len(data):
        raise PackError("cut")
    return data[COUNT_BYTES:end], data[end:]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise PackError("not a text")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise PackError("not a count")
    return value


def _size(value: object) -> int | None:
    return None if value is None else _count(value)
