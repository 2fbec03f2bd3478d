"""The values of a pack: each is what it should be, or the pack is none of ours."""

from collections.abc import Iterable

from paramtui.sources.errors import SourceError


class PackError(ValueError):
    """Bytes that are no pack of this version, or a damaged one."""


class DamagedPack(SourceError):  # noqa: N818 - said to people, as all of that kind are
    """What only a look at a tensor finds of a pack that was sound by its sum."""

    def __init__(self, reason: str) -> None:
        told = f"the copy of an earlier load is damaged: {reason}"
        super().__init__(told, "--refresh reads it anew")


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
