"""Why a payload or a message breaks its schema: the slow walk after a fast refusal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from ocppkit.errors import Rule, ValidationError
from ocppkit.scalars import check_json, check_uri, format_time, integral, is_multiple, parse_time
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


def explain_object(message: Any, name: str, shapes: Shapes, package: str) -> ValidationError:
    """The first reason why a message cannot be written as its schema says.

    Args:
        message: an object of that class.
        name: the class that it should be.
        shapes: of the version.
        package: the version's: another version's class of the same name does not do.
    """
    found = next(_Objects(shapes, package).wrong(message, shapes[name], "$"), None)
    return found or ValidationError("$", Rule.TYPE, name, message)


def _wrong_payload(
    payload: Any, shape: Shape, path: str, shapes: Shapes
) -> Iterator[ValidationError]:
    if type(payload) is not dict:
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
            noun = "an array" if field.array else _noun(field)
            yield ValidationError(at, Rule.TYPE, f"{noun}, or no property", value)
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
    if type(value) is not list:
        yield ValidationError(at, Rule.TYPE, "an array", value), at
        return
    if field.min_items is not None and len(value) < field.min_items:
        yield ValidationError(at, Rule.MIN_ITEMS, f"at least {field.min_items} items", value), at
    if field.max_items is not None and len(value) > field.max_items:
        yield ValidationError(at, Rule.MAX_ITEMS, f"at most {field.max_items} items", value), at
    for n, item in enumerate(value):
        yield item, f"{at}[{n}]"


def _noun(field: FieldShape) -> str:
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
            fits = type(value) is bool
        case Kind.ENUM:
            fits = isinstance(value, str)
        case Kind.INTEGER:
            fits = type(value) is int or (integral_floats and not _refuses(integral, value))
        case Kind.NUMBER:
            fits = type(value) in {int, float}
        case _:
            fits = type(value) is str
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


@frozen
class _Objects:
    """The walk over a message; all classes are those of one package."""

    shapes: Shapes
    package: str

    def _is(self, value: Any, name: str) -> bool:
        of = type(value)
        return of.__name__ == name and of.__module__.startswith(f"{self.package}.")

    def wrong(self, message: Any, shape: Shape, path: str) -> Iterator[ValidationError]:
        if not self._is(message, shape.name):
            expected = f"a {shape.name} of {self.package}"
            yield ValidationError(path, Rule.TYPE, expected, message)
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
                    yield from self.wrong(item, self.shapes[field.type], where)
                else:
                    yield from self._wrong_scalar(item, field, where)
        if shape.open:
            yield from _wrong_extra(message.extra, shape, f"{path}.extra")

    def _wrong_scalar(self, value: Any, field: FieldShape, path: str) -> Iterator[ValidationError]:
        match field.kind:
            case Kind.DATE_TIME:
                if not isinstance(value, datetime):
                    yield ValidationError(path, Rule.TYPE, "a datetime", value)
                elif value.utcoffset() is None:
                    yield ValidationError(path, Rule.FORMAT, "a datetime with a time zone", value)
                elif _refuses(format_time, value):
                    expected = "a datetime that UTC can show"
                    yield ValidationError(path, Rule.FORMAT, expected, value)
            case Kind.ANY if _refuses(check_json, value):
                yield ValidationError(path, Rule.TYPE, "something that JSON can carry", value)
            case Kind.NUMBER if isinstance(value, float) and not math.isfinite(value):
                yield ValidationError(path, Rule.TYPE, "a finite number", value)
            case _:
                yield from _wrong_scalar(value, field, path, integral_floats=False)


def _wrong_extra(extra: Any, shape: Shape, path: str) -> Iterator[ValidationError]:
    if not isinstance(extra, dict):
        yield ValidationError(path, Rule.TYPE, "a dict", extra)
        return
    for key in extra:
        if not isinstance(key, str):
            yield ValidationError(path, Rule.TYPE, "strings as names", key)
        elif any(key == field.wire for field in shape.fields):
            expected = "no name of a property of its own"
            yield ValidationError(f"{path}.{key}", Rule.ADDITIONAL_PROPERTIES, expected, key)
    if _refuses(check_json, extra):
        yield ValidationError(path, Rule.TYPE, "something that JSON can carry", extra)
