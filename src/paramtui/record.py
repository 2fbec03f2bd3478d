"""Record: frozen values with named fields, as `dataclasses` makes them, but cheap to define.

`dataclass` compiles six functions for every class and imports `inspect`: 1.4 ms a class, a quarter
of a program that is to answer like `ls` (docs/decisions/028). All records share the same few.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

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
    known = {f"default_{name}": value for name, value in cls._defaults.items()}
    known |= {f"make_{name}": factory for name, factory in cls._factories.items()}
    given = [name + _default(cls, name) for name in cls._fields]
    rows = [f"{name}={name}" for name in cls._fields if name not in cls._factories]
    rows += [f"{name}=make_{name}() if {name} is ... else {name}" for name in cls._factories]
    text = f"lambda {', '.join(['self', *given])}: self.__dict__.update({', '.join(rows)})"
    function = eval(text, known)  # noqa: S307 - of names of fields, as in a namedtuple
    function.__qualname__ = f"{cls.__qualname__}.__init__"
    return function


def _default(cls: type[Record], name: str) -> str:
    if name in cls._factories:
        return "=..."
    return f"=default_{name}" if name in cls._defaults else ""


def replace(record: Changed, **changes: Any) -> Changed:
    """The same record with some fields changed."""
    held = {name: getattr(record, name) for name in record._fields}
    return type(record)(**(held | changes))
