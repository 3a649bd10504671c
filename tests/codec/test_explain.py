"""The walk that explains agrees with the functions that refuse, whatever is thrown at them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.codec.explain import explain_object, explain_payload
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Version

from .breaking import smallest
from .profiles import examples
from .schemas import MESSAGES, Message
from .strategies import json_values, payloads


def nested(depth: int) -> Any:
    value: Any = {"a": []}
    for _ in range(depth):
        value = [{"a": value}]
    return value


ODD = [
    {1: 2},
    {"": None, "\ud800": "\udfff"},
    {"__class__": {}, "__init__": 1, "self": []},
    "\ud800",
    10**1000,
    float("inf"),
    float("nan"),
    5e-324,
    [[[[[[]]]]]],
    [{}] * 1000,
    nested(50),
    nested(20_000),
    True,
    None,
    "",
]


def refusal(message: Message, payload: Any) -> ValidationError | None:
    try:
        message.decode(payload)
    except ValidationError as error:
        return error
    return None


def somewhere(payload: Any, at: list[int], value: Any) -> Any:
    """The payload with something in it replaced, or added to it."""
    if not at or not payload:
        return value
    first, *rest = at
    if isinstance(payload, dict):
        if first % 5 == 0:
            return {**payload, f"{next(iter(payload))}{first}": value}
        name = list(payload)[first % len(payload)]
        return {**payload, name: somewhere(payload[name], rest, value)}
    if isinstance(payload, list):
        n = first % len(payload)
        return [*payload[:n], somewhere(payload[n], rest, value), *payload[n + 1 :]]
    return value


def is_known(error: ValidationError | None) -> bool:
    """Whether jsonschema may judge otherwise: what makes an integer of a large float."""
    return error is not None and error.rule is Rule.TYPE and "e+" in error.value


def is_specific(error: ValidationError, message: Message) -> bool:
    """Whether the walk found a reason of its own."""
    return error.expected != message.name


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_payload_with_anything_anywhere_is_judged_and_explained(message: Message) -> None:
    @examples(10)
    @given(
        payloads(message.schema, draft_4=message.draft_4),
        st.lists(st.integers(0, 40), max_size=6),
        json_values(),
    )
    def is_judged(payload: Any, at: list[int], value: Any) -> None:
        changed = somewhere(payload, at, value)

        error = refusal(message, changed)

        assert (error is None) == message.accepted(changed) or is_known(error)
        assert error is None or is_specific(error, message)

    is_judged()


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_odd_values_are_refused_with_an_explanation(message: Message) -> None:
    good = smallest(message.schema)
    for value in ODD:
        for payload in [
            value,
            *({**good, name: value} for name in message.schema.get("properties", {})),
        ]:
            error = refusal(message, payload)

            assert error is None or is_specific(error, message)


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_the_walk_finds_nothing_in_what_is_right(message: Message) -> None:
    shapes = import_module(f"{message.codec.package}.shapes").SHAPES

    @examples(5)
    @given(payloads(message.schema, draft_4=message.draft_4))
    def finds_nothing(payload: Any) -> None:
        decoded = message.decode(payload)

        of_payload = explain_payload(payload, message.name, shapes)
        of_object = explain_object(decoded, message.name, shapes, message.codec.package)

        assert not is_specific(of_payload, message)
        assert not is_specific(of_object, message)

    finds_nothing()


def test_the_first_of_several_faults_is_named() -> None:
    error = refusal(
        Message(Version.V16, "StartTransactionRequest"),
        {"connectorId": 1, "idTag": "x" * 21, "meterStart": "1", "extra": 1},
    )

    assert str(error) == (
        "$.idTag: expected at most 20 characters, got 'xxxxxxxxxxxxxxxxxxxxx' (maxLength)"
    )
