"""A message that its schema does not allow is not written, and the error names place and rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from importlib import import_module
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Struct, Version

from .breaking import Place, Step, places, smallest, spelled, values, wrong_types
from .schemas import MESSAGES, Message, Node


class Word(StrEnum):
    UNHEARD = "Unheard"


class Number(IntEnum):
    ONE = 1


NAIVE = datetime(2024, 5, 1, 12)  # noqa: DTZ001 - on purpose
BEFORE_TIME = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
AFTER_TIME = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-1)))


def names(message: Message, of: Any) -> dict[str, str]:
    """The attributes of an object by their names on the wire."""
    shapes = import_module(f"{message.codec.package}.shapes").SHAPES
    return {field.wire: field.name for field in shapes[type(of).__name__].fields}


def reach(message: Message, root: Any, at: tuple[Step, ...]) -> tuple[Any, tuple[Step, ...]]:
    """What is at a place of an object, and the place in Python's names."""
    steps: list[Step] = []
    for step in at:
        if isinstance(step, int):
            root = root[step]
            steps.append(step)
        else:
            name = names(message, root)[step]
            root = getattr(root, name)
            steps.append(name)
    return root, tuple(steps)


def bad_values(node: Node, *, item: bool, needed: bool) -> Iterator[tuple[Any, Rule]]:
    if item:
        yield None, Rule.TYPE
    elif needed:
        yield None, Rule.REQUIRED
    others: list[Any]
    match node:
        case {"type": "object"}:
            others = [smallest(node), {}, [], "", 1, Struct()]
            yield from ((value, Rule.TYPE) for value in others)
        case {"enum": members}:
            near = ("", members[0].swapcase(), f"{members[0]} ", Word.UNHEARD)
            yield from ((value, Rule.ENUM) for value in near)
            others = [1, True, 0.5, [members[0]], {}, Number.ONE]
            yield from ((value, Rule.TYPE) for value in others)
        case {"format": "date-time"}:
            yield from ((value, Rule.TYPE) for value in ("2024-05-01T12:00:00Z", 1714564800, 1.5))
            yield NAIVE.date(), Rule.TYPE
            yield from ((value, Rule.FORMAT) for value in (NAIVE, BEFORE_TIME, AFTER_TIME))
        case {"type": _}:
            yield from ((value, Rule.TYPE) for value in wrong_types(node) if value is not None)
            for value, rule, _ in values(node, draft_4=True):
                if rule is not None and rule is not Rule.TYPE:
                    yield value, rule
            yield from ((value, Rule.TYPE) for value in subtypes(node["type"]))
        case _:
            unwritable = (math.nan, [math.inf], {1: 2}, {"a": {1}}, NAIVE, Decimal(1), b"")
            yield from ((value, Rule.TYPE) for value in unwritable)


def subtypes(kind: str) -> list[Any]:
    """What looks like a value of a kind and is none: other code would write it otherwise."""
    found: dict[str, list[Any]] = {
        "array": [(), (1,), {1}],
        "boolean": [0, 1],
        "integer": [1.0, Number.ONE, math.nan, Decimal(1)],
        "number": [math.nan, math.inf, -math.inf, Number.ONE, Decimal(1)],
        "string": [Word.UNHEARD, b"a"],
    }
    return found[kind]


def refusal(message: Message, broken: Any) -> ValidationError | None:
    try:
        message.encode(broken)
    except ValidationError as error:
        return error
    return None


def problems(message: Message, place: Place) -> Iterator[str]:
    *parents, last = place.at
    item = isinstance(last, int)
    for value, rule in bad_values(place.node, item=item, needed=place.needed):
        root = message.decode(place.put(smallest(place.node)))
        parent, steps = reach(message, root, tuple(parents))
        if isinstance(last, int):
            parent[last] = value
            at = spelled((*steps, last))
        else:
            name = names(message, parent)[last]
            setattr(parent, name, value)
            at = spelled((*steps, name))
        error = refusal(message, root)
        if error is None or (error.path, error.rule) != (at, rule):
            yield f"{at} = {value!r:.60} ({rule}): {error}"


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_value_that_the_schema_does_not_allow_is_not_written(message: Message) -> None:
    found = [
        problem
        for place in places(message.schema)
        if place.at
        for problem in problems(message, place)
    ]

    assert found == []


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_value_that_was_never_set_is_named(message: Message) -> None:
    root = message.decode(smallest(message.schema))
    for wire in message.schema.get("required", []):
        broken = message.decode(smallest(message.schema))
        name = names(message, root)[wire]
        delattr(broken, name)

        error = refusal(message, broken)

        assert error is not None
        assert (error.path, error.rule) == (f"$.{name}", Rule.REQUIRED)


@pytest.mark.parametrize(
    ("extra", "at", "rule"),
    [
        ({"vendorId": "other"}, "$.custom_data.extra.vendorId", Rule.ADDITIONAL_PROPERTIES),
        ({"a": 1, "vendorId": None}, "$.custom_data.extra.vendorId", Rule.ADDITIONAL_PROPERTIES),
        ({1: 2}, "$.custom_data.extra", Rule.TYPE),
        ({"a": math.nan}, "$.custom_data.extra", Rule.TYPE),
        ({"a": [{"b": {1, 2}}]}, "$.custom_data.extra", Rule.TYPE),
        ([("a", 1)], "$.custom_data.extra", Rule.TYPE),
        ("ab", "$.custom_data.extra", Rule.TYPE),
        (5, "$.custom_data.extra", Rule.TYPE),
    ],
)
def test_extra_properties_that_cannot_be_written_are_refused(
    extra: Any, at: str, rule: Rule
) -> None:
    message = Message(Version.V201, "HeartbeatRequest")
    custom = v201.CustomDataType(vendor_id="org.example")
    custom.extra = extra

    error = refusal(message, v201.HeartbeatRequest(custom_data=custom))

    assert error is not None
    assert (error.path, error.rule) == (at, rule)


def test_a_class_of_another_version_is_refused_where_it_stands() -> None:
    theirs = v201.CertificateHashDataType(
        hash_algorithm=v201.HashAlgorithmEnumType.SHA256,
        issuer_name_hash="a",
        issuer_key_hash="b",
        serial_number="c",
    )
    request = v16.DeleteCertificateRequest(
        certificate_hash_data=theirs  # type: ignore[arg-type]  # on purpose
    )

    error = refusal(Message(Version.V16, "DeleteCertificateRequest"), request)

    assert error is not None
    assert (error.path, error.rule) == ("$.certificate_hash_data", Rule.TYPE)


def test_an_enum_may_be_given_as_its_text() -> None:
    request = v16.ResetRequest(type="Hard")  # type: ignore[arg-type]  # it reads from elsewhere

    assert Message(Version.V16, "ResetRequest").encode(request) == {"type": "Hard"}


@pytest.mark.requirement("1.6 §3.15")
def test_microseconds_and_other_zones_are_written_as_milliseconds_of_utc() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    response = v201.HeartbeatResponse(
        current_time=datetime(2024, 5, 1, 12, 0, 0, 123999, tzinfo=zone)
    )

    assert Message(Version.V201, "HeartbeatResponse").encode(response) == {
        "currentTime": "2024-05-01T06:15:00.123Z"
    }


def test_a_year_below_1000_is_written_with_four_digits() -> None:
    response = v201.HeartbeatResponse(current_time=datetime(1, 2, 3, 4, 5, 6, tzinfo=UTC))

    assert Message(Version.V201, "HeartbeatResponse").encode(response) == {
        "currentTime": "0001-02-03T04:05:06Z"
    }
