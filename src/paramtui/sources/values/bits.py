"""Numbers of a few bits out of the words they are packed in."""

import numpy as np

from paramtui.sources.values.numbers import Array


def unpacked(words: Array, bits: int) -> Array:
    """The unsigned numbers in the words of the last axis, from the lowest bit of the first one."""
    size = words.dtype.itemsize * 8
    words = words.view(f"<u{size // 8}")
    if size % bits == 0:
        shifts = np.arange(0, size, bits, dtype=words.dtype)
        found = words[..., None] >> shifts & words.dtype.type((1 << bits) - 1)
        kind = np.uint8 if bits <= 8 else words.dtype
        return found.astype(kind).reshape(*words.shape[:-1], -1)
    # A number may begin in one word and end in the next.
    stream = np.ascontiguousarray(words).view(np.uint8)
    stream = np.unpackbits(stream, axis=-1, bitorder="little")
    whole = stream.shape[-1] // bits * bits
    found = stream[..., :whole].reshape(*words.shape[:-1], -1, bits)
    return found @ (1 << np.arange(bits, dtype=np.uint8)).astype(np.uint8)


def signed(codes: Array, bits: int) -> Array:
    """Two's complement of a few bits, as float64."""
    half = 1 << (bits - 1)
    return (codes.astype(np.int16) ^ half).astype(np.float64) - half
