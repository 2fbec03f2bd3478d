"""Files the user asks for: written whole or not at all, and never over another."""

from pathlib import Path

from paramtui.sources.errors import SourceError

MOST = 1000
"""Numbers tried for a name that is taken."""


class NotWritten(SourceError):  # noqa: N818 - one of a tree of reasons
    """A file could not be written."""


def save(name: str, text: str, *, numbered: bool = False) -> Path:
    """Write a new file and return its path; raises NotWritten.

    Where the name is taken, `numbered` says to take the next free one: `name-2.md`.
    """
    data = text.encode("utf-8", "replace")
    try:
        path = wanted = Path(name).expanduser()
        number = 1
        while not _created(path, data):
            number += 1
            if not numbered or number > MOST:
                raise NotWritten(f"{path} is there already", "choose another name")
            path = wanted.with_stem(f"{wanted.stem}-{number}")
    except (OSError, RuntimeError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise NotWritten(f"cannot write {name}: {reason}", "choose another folder") from None
    return path


def _created(path: Path, data: bytes) -> bool:
    """Whether the file is new and now holds the data; False where the name is taken."""
    try:
        # "x" creates: of two that want the same name at once, one fails.
        file = path.open("xb", buffering=0)
    except FileExistsError:
        return False
    try:
        with file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) or 0 :]
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True
