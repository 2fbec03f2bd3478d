"""The headers of many files in one text, read file by file while the text is still coming."""

from paramtui.checkpoint.formats.columns import Columns
from paramtui.checkpoint.formats.plain_header import (
    FILES_LIMIT,
    read_plain_file,
    read_plain_headers,
)

KEY = '"headers":'
LAST = "]}}"
"""How a plain header ends: the offsets of its last tensor, that tensor, and the header."""


class ArrivingHeaders:
    """`… "headers":{file: header, …}`, as far as it has come.

    What is not read plainly at once, such as a header without tensors, ends reading ahead; `finish`
    does the rest, and has what reading the whole text would have.
    """

    def __init__(self) -> None:
        self._found: dict[str, Columns] = {}
        self._read = 0
        """Bytes that are read."""
        self._seen = 0
        """Bytes that what is waited for does not begin in."""
        self._ahead = True

    def advance(self, body: bytes | bytearray) -> None:
        """Read each header that has come as a whole; `body` is what it was, and more."""
        while self._ahead:
            mark = LAST if self._read else KEY
            end = body.find(mark.encode(), self._seen)
            if end < 0:
                self._seen = max(self._read, len(body) - len(mark) + 1)
                return
            end += len(mark)
            self._ahead = mark == KEY or self._take(body[self._read : end])
            if self._ahead:
                self._read = self._seen = end

    def _take(self, header: bytes | bytearray) -> bool:
        """Whether this is the header of one more file."""
        try:
            text = header.decode()
        except UnicodeDecodeError:
            return False
        one = read_plain_file(text, 0)
        if one is None or one.end != len(text) or one.file in self._found:
            return False
        if len(self._found) == FILES_LIMIT:
            return False
        self._found[one.file] = one.columns
        return True

    def finish(self, body: bytes | bytearray) -> dict[str, Columns] | None:
        """The tensors of each file of the whole text; None when not all are plain."""
        start = self._read or body.find(KEY.encode()) + len(KEY)
        if start < len(KEY):
            return None
        try:
            return read_plain_headers(body[start:].decode(), 0, self._found)
        except UnicodeDecodeError:
            return None
