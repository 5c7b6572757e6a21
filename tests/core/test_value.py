"""What a value promises, that of `dataclasses` too; and what of it is written only when it is asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from switchyard.core.value import field, names_of, record, replace, value


@value
class Point:
    """Where something is."""

    x: int
    y: int = 0
    secret: str = field(default="", repr=False)
    marks: list[str] = field(default_factory=list)

    @property
    def sum(self) -> int:
        """Both together."""
        return self.x + self.y


@value
class Place:
    """Has the fields of a point, and is none."""

    x: int
    y: int = 0
    secret: str = ""
    marks: list[str] = field(default_factory=list)


@value
class Nothing:
    """Holds nothing."""


@value
class Named:
    """Reckons something up once."""

    name: str
    notes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    length: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.name))


@record
class Tally:
    """Counts."""

    n: int = 0
    seen: list[str] = field(default_factory=list)


def test_it_holds_what_it_is_given_and_its_defaults() -> None:
    point = Point(1, secret="s")
    assert (point.x, point.y, point.secret, point.marks, point.sum) == (1, 0, "s", [], 1)
    assert Point(x=3, y=4).sum == 7
    assert Point(1).marks is not Point(1).marks
    assert Point.__doc__ == "Where something is."
    assert Point.__qualname__ == "Point"
    assert Point.__module__ == __name__


@pytest.mark.parametrize("kind", [Point, Tally])
def test_it_takes_nothing_else(kind: Any) -> None:
    with pytest.raises(TypeError):
        kind(1, colour="red")
    one = kind(1)
    with pytest.raises(AttributeError):
        one.colour = "red"
    assert not hasattr(one, "__dict__")


def test_what_is_not_given_and_has_no_default_is_missed() -> None:
    kind: Any = Point
    with pytest.raises(TypeError, match="x"):
        kind(y=1)


def test_a_value_does_not_change() -> None:
    point: Any = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"Point\.x"):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    assert point.x == 1


def test_values_are_equal_where_they_hold_the_same_and_are_of_one_kind() -> None:
    one: object = Point(1, 2)
    assert one == Point(1, 2)
    assert one != Point(1, 3)
    assert one != Place(1, 2)
    assert one != (1, 2, "", [])
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_equal_values_have_one_hash() -> None:
    @value
    class Key:
        account: str
        model: str = "m"

    assert {Key("a"): 1}[Key("a", "m")] == 1
    assert hash(Key("a")) != hash(Key("b"))


def test_a_secret_is_not_shown() -> None:
    assert repr(Point(1, secret="hidden")) == "Point(x=1, y=0, marks=[])"
    assert repr(Nothing()) == "Nothing()"
    assert repr(Tally(2)) == "Tally(n=2, seen=[])"


def test_what_is_reckoned_up_is_neither_taken_nor_compared_nor_shown() -> None:
    named = Named("abc")
    assert named.length == 3
    assert replace(named, name="ab").length == 2
    assert repr(named) == "Named(name='abc', notes=mappingproxy({}))"
    kind: Any = Named
    with pytest.raises(TypeError):
        kind("a", length=2)


def test_a_copy_differs_in_what_is_said() -> None:
    point = Point(1, 2, "s", ["m"])
    assert replace(point, y=5) == Point(1, 5, "s", ["m"])
    assert dataclasses.replace(point, y=5) == Point(1, 5, "s", ["m"])
    assert point == Point(1, 2, "s", ["m"])
    kind: Any = point
    with pytest.raises(TypeError):
        replace(kind, colour="red")


def test_a_record_changes_and_has_no_hash() -> None:
    tally = Tally()
    tally.n += 1
    assert tally == Tally(1)
    assert tally != Tally(2)
    with pytest.raises(TypeError):
        hash(tally)


def test_dataclasses_takes_it_for_one_of_its_own() -> None:
    assert [one.name for one in dataclasses.fields(Point)] == ["x", "y", "secret", "marks"]
    assert [one.repr for one in dataclasses.fields(Point)] == [True, True, False, True]
    assert dataclasses.fields(Point)[1].default == 0
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 0, "secret": "", "marks": []}
    assert dataclasses.fields(Named)[2].init is False
    assert names_of(Named) == ("name", "notes")
    assert dataclasses.is_dataclass(Nothing)


def test_a_field_without_a_place_in_the_constructor_begins_as_it_says() -> None:
    @record
    class Line:
        text: str
        ended: bool = field(init=False, default=False)
        marks: list[int] = field(init=False, default_factory=list)

    line = Line("a")
    assert (line.ended, line.marks) == (False, [])
    assert Line("b").marks is not line.marks
    with pytest.raises(TypeError):
        Line("a", True)  # type: ignore[call-arg]


def test_a_pattern_takes_it_apart() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
