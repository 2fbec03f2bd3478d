"""Fields: typed access to one JSON object, whatever is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

WIDEST = 2**63
"""No size, count or width of a model takes more bits: what is beyond is not stated."""

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


class Fields:
    """Typed, forgiving access to one JSON object: a value of the wrong type is an absent one."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Json] | None = None) -> None:
        self._values: Mapping[str, Json] = MappingProxyType(dict(values or {}))

    @property
    def values(self) -> Mapping[str, Json]:
        """The object itself, read-only."""
        return self._values

    def integer(self, *names: str) -> int | None:
        """The first of `names` that holds a whole number (booleans are not numbers)."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if _is_whole(value):
                return value
        return None

    def positive(self, *names: str) -> int | None:
        """The first of `names` that holds a whole number above 0: others state no size."""
        sizes = (self.integer(name) for name in names)
        return next((size for size in sizes if size is not None and size > 0), None)

    def number(self, *names: str) -> float | None:
        """The first of `names` that holds a finite number."""
        for name in names:
            value = self._values.get(name)
            if _is_whole(value) or (isinstance(value, float) and isfinite(value)):
                return value
        return None

    def flag(self, *names: str) -> bool | None:
        """The first of `names` that holds true or false."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, bool):
                return value
        return None

    def text(self, *names: str) -> str | None:
        """The first of `names` that holds a non-empty string."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str) and value:
                return value
        return None

    def texts(self, *names: str) -> tuple[str, ...] | None:
        """The first of `names` that holds a list of strings."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
                return tuple(str(item) for item in value)
        return None

    def integers(self, *names: str) -> tuple[int, ...] | None:
        """The first of `names` that holds a list of whole numbers."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, (list, tuple)):
                whole = [item for item in value if _is_whole(item)]
                if len(whole) == len(value):
                    return tuple(whole)
        return None

    def section(self, *names: str) -> Fields:
        """The first of `names` that holds an object; an empty one when none does."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, Mapping):
                return Fields(value)
        return Fields()

    def raw(self, name: str) -> Json:
        """The value as it was written."""
        return self._values.get(name)

    def names(self) -> tuple[str, ...]:
        """The names present."""
        return tuple(self._values)

    def over(self, defaults: Mapping[str, Json]) -> Fields:
        """The same object, with `defaults` for the names it does not have."""
        return Fields({**defaults, **self._values}) if defaults else self

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __bool__(self) -> bool:
        return bool(self._values)


def _is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number that can be meant (booleans are not numbers)."""
    return isinstance(value, int) and not isinstance(value, bool) and -WIDEST < value < WIDEST
