"""The headers of many files in one text, read file by file while the text is still coming."""

from paramtui.checkpoint.formats.columns import Columns
from paramtui.checkpoint.formats.plain_header import read_plain_file, read_plain_headers

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
        self._bytes = 0
        """Where the next file begins."""
        self._characters = 0
        """The same place, in characters."""
        self._ahead = True

    def advance(self, body: bytes | bytearray) -> None:
        """Read each header that has come as a whole; `body` is what it was, and more."""
        while self._ahead:
            mark = LAST if self._bytes else KEY
            end = body.find(mark.encode(), self._bytes)
            if end < 0:
                return
            end += len(mark)
            try:
                text = bytes(body[self._bytes : end]).decode()
            except UnicodeDecodeError:
                text = ""
            self._ahead = bool(text) and (mark == KEY or self._read(text))
            if self._ahead:
                self._bytes = end
                self._characters += len(text)

    def _read(self, text: str) -> bool:
        """Whether a text is the header of one more file."""
        one = read_plain_file(text, 0)
        if one is None or one.end != len(text) or one.file in self._found:
            return False
        self._found[one.file] = one.columns
        return True

    def finish(self, text: str) -> dict[str, Columns] | None:
        """The tensors of each file of the whole text; None when not all are plain."""
        start = self._characters or text.find(KEY) + len(KEY)
        return read_plain_headers(text, start, self._found) if start >= len(KEY) else None
