"""A checkpoint -> a pack."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from paramtui.checkpoint.checkpoint import Checkpoint, Counted
from paramtui.checkpoint.column_tensors import ColumnTensors
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean_json
from paramtui.sources.pack.format import COUNT_BYTES, MAGIC, Run, little, sum_of
from paramtui.sources.pack.groups import Kinds, pack_kinds, pieces

_NAME, _FILE = itemgetter(0), itemgetter(3)
"""Fields of a TensorInfo."""


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
    return MAGIC + sum_of(body) + body


def _columns(head: bytes, kinds: Kinds) -> Iterator[bytes]:
    yield len(head).to_bytes(COUNT_BYTES, "little") + head
    for column in (kinds.members, kinds.layers):
        yield len(column).to_bytes(COUNT_BYTES, "little") + little(column[:]).tobytes()


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


def _plain(value: object) -> object:
    """What a configuration holds beside JSON's own types: read-only views of its objects."""
    return dict(value)  # type: ignore[call-overload]
