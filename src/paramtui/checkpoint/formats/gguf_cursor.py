"""A place in a GGUF file that is read in steps, each of bytes that cannot be a tensor's."""

from collections.abc import Generator
from struct import Struct
from typing import TypeVar

from paramtui.checkpoint.text import clean
from paramtui.named_tuple import NamedTuple

DESCRIPTION_LIMIT = 100_000_000
"""Bytes from the beginning of a file in which its description must end; the longest known take 20
million."""
STEP_LIMIT = 1 << 23
"""Bytes asked for at once."""
COUNT = 8
"""Bytes of a count or length."""


class GgufError(ValueError):
    """A file that llama.cpp would refuse; the message says why in a few words."""


class Need(NamedTuple):
    """What must be read next: `length` bytes from `position` on, all of them description."""

    position: int
    length: int


Result = TypeVar("Result")
Steps = Generator[Need, bytes, Result]
"""Yields what it needs, is sent those bytes, and returns what they say."""


class Cursor:
    """The next place to read, and the bytes from there on that are known already.

    `least` is how many bytes of description are sure to follow what is being read; so much, and
    never more, is asked for beforehand. A read can therefore not reach the tensors' data.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.order = "<"
        """Byte order as `struct` spells it."""
        self.least = 0
        self._known = b""
        self._at = 0
        self._start = 0
        """Where in the file the known bytes begin."""

    @property
    def position(self) -> int:
        """Where in the file the next byte stands."""
        return self._start + self._at

    def take(self, count: int) -> Steps[bytes]:
        """The next `count` bytes."""
        yield from self._want(count)
        self._at += count
        return self._known[self._at - count : self._at]

    def skip(self, count: int) -> None:
        """Go on without reading; what lies between is never asked for."""
        self._at += count
        self._check(self.position)
        if self._at > len(self._known):
            self._start, self._known, self._at = self.position, b"", 0

    def number(self, code: str) -> Steps[int]:
        """A number of the type that `struct` calls `code`."""
        layout = Struct(self.order + code)
        data = yield from self.take(layout.size)
        value: int = layout.unpack(data)[0]
        return value

    def text(self, limit: int) -> Steps[str]:
        """A name of at most `limit` bytes, made safe to print."""
        length = yield from self.number("Q")
        if not 0 < length <= limit:
            raise GgufError(f"a name of {length:,} bytes")
        data = yield from self.take(length)
        return clean(data.decode("utf-8", "replace"), limit)

    def skip_texts(self, count: int) -> Steps[None]:
        """Go past `count` strings; a vocabulary has hundreds of thousands."""
        layout, following = Struct(self.order + "Q"), self.least
        while count:
            self.least = following + COUNT * (count - 1)
            yield from self._want(COUNT)
            known, at, last = self._known, self._at, len(self._known) - COUNT
            while count and at <= last:
                at += COUNT + layout.unpack_from(known, at)[0]
                count -= 1
            self.skip(at - self._at)
        self.least = following

    def _want(self, count: int) -> Steps[None]:
        missing = count - (len(self._known) - self._at)
        if missing <= 0:
            return
        position = self._start + len(self._known)
        self._check(position + missing + self.least)
        data = yield Need(position, max(missing, min(missing + self.least, STEP_LIMIT)))
        self._start, self._known, self._at = self.position, self._known[self._at :] + data, 0
        if len(self._known) < count:
            raise GgufError("the file ends in the middle of its description")

    def _check(self, end: int) -> None:
        """Raise when the description cannot reach as far as `end`."""
        if end > self.size:
            raise GgufError("the file ends in the middle of its description")
        if end > DESCRIPTION_LIMIT:
            raise GgufError(f"its description takes more than {DESCRIPTION_LIMIT:,} bytes")
