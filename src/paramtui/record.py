"""Record: frozen values with named fields, as `dataclasses` makes them, but cheap to define.

`dataclass` compiles six functions for every class and imports `inspect`: 1.4 ms a class, a quarter
of a program that is to answer like `ls` (docs/decisions/028). All records share the same few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeVar

    from typing_extensions import dataclass_transform

    Changed = TypeVar("Changed", bound="Record")
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        """What it says is for type checkers."""
        return lambda made: made


class _Field:
    """What is said of a field that is more than its default."""

    def __init__(self, default: Any, factory: Callable[[], Any] | None, compare: bool) -> None:
        self.default = default
        self.factory = factory
        self.compare = compare


def field(
    *,
    default: Any = ...,
    default_factory: Callable[[], Any] | None = None,
    compare: bool = True,
) -> Any:
    """A field whose default is made anew for each record, or that does not count in `==`."""
    return _Field(default, default_factory, compare)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """The annotated names of a subclass are its fields, in order, after those it inherits.

    Records are equal when they are of one class and their fields are; of a class with `eq=False`
    each equals itself alone. What is kept beside the fields, as by `cached_property`, never counts;
    nor is a field that does not shown by `repr`.
    Raises TypeError for fields that are missing or unknown, AttributeError when one is set anew.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    _factories: ClassVar[dict[str, Callable[[], Any]]] = {}
    _uncompared: ClassVar[frozenset[str]] = frozenset()
    _key: ClassVar[attrgetter[Any]]
    """What stands for a record in `==` and `hash`."""

    def __init_subclass__(cls, *, eq: bool = True) -> None:
        if "__init__" in cls.__dict__:
            raise TypeError(f"{cls.__name__}: a record has no __init__ of its own")
        cls._defaults, cls._factories = dict(cls._defaults), dict(cls._factories)
        for name in cls.__annotations__:
            cls._fields = (*(field for field in cls._fields if field != name), name)
            said = cls.__dict__.get(name, ...)
            if isinstance(said, _Field):
                delattr(cls, name)
                if not said.compare:
                    cls._uncompared |= {name}
                if said.factory is not None:
                    cls._factories[name] = said.factory
                said = said.default
            if isinstance(said, (list, dict, set)):
                raise TypeError(f"{cls.__name__}.{name}: a default that can change needs a factory")
            if said is not ...:
                cls._defaults[name] = said
            elif name not in cls._factories and (cls._defaults or cls._factories):
                raise TypeError(f"{cls.__name__}.{name} has no default and follows one that has")
        compared = [name for name in cls._fields if name not in cls._uncompared]
        cls._key = attrgetter(*compared or ("__class__",))
        cls.__init__ = Record.__init__  # type: ignore[method-assign]
        if not eq:
            cls.__eq__ = object.__eq__  # type: ignore[method-assign]
            cls.__hash__ = object.__hash__  # type: ignore[method-assign]

    def __init__(self, *values: Any, **named: Any) -> None:
        # The first of a class compiles what fills all others: most classes have none in a run.
        cls = type(self)
        cls.__init__ = _filling(cls)  # type: ignore[method-assign]
        cls.__init__(self, *values, **named)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set: it is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted: it is frozen")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self._key(self) == self._key(other))

    def __hash__(self) -> int:
        return hash(self._key(self))

    def __repr__(self) -> str:
        names = (name for name in self._fields if name not in self._uncompared)
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"


def _filling(cls: type[Record]) -> Any:
    """The `__init__` of a class, as it would be written; Python itself refuses wrong arguments."""
    code = _code(len(cls._fields))
    names = dict(zip(code.co_varnames[1:], cls._fields, strict=True))
    consts = tuple(_renamed(const, names) for const in code.co_consts)
    code = code.replace(co_varnames=("self", *cls._fields), co_consts=consts)
    given = {**cls._defaults, **dict.fromkeys(cls._factories, ...)}
    defaults = tuple(given[name] for name in cls._fields if name in given)
    function = FunctionType(code, {}, "__init__", defaults)
    function.__qualname__ = f"{cls.__qualname__}.__init__"
    return _making(function, cls._factories) if cls._factories else function


@cache
def _code(count: int) -> CodeType:
    """What fills so many fields, whatever their names: it is compiled once for all."""
    names = [f"_{place}" for place in range(count)]
    given = ", ".join(["self", *names])
    rows = ", ".join(f"{name}={name}" for name in names)
    code: CodeType = eval(f"lambda {given}: self.__dict__.update({rows})").__code__  # noqa: S307 - our own text
    return code


def _renamed(const: Any, names: Mapping[str, str]) -> Any:
    """The same constant: a name, several, as calls of few arguments have them, or none."""
    if isinstance(const, tuple):
        return tuple(names.get(one, one) for one in const)
    return names.get(const, const)


def _making(fill: Callable[..., None], factories: Mapping[str, Callable[[], Any]]) -> Any:
    """An `__init__` that also makes what is not given."""

    def filled(self: Record, *values: Any, **named: Any) -> None:
        fill(self, *values, **named)
        for name, factory in factories.items():
            if self.__dict__[name] is ...:
                self.__dict__[name] = factory()

    return filled


def replace(record: Changed, **changes: Any) -> Changed:
    """The same record with some fields changed."""
    held = {name: getattr(record, name) for name in record._fields}
    return type(record)(**(held | changes))
