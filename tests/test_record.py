"""Records behave as frozen dataclasses do, and cost next to nothing to define."""

import copy
import pickle
from functools import cached_property

import pytest

from paramtui.record import Record, field, replace


class Point(Record):
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    seen: object = field(default=None, compare=False)

    @cached_property
    def far(self) -> int:
        return self.x + self.y


class Deep(Point):
    z: int = 3


class Same(Record, eq=False):
    x: int


class Nothing(Record):
    pass


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 30, 31, 40, 300])
def test_records_may_have_any_number_of_fields(count: int) -> None:
    names = [f"field{place}" for place in range(count)]
    made = type("Many", (Record,), {"__annotations__": dict.fromkeys(names, "int")})
    values = dict(zip(names, range(count), strict=True))
    assert vars(made(*range(count))) == vars(made(**values)) == values


def test_fields_are_filled_by_place_by_name_and_by_default() -> None:
    made = Deep(1, tags=["a"], z=5)
    assert (made.x, made.y, made.tags, made.seen, made.z) == (1, 2, ["a"], None, 5)
    assert Deep._fields == ("x", "y", "tags", "seen", "z")
    assert Point(1).tags is not Point(1).tags


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((), {"y": 1}),
        ((1,), {"q": 1}),
        ((), {"q": 1}),
        ((1,), {"x": 1}),
        ((1, 2, [], None, 5), {}),
    ],
)
def test_fields_missing_unknown_or_given_twice_are_refused(
    values: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError, match=r"^Point\.__init__\(\) "):
        Point(*values, **named)  # type: ignore[arg-type]


def test_a_record_is_frozen() -> None:
    made = Point(1)
    with pytest.raises(AttributeError, match=r"Point\.x cannot be set"):
        made.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"Point\.x cannot be deleted"):
        del made.x
    assert made.x == 1


def test_records_are_equal_by_class_and_fields() -> None:
    one, other = Point(1, seen="here"), Point(1, seen="there")
    assert one.far == 3
    assert one == other
    assert one != Point(2)
    assert Deep(1) != Point(1)
    assert Point(1) != (1, 2, [], None)
    assert Same(1) != Same(1)
    assert len({Same(1), Same(1)}) == 2
    assert Nothing() == Nothing()
    assert hash(Point(1, tags=())) == hash(Point(1, tags=(), seen=3))  # type: ignore[arg-type]


def test_replacing_leaves_what_was_computed_of_the_old_behind() -> None:
    made = Deep(1)
    assert made.far == 3
    changed = replace(made, x=5)
    assert changed == Deep(5)
    assert changed.far == 7
    with pytest.raises(TypeError):
        replace(made, q=1)


def test_a_record_says_what_it_holds_and_can_be_copied() -> None:
    made = Deep(1)
    assert repr(made) == "Deep(x=1, y=2, tags=[], z=3)"
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own


def test_what_a_dataclass_refuses_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Late\.y has no default and follows one that has"):

        class Late(Record):
            x: int = 1
            y: int  # type: ignore[misc]

    with pytest.raises(TypeError, match=r"Shared\.x: a default that can change needs a factory"):

        class Shared(Record):
            x: list[int] = []  # noqa: RUF012 - refused

    with pytest.raises(TypeError, match="Own: a record has no __init__ of its own"):

        class Own(Record):
            x: int

            def __init__(self) -> None:
                pass
