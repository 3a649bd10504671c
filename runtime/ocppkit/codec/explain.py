"""Why a payload or a message breaks its schema: the slow walk after a fast refusal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from ocppkit.errors import Rule, ValidationError
from ocppkit.scalars import check_uri, integral, is_multiple, parse_time
from ocppkit.shape import FieldShape, Kind, Shape

__all__ = ["explain_object", "explain_payload"]

Shapes = Mapping[str, Shape]


def explain_payload(payload: Any, name: str, shapes: Shapes) -> ValidationError:
    """The first reason why a payload is not what a schema says.

    Args:
        payload: as parsed from JSON.
        name: the class that it should be.
        shapes: of the version.
    """
    found = next(_wrong_payload(payload, shapes[name], "$", shapes), None)
    return found or ValidationError("$", Rule.TYPE, name, payload)


def explain_object(message: Any, name: str, shapes: Shapes) -> ValidationError:
    """The first reason why a message cannot be written as its schema says."""
    found = next(_wrong_object(message, shapes[name], "$", shapes), None)
    return found or ValidationError("$", Rule.TYPE, name, message)


def _wrong_payload(
    payload: Any, shape: Shape, path: str, shapes: Shapes
) -> Iterator[ValidationError]:
    if not isinstance(payload, dict):
        yield ValidationError(path, Rule.TYPE, f"an object ({shape.name})", payload)
        return
    for field in shape.fields:
        at = f"{path}.{field.wire}"
        if field.wire not in payload:
            if field.required:
                yield ValidationError(at, Rule.REQUIRED, "this property", field.wire)
            continue
        value = payload[field.wire]
        if value is None and field.kind is not Kind.ANY:
            yield ValidationError(at, Rule.TYPE, f"{_noun(field)}, or no property", value)
            continue
        for item, where in _items(value, field, at):
            if isinstance(item, ValidationError):
                yield item
            elif field.kind is Kind.OBJECT:
                yield from _wrong_payload(item, shapes[field.type], where, shapes)
            else:
                yield from _wrong_scalar(item, field, where, integral_floats=shape.integral_floats)
    if not shape.open:
        known = {field.wire for field in shape.fields}
        for key in payload:
            if key not in known:
                yield ValidationError(
                    f"{path}.{key}", Rule.ADDITIONAL_PROPERTIES, "no such property", key
                )


def _items(value: Any, field: FieldShape, at: str) -> Iterator[tuple[Any, str]]:
    """The value, or the items of an array, with their paths; what is wrong with the array first."""
    if not field.array:
        yield value, at
        return
    if not isinstance(value, list):
        yield ValidationError(at, Rule.TYPE, "an array", value), at
        return
    if field.min_items is not None and len(value) < field.min_items:
        yield ValidationError(at, Rule.MIN_ITEMS, f"at least {field.min_items} items", value), at
    if field.max_items is not None and len(value) > field.max_items:
        yield ValidationError(at, Rule.MAX_ITEMS, f"at most {field.max_items} items", value), at
    for n, item in enumerate(value):
        yield item, f"{at}[{n}]"


def _noun(field: FieldShape) -> str:
    if field.array:
        return "an array"
    return {
        Kind.BOOLEAN: "a boolean",
        Kind.DATE_TIME: "a date-time (RFC 3339)",
        Kind.INTEGER: "an integer",
        Kind.NUMBER: "a number",
        Kind.OBJECT: f"an object ({field.type})",
        Kind.URI: "a URI (RFC 3986)",
    }.get(field.kind, "a string")


def _wrong_scalar(
    value: Any, field: FieldShape, path: str, *, integral_floats: bool
) -> Iterator[ValidationError]:
    match field.kind:
        case Kind.ANY:
            return
        case Kind.BOOLEAN:
            fits = isinstance(value, bool)
        case Kind.INTEGER:
            fits = _is_integer(value, integral_floats=integral_floats)
        case Kind.NUMBER:
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            fits = isinstance(value, str)
    if not fits:
        yield ValidationError(path, Rule.TYPE, _noun(field), value)
        return
    yield from _wrong_limits(value, field, path)
    if field.kind is Kind.ENUM and value not in field.values:
        yield ValidationError(path, Rule.ENUM, f"one of {', '.join(field.values)}", value)
    if field.kind is Kind.DATE_TIME and _refuses(parse_time, value):
        yield ValidationError(path, Rule.FORMAT, _noun(field), value)
    if field.kind is Kind.URI and _refuses(check_uri, value):
        yield ValidationError(path, Rule.FORMAT, _noun(field), value)


def _is_integer(value: Any, *, integral_floats: bool) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return integral_floats and not _refuses(integral, value)


def _refuses(check: Callable[[Any], object], value: Any) -> bool:
    try:
        check(value)
    except (TypeError, ValueError):
        return True
    return False


def _wrong_limits(value: Any, field: FieldShape, path: str) -> Iterator[ValidationError]:
    if isinstance(value, str):
        if field.max_length is not None and len(value) > field.max_length:
            expected = f"at most {field.max_length} characters"
            yield ValidationError(path, Rule.MAX_LENGTH, expected, value)
        if field.min_length is not None and len(value) < field.min_length:
            expected = f"at least {field.min_length} characters"
            yield ValidationError(path, Rule.MIN_LENGTH, expected, value)
        return
    if field.minimum is not None and value < field.minimum:
        yield ValidationError(path, Rule.MINIMUM, f"at least {field.minimum:g}", value)
    if field.maximum is not None and value > field.maximum:
        yield ValidationError(path, Rule.MAXIMUM, f"at most {field.maximum:g}", value)
    if field.multiple_of is not None and not is_multiple(value, field.multiple_of):
        expected = f"a multiple of {field.multiple_of}"
        yield ValidationError(path, Rule.MULTIPLE_OF, expected, value)


def _wrong_object(
    message: Any, shape: Shape, path: str, shapes: Shapes
) -> Iterator[ValidationError]:
    if type(message).__name__ != shape.name:
        yield ValidationError(path, Rule.TYPE, shape.name, message)
        return
    for field in shape.fields:
        at = f"{path}.{field.name}"
        value = getattr(message, field.name, None)
        if value is None:
            if field.required:
                yield ValidationError(at, Rule.REQUIRED, "a value", value)
            continue
        for item, where in _items(value, field, at):
            if isinstance(item, ValidationError):
                yield item
            elif field.kind is Kind.OBJECT:
                yield from _wrong_object(item, shapes[field.type], where, shapes)
            else:
                yield from _wrong_python(item, field, where)
    if shape.open:
        for key in message.extra:
            if any(key == field.wire for field in shape.fields):
                expected = "no name of a property of its own"
                yield ValidationError(
                    f"{path}.extra.{key}", Rule.ADDITIONAL_PROPERTIES, expected, key
                )


def _wrong_python(value: Any, field: FieldShape, path: str) -> Iterator[ValidationError]:
    match field.kind:
        case Kind.DATE_TIME:
            if not isinstance(value, datetime):
                yield ValidationError(path, Rule.TYPE, "a datetime", value)
            elif value.utcoffset() is None:
                yield ValidationError(path, Rule.FORMAT, "a datetime with a time zone", value)
        case Kind.ENUM:
            if not isinstance(value, StrEnum) or type(value).__name__ != field.type:
                yield ValidationError(path, Rule.TYPE, f"a member of {field.type}", value)
        case Kind.NUMBER if isinstance(value, float) and not math.isfinite(value):
            yield ValidationError(path, Rule.TYPE, "a finite number", value)
        case _:
            yield from _wrong_scalar(value, field, path, integral_floats=False)
