"""Regular files of this machine, read no further than asked."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paramtui.record import Record
from paramtui.sources.errors import FileMissing, NotAModel


class OpenFile(Record):
    """An open regular file; nothing is buffered, so no byte more than asked for is read."""

    descriptor: int
    size: int
    """Bytes."""

    def read(self, count: int) -> bytes:
        """The next `count` bytes, fewer where the file ends."""
        parts = []
        while count and (part := os.read(self.descriptor, min(count, 1 << 24))):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def read_at(self, position: int, count: int) -> bytes:
        """`count` bytes from `position` on, fewer where the file ends."""
        os.lseek(self.descriptor, position, os.SEEK_SET)
        return self.read(count)


@contextmanager
def opened(path: Path) -> Iterator[OpenFile]:
    """Open a regular file; raises FileMissing, or NotAModel for pipes, devices and refusals."""
    # Without O_NONBLOCK, opening a pipe would wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NotAModel(f"{path.name} is not a regular file")
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
        try:
            yield OpenFile(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"no such file: {path}") from None
    except OSError as error:
        raise NotAModel(f"cannot read {path.name}: {error.strerror or error}") from None


def read_all(path: Path, limit: int) -> bytes:
    """The whole of a file of at most `limit` bytes."""
    with opened(path) as file:
        if file.size > limit:
            raise NotAModel(f"{path.name} has {file.size:,} bytes, too many for what it is")
        return file.read(file.size)


def list_folder(folder: Path, limit: int) -> dict[str, int | None]:
    """The first `limit` files of a folder and their bytes, None where a link leads nowhere."""
    sizes: dict[str, int | None] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(sizes) >= limit:
                    break
                size, is_folder = _look_at(Path(entry.path))
                if not is_folder:
                    sizes[entry.name] = size
    except OSError as error:
        raise NotAModel(f"cannot read {folder}: {error.strerror or error}") from None
    return sizes


def size_of(path: Path) -> int | None:
    """Bytes of a file, None when it cannot be looked at."""
    return _look_at(path)[0]


def _look_at(path: Path) -> tuple[int | None, bool]:
    """The bytes of a file and whether it is a folder; links are followed."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None, False
    return found.st_size, stat.S_ISDIR(found.st_mode)
