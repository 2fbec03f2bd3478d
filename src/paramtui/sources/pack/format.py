"""A checkpoint as one small block of bytes, in columns: half a million tensors load in a blink.

A line that names the format, the sum of all that follows, then two deflated blocks: a head of JSON
with the columns of the tensors, and their names.
"""

import sys
import zlib
from array import array

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


def sum_of(body: bytes) -> bytes:
    """What tells that a byte was lost or changed."""
    return zlib.crc32(body).to_bytes(SUM_BYTES, "little")


def little(columns: "array[int]") -> "array[int]":
    """The same in the other byte order where this machine has it; a pack is little-endian."""
    if sys.byteorder == "big":
        columns.byteswap()
    return columns
