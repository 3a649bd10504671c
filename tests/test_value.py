from __future__ import annotations

import pytest
from attrs import field, frozen

from ocppkit.value import Value


@frozen(eq=False, repr=False)
class Place(Value):
    name: str
    number: int = field(default=0, eq=False)
    hidden: str = field(default="", repr=False)
    notes: list[str] = field(factory=list, hash=False)
    size: float = field(default=0.0, repr=lambda size: f"{size:.1f} m")


@frozen(eq=False, repr=False)
class Town(Place):
    mayor: str = ""


def test_values_of_one_class_are_equal_where_their_fields_are() -> None:
    assert Place("here") == Place("here")
    assert Place("here") != Place("there")
    assert Place("here", hidden="a") != Place("here", hidden="b")


def test_a_field_that_is_not_compared_makes_no_difference() -> None:
    assert Place("here", number=1) == Place("here", number=2)
    assert hash(Place("here", number=1)) == hash(Place("here", number=2))


def test_a_value_of_a_heir_is_another_one() -> None:
    assert Town("here") != Place("here")
    assert len({Town("here"), Place("here"), Place("here")}) == 2


def test_what_cannot_be_hashed_is_said_to_be_so() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Place(["here"]))  # type: ignore[arg-type]  # what somebody may do


def test_it_shows_its_fields_but_for_those_that_are_hidden() -> None:
    shown = repr(Town("here", hidden="this", size=1.25, mayor="me"))

    assert shown == "Town(name='here', number=0, notes=[], size=1.2 m, mayor='me')"
