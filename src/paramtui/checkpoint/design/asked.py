"""AskedFields: an object of a config that notes which of its fields are asked for, and as what."""

from collections.abc import Mapping
from enum import Enum

from paramtui.checkpoint.fields import Fields, Json


class Kind(str, Enum):
    """What a field is read as; the value is its name in a sentence."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    TEXT = "a text"
    TEXTS = "a list of texts"
    WHOLES = "a list of whole numbers"
    OBJECT = "an object"


Asked = dict[str, set[Kind]]
"""Dotted paths of fields -> what each was asked for as."""


class AskedFields(Fields):
    """Reads like Fields. A name that stands behind one that is there is not asked for."""

    __slots__ = ("_asked", "_otherwise", "at")

    def __init__(
        self,
        values: Mapping[str, Json],
        asked: Asked,
        at: str = "",
        otherwise: int | None = None,
    ) -> None:
        super().__init__(values)
        self._asked = asked
        self._otherwise = otherwise
        self.at = at
        """What stands before its names: the sections it is in, each with a point behind it."""

    def _note(self, names: tuple[str, ...], kind: Kind) -> None:
        for name in names:
            self._asked.setdefault(self.at + name, set()).add(kind)
            if self._values.get(name) is not None:
                return

    def integer(self, *names: str) -> int | None:
        """As of Fields; `otherwise` where there is none, so that who asks asks on."""
        self._note(names, Kind.WHOLE)
        found = super().integer(*names)
        return self._otherwise if found is None else found

    def number(self, *names: str) -> float | None:
        """As of Fields."""
        self._note(names, Kind.NUMBER)
        return super().number(*names)

    def flag(self, *names: str) -> bool | None:
        """As of Fields."""
        self._note(names, Kind.FLAG)
        return super().flag(*names)

    def text(self, *names: str) -> str | None:
        """As of Fields."""
        self._note(names, Kind.TEXT)
        return super().text(*names)

    def texts(self, *names: str) -> tuple[str, ...] | None:
        """As of Fields."""
        self._note(names, Kind.TEXTS)
        return super().texts(*names)

    def integers(self, *names: str) -> tuple[int, ...] | None:
        """As of Fields."""
        self._note(names, Kind.WHOLES)
        return super().integers(*names)

    def section(self, *names: str) -> Fields:
        """As of Fields; what is asked of a section that is there is noted with its name before."""
        self._note(names, Kind.OBJECT)
        for name in names:
            value = self._values.get(name)
            if isinstance(value, Mapping):
                return AskedFields(value, self._asked, f"{self.at}{name}.", self._otherwise)
        return Fields()

    def over(self, defaults: Mapping[str, Json]) -> Fields:
        """As of Fields."""
        return AskedFields({**defaults, **self._values}, self._asked, self.at, self._otherwise)
