"""Named tuples behave as those of `typing` do, and cost next to nothing to define."""

import copy
import pickle
import types
from typing import NamedTuple as Typed

import pytest

from paramtui.named_tuple import NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2

    @property
    def far(self) -> int:
        return self.x + self.y


class TypedPoint(Typed):
    x: int
    y: int = 2


class Nothing(NamedTuple):
    pass


def test_fields_are_filled_by_place_by_name_and_by_default() -> None:
    assert Point(1) == Point(x=1, y=2) == (1, 2)
    made = Point(3, y=4)
    assert (made.x, made.y, made.far) == (3, 4, 7)
    assert Nothing() == ()


@pytest.mark.parametrize("count", [1, 16, 40, 300])
def test_tuples_may_have_any_number_of_fields(count: int) -> None:
    names = [f"field{place}" for place in range(count)]
    body = {"__annotations__": dict.fromkeys(names, "int"), "__module__": __name__}
    made = types.new_class("Many", (NamedTuple,), exec_body=lambda space: space.update(body))
    assert made(*range(count)) == tuple(range(count))
    assert made(**dict(zip(names, range(count), strict=True)))._asdict()[names[-1]] == count - 1


@pytest.mark.parametrize("name", ["_fields", "_field_defaults", "__match_args__", "__slots__"])
def test_the_class_says_of_itself_what_typing_says(name: str) -> None:
    assert getattr(Point, name) == getattr(TypedPoint, name)


def test_it_is_a_plain_class_and_its_values_hold_nothing_beside_the_fields() -> None:
    assert type(Point) is type
    assert (Point.__module__, Point.__qualname__, Point.__doc__) == (__name__, "Point", "A place.")
    assert not hasattr(Point(1), "__dict__")
    assert Point(1).__sizeof__() == TypedPoint(1).__sizeof__()


def test_what_typing_can_do_with_one_this_can() -> None:
    made, typed = Point(1), TypedPoint(1)
    assert made._asdict() == typed._asdict() == {"x": 1, "y": 2}
    assert type(made._replace(y=5)) is Point
    assert tuple(made._replace(y=5)) == tuple(typed._replace(y=5))
    assert tuple(Point._make([3, 4])) == tuple(TypedPoint._make([3, 4]))
    assert repr(made) == "Point(x=1, y=2)"
    match made:
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_copies_are_of_the_same_class() -> None:
    made = Point(1, 3)
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - our own
        assert type(again) is Point
        assert again == made


WRONG: list[tuple[tuple[int, ...], dict[str, int]]] = [
    ((), {}), ((1, 2, 3), {}), ((1,), {"z": 1}), ((1,), {"x": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("values", "named"), WRONG)
def test_wrong_fields_are_refused(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"Point\.__new__"):
        Point(*values, **named)


def test_changes_of_unknown_fields_and_values_too_few_are_refused() -> None:
    with pytest.raises(TypeError, match="no field z"):
        Point(1)._replace(z=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="2 fields, not 1"):
        Point._make([1])
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]


def test_a_field_without_default_cannot_follow_one_that_has() -> None:
    with pytest.raises(TypeError, match="without default"):

        class Wrong(NamedTuple):
            x: int = 1
            y: int  # type: ignore[misc]


def test_a_subclass_may_make_them_in_a_way_of_its_own() -> None:
    class Pair(NamedTuple):
        x: int
        y: int = 2

    class Seven(Pair):
        def __new__(cls, x: int) -> "Seven":  # noqa: PYI034 - Self is newer than 3.10
            return super().__new__(cls, x, 7)

    assert [tuple(Seven(1)), tuple(Seven(1)), tuple(Pair(1))] == [(1, 7), (1, 7), (1, 2)]


def test_a_subclass_has_the_fields_of_the_class() -> None:
    class Deep(Point):
        """Adds a word."""

        @property
        def word(self) -> str:
            return str(self.far)

    assert Deep(1).word == "3"
    assert Deep._fields == ("x", "y")
    assert type(Deep(1)._replace(x=2)) is Deep
    assert Point(1) == Deep(1)
    assert type(Point(1)) is Point
