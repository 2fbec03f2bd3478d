"""NamedTuple: tuples with named fields, as `typing` makes them, but cheap to define.

`typing` itself takes as long to import as a report takes to count the parameters, and each of its
classes five times as long to define (docs/decisions/035). Type checkers see theirs.
"""

from __future__ import annotations

# The descriptor of `collections.namedtuple`: in C where Python has it, else in Python.
from collections import _tuplegetter  # type: ignore[attr-defined]
from functools import cache
from types import CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar


class _Row(tuple):  # type: ignore[type-arg]
    """What all named tuples share."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _field_defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        if cls._fields:
            return  # a subclass of a named tuple has the fields of that
        cls._fields = tuple(cls.__annotations__)
        cls.__match_args__ = cls._fields  # type: ignore[attr-defined,misc]
        given = [name for name in cls._fields if name in cls.__dict__]
        if given != list(cls._fields[len(cls._fields) - len(given) :]):
            raise TypeError(f"{cls.__name__}: a field without default follows one that has one")
        cls._field_defaults = {name: cls.__dict__[name] for name in given}
        for place, name in enumerate(cls._fields):
            setattr(cls, name, _tuplegetter(place, None))

    def __new__(cls, *values: Any, **named: Any) -> Any:
        # The first of a class compiles what makes all others: most classes have none in a run.
        of = next(base for base in cls.__mro__ if "_fields" in base.__dict__)
        of.__new__ = staticmethod(_making(of))  # type: ignore[method-assign]
        return of.__new__(cls, *values, **named)

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Any:
        """One of the values of an iterable."""
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(made)}")
        return made

    def _replace(self, /, **changes: Any) -> Any:
        """The same with some fields changed."""
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
        return made

    __replace__ = _replace

    def _asdict(self) -> dict[str, Any]:
        """The values by their names."""
        return dict(zip(self._fields, self, strict=True))

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({shown})"


def _making(cls: type[_Row]) -> Any:
    """The `__new__` of a class, as it would be written; Python itself refuses wrong arguments."""
    code = _code(len(cls._fields)).replace(co_varnames=("cls", *cls._fields))
    defaults = tuple(cls._field_defaults.values())
    function = FunctionType(code, {"make": tuple.__new__}, "__new__", defaults)
    function.__qualname__ = f"{cls.__qualname__}.__new__"
    return function


@cache
def _code(count: int) -> CodeType:
    """What makes a tuple of so many fields, whatever their names: it is compiled once for all."""
    names = "".join(f"_{place}, " for place in range(count))
    code: CodeType = eval(f"lambda cls, {names}: make(cls, ({names}))").__code__  # noqa: S307 - our own text
    return code


class _Maker(type):
    """Makes of a class statement a plain class: of no size of its own, and of no special type."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, body)
        return type(name, (_Row,), {"__slots__": (), **body})


if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class NamedTuple(metaclass=_Maker):
        """The annotated names of a subclass are its fields, in order; it has no other bases."""
