"""The values of a pack: each is what it should be, or the pack is none of ours."""

from collections.abc import Iterable


class PackError(ValueError):
    """Bytes that are no pack of this version, or a damaged one."""


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise PackError("not a text")
    return value


def count(value: object) -> int:
    """A number of things, or of bytes."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise PackError("not a count")
    return value


def size(value: object) -> int | None:
    """Bytes, where they are known."""
    return None if value is None else count(value)


def shape(value: object) -> tuple[int, ...]:
    """The lengths of the axes."""
    if not isinstance(value, list):
        raise PackError("a shape that is no list")
    return tuple(map(count, value))


def texts(values: Iterable[object]) -> tuple[str, ...]:
    """Several texts."""
    return tuple(map(text, values))
