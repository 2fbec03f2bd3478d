"""GGUF files as bytes, written here so that every field can also be written wrong."""

import struct
from collections.abc import Mapping, Sequence
from math import prod

from paramtui.checkpoint.formats.ggml_types import GGML_TYPES
from paramtui.record import Record, field

CODES = "BbHhIif?..QqdB"
STRING, ARRAY = 8, 9


class Typed(Record):
    """A metadata value of the type with this number; of an array also the type of its items."""

    kind: int
    value: object
    items: int = 0


class Info(Record):
    """A tensor info; the shape as torch has it."""

    shape: Sequence[int]
    kind: int = 0
    offset: int | None = None
    """None: right behind the tensor before."""


class Gguf(Record):
    """What is to be written."""

    metadata: Mapping[str, object] = field(default_factory=dict)
    tensors: Mapping[str, Info] = field(default_factory=dict)
    version: int = 3
    big: bool = False
    alignment: int = 32
    magic: bytes = b"GGUF"
    counts: tuple[int, int] | None = None
    """The numbers of tensors and entries to claim."""

    def description(self) -> bytes:
        """Header, metadata and tensor infos."""
        counts = self.counts or (len(self.tensors), len(self.metadata))
        parts = [self.magic, self._pack("IQQ", self.version, *counts)]
        for key, value in self.metadata.items():
            typed = typed_as(value)
            parts += [self._text(key), self._pack("I", typed.kind), self._value(typed)]
        position = 0
        for name, info in self.tensors.items():
            offset = position if info.offset is None else info.offset
            shape = tuple(reversed(info.shape))
            parts.append(self._text(name))
            layout = f"I{len(shape)}QIQ"
            parts.append(self._pack(layout, len(shape), *shape, info.kind, offset))
            position = self._aligned(offset + nbytes(info))
        return b"".join(parts)

    def head(self) -> bytes:
        """All before the tensors' data."""
        description = self.description()
        return description.ljust(self._aligned(len(description)), b"\0")

    def data_bytes(self) -> int:
        """Bytes of the tensors' data with the gaps between them."""
        position = 0
        for info in self.tensors.values():
            start = self._aligned(position) if info.offset is None else info.offset
            position = max(position, start + nbytes(info))
        return position

    def file(self) -> bytes:
        """The whole file; every byte of a tensor is 0xEE."""
        return self.head() + b"\xee" * self.data_bytes()

    def _aligned(self, position: int) -> int:
        return -(-position // self.alignment) * self.alignment

    def _pack(self, layout: str, *values: object) -> bytes:
        return struct.pack((">" if self.big else "<") + layout, *values)

    def _text(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogateescape")
        return self._pack("Q", len(data)) + data

    def _value(self, typed: Typed) -> bytes:
        if typed.kind == STRING:
            return self._text(str(typed.value))
        if typed.kind != ARRAY:
            return self._pack(CODES[typed.kind], typed.value)
        assert isinstance(typed.value, (list, tuple))
        head = self._pack("IQ", typed.items, len(typed.value))
        return head + b"".join(
            self._value(item if isinstance(item, Typed) else Typed(typed.items, item))
            for item in typed.value
        )


def nbytes(info: Info) -> int:
    """Bytes of a tensor's data."""
    dtype = GGML_TYPES.get(info.kind, GGML_TYPES[0])
    return prod(info.shape) // dtype.block * dtype.bits // 8


def typed_as(value: object) -> Typed:
    """A value with the type the gguf package would give it."""
    if isinstance(value, Typed):
        return value
    if isinstance(value, bool):
        return Typed(7, value)
    if isinstance(value, int):
        return Typed(4, value)
    if isinstance(value, float):
        return Typed(6, value)
    if isinstance(value, (list, tuple)):
        return Typed(ARRAY, value, typed_as(value[0]).kind if value else 4)
    return Typed(STRING, value)
