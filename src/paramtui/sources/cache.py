"""Our own cache: a folder of small private files, of which any may be lost at any time."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import time

FOLDER = "PARAMTUI_CACHE"
"""The variable that names another folder."""
LIMIT = 256_000_000
"""Bytes all files may take; the ones used longest ago go first."""
FILE_LIMIT = 128_000_000
ABANDONED = 3600
"""Seconds after which a file that was never finished is removed."""
UNFINISHED = ".unfinished"
DAMAGED = ".damaged"
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def cache_folder() -> Path | None:
    """Where the cache is by the rules of the platform; None when there is no such place."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named).expanduser()
    try:
        return _platform_folder() / "paramtui"
    except RuntimeError:  # no home
        return None


def _platform_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    xdg = Path(os.environ.get("XDG_CACHE_HOME") or "")
    if xdg.is_absolute():
        return xdg
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


class Cache:
    """Files by name; every failure reads as absence, since what is cached can be fetched."""

    def __init__(self, folder: Path | None, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def read(self, name: str) -> bytes | None:
        """The content of a file, which counts as used now."""
        if self.folder is None or not _is_ours(self.folder):
            return None
        path = self.folder / name
        try:
            if path.is_symlink() or path.stat().st_size > FILE_LIMIT:
                return None
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put a whole file in place at once, and make room for it."""
        if self.folder is None or len(data) > min(FILE_LIMIT, self.limit):
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_ours(self.folder):
                return
            unfinished = self.folder / f"{name}.{os.urandom(8).hex()}{UNFINISHED}"
            try:
                with os.fdopen(os.open(unfinished, NEW, 0o600), "wb") as file:
                    file.write(data)
                unfinished.replace(self.folder / name)
            finally:
                unfinished.unlink(missing_ok=True)
            self._make_room()

    def set_aside(self, name: str) -> None:
        """Put a file that turned out to be damaged where nothing reads it, until room is made."""
        if self.folder is not None:
            with suppress(OSError):
                (self.folder / name).replace(self.folder / f"{name}{DAMAGED}")

    def _make_room(self) -> None:
        total = 0
        for used, size, path in sorted(self._files(), reverse=True):
            total += size
            abandoned = path.name.endswith(UNFINISHED) and used < time() - ABANDONED
            if total > self.limit or abandoned:
                with suppress(OSError):
                    path.unlink()

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each file was used, its bytes and its path."""
        for path in self.folder.iterdir() if self.folder else ():
            with suppress(OSError):
                found = path.lstat()
                if stat.S_ISREG(found.st_mode):
                    yield found.st_mtime, found.st_size, path


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have written there; others' files are not for us to believe."""
    try:
        found = folder.stat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
