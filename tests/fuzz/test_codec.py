"""Whatever a payload or an object holds, the codec raises what it says it raises."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import fields, has
from hypothesis import strategies as st

from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps, dumps_stdlib, loads
from ocppkit.codec.lenient import LenientCodec
from ocppkit.errors import ValidationError
from ocppkit.message import Version

from ..codec.schemas import Message
from .conftest import Look
from .garbage import json_values, mutated
from .messages import payloads_of, some_message

VERSIONS = pytest.mark.parametrize("version", list(Version))
Strategy = st.SearchStrategy[Any]


def as_received(payload: Any) -> Any:
    """The payload as it comes out of our reader; None where that refuses it."""
    try:
        return loads(dumps_stdlib(payload))
    except ValueError:
        return None


def any_payload(version: Version) -> Strategy:
    """A message of a version with a payload that was meant for it, or with anything."""

    def around(message: Message) -> Strategy:
        right = payloads_of(message)
        payload = st.one_of(right, mutated(right), mutated(right), json_values())
        return st.tuples(st.just(message), payload.map(as_received))

    return some_message(version).flatmap(around)


def decoded(codec: Any, message: Message, payload: Any) -> tuple[Any, ValidationError | None]:
    """The object, or the only error that may come; None for a wrong one."""
    action = codec.actions[message.name.removesuffix("Request").removesuffix("Response")]
    decode = codec.decode_request if message.name.endswith("Request") else codec.decode_response
    try:
        return decode(action, payload), None
    except ValidationError as error:
        return None, error


@VERSIONS
def test_any_payload_is_decoded_or_refused(version: Version, look: Look) -> None:
    def is_judged(case: tuple[Message, Any]) -> None:
        message, payload = case
        before = copy.deepcopy(payload)

        value, error = decoded(codec_for(version), message, payload)

        assert payload == before
        if error is None:
            assert decoded(codec_for(version), message, message.encode(value)) == (value, None)
        else:
            assert str(error)
            assert error.path.startswith("$")

    look(is_judged, any_payload(version), count=40)


@VERSIONS
def test_what_lenient_takes_without_a_word_strict_takes_too(version: Version, look: Look) -> None:
    def agree(case: tuple[Message, Any]) -> None:
        message, payload = case
        told: list[Any] = []
        codec = LenientCodec(codec_for(version), report=lambda *what: told.append(what))

        strict, strict_error = decoded(codec_for(version), message, payload)
        lenient, lenient_error = decoded(codec, message, payload)

        assert all(str(error) for _, error in told)
        assert (sum(codec.deviations.values()) > 0) == bool(told)
        if lenient_error is None and not told:
            assert strict_error is None
        if strict_error is None:
            assert (lenient, lenient_error) == (strict, None)
            assert all(error.expected == "a time zone" for _, error in told)

    look(agree, any_payload(version), count=40)


_BEYOND_64_BITS = re.compile(r"\d{19}")  # such integers are written as they are, but read as floats
_ODD_OBJECTS: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**70, 0.5, float("nan"), float("inf"), "", "\ud800", "x" * 20_000),
    *(b"", (), [], {}, [None], {1: 2}, {"a": {1}}, set(), object(), Decimal("0.1"), len, str),
    *(datetime(1, 1, 1, tzinfo=UTC), datetime(2024, 5, 1), UTC),  # noqa: DTZ001 - on purpose
)


def places(value: Any) -> Iterator[Callable[[Any], None]]:
    """Functions that put something at each place of an object."""
    if has(type(value)):
        for field in fields(type(value)):
            if hasattr(value, field.name):
                yield lambda new, name=field.name: setattr(value, name, new)  # type: ignore[misc]  # mypy sees no default
                yield from places(getattr(value, field.name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield lambda new, index=index: value.__setitem__(index, new)  # type: ignore[misc]  # mypy sees no default
            yield from places(inner)


@VERSIONS
def test_any_object_is_encoded_or_refused(version: Version, look: Look) -> None:
    def is_judged(case: tuple[Message, Any], data: st.DataObject) -> None:
        message, payload = case
        value: Any = message.decode(payload)
        for _ in range(data.draw(st.integers(1, 2))):
            found = list(places(value))
            if not found:
                break
            odd = data.draw(st.sampled_from(_ODD_OBJECTS) | json_values())
            data.draw(st.sampled_from(found))(copy.deepcopy(odd))

        written = encoded(message, value)

        if written is not None:
            assert decoded(codec_for(version), message, written)[1] is None

    right = some_message(version).flatmap(
        lambda message: st.tuples(st.just(message), payloads_of(message))
    )
    look(is_judged, right, st.data(), count=30)


def encoded(message: Message, value: Any) -> Any:
    """The payload as the peer reads it; None where it is refused as it should be, or unsure."""
    action = message.codec.actions[message.name.removesuffix("Request").removesuffix("Response")]
    try:
        if message.name.endswith("Request"):
            payload: Any = message.codec.encode_request(value)[1]
        else:
            payload = message.codec.encode_response(action, value)
    except (ValidationError, TypeError):
        return None
    text = dumps(payload)
    return None if _BEYOND_64_BITS.search(text) else loads(text)
