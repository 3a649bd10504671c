"""Decoding for peers that break the schema in ways that leave the meaning plain.

What is borne with, and what becomes of it:

* an unknown property: left out of the object, told in the report;
* a string that is too long: kept whole;
* an enum value in another case: the member that was meant; one that does not exist: kept as a plain
  string where the member would be;
* a number or boolean given as a string: the number or boolean;
* a number outside its range or off its grid, too many items, a bad URI: kept;
* a time without a zone: UTC (so also in strict decoding, which does not report it);
* an explicit null for what may be absent: absent.

A missing required property, another type, a text that is no time: refused as ever. What we send is
always strict.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from attrs import frozen

from ocppkit.codec.codec import Codec
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Action, Request, Response
from ocppkit.scalars import check_uri, is_multiple, parse_time
from ocppkit.shape import FieldShape, Kind, Shape

__all__ = ["LenientCodec", "SchemaDeviation"]

_logger = logging.getLogger(__name__)

_KINDS: Final = 1000  # a peer; the schemas leave room for no more than that in practice


@frozen(kw_only=True)
class SchemaDeviation:
    """A way in which a peer breaks the schema.

    Attributes:
        message: the class: ``"BootNotificationRequest"``.
        path: where, with ``[]`` for any item of an array and ``*`` for any unknown property:
            ``"$.meterValue[].sampledValue[].unit"``, ``"$.*"``.
        rule: which rule is broken.
    """

    message: str
    path: str
    rule: Rule


class LenientCodec:
    """The codec of a version for one peer: lenient in what it takes, strict in what it gives.

    Each kind of deviation is reported once, and counted always: the first thousand kinds.

    Attributes:
        deviations: how often each kind occurred.
    """

    def __init__(
        self,
        codec: Codec,
        *,
        peer: str = "",
        report: Callable[[SchemaDeviation, ValidationError], None] | None = None,
    ) -> None:
        """Be lenient with one peer.

        Args:
            codec: the strict codec of the version.
            peer: who it is, for the log.
            report: called with each kind of deviation when it first occurs, and its first
                instance; without it the log is told.
        """
        self._codec = codec
        self._peer = peer
        self._report = report or self._log
        self.deviations: Counter[SchemaDeviation] = Counter()

    @property
    def actions(self) -> Mapping[str, Action]:
        """The actions of the version, by name."""
        return self._codec.actions

    def decode_request(self, action: Action, payload: Any) -> Request[Any]:
        """Read the payload of a CALL.

        Raises:
            ValidationError: it breaks the schema in a way that cannot be borne with.
        """
        return self._decode(  # type: ignore[no-any-return]
            lambda: self._codec.decode_request(action, payload), payload, f"{action.name}Request"
        )

    def decode_response(self, action: Action, payload: Any) -> Response:
        """Read the payload of a CALLRESULT.

        Raises:
            ValidationError: it breaks the schema in a way that cannot be borne with.
        """
        return self._decode(  # type: ignore[no-any-return]
            lambda: self._codec.decode_response(action, payload), payload, f"{action.name}Response"
        )

    def encode_request(self, request: Request[Any]) -> tuple[Action, dict[str, Any]]:
        """Write a request, as strictly as :meth:`Codec.encode_request`."""
        return self._codec.encode_request(request)

    def encode_response(self, action: Action, response: Response) -> dict[str, Any]:
        """Write a response, as strictly as :meth:`Codec.encode_response`."""
        return self._codec.encode_response(action, response)

    def _decode(self, strictly: Callable[[], Any], payload: Any, name: str) -> Any:
        walk = _Walk(import_module(f"{self._codec.package}.shapes").SHAPES, self._codec.package)
        shape = walk.shapes[name]
        try:
            value = strictly()
            found = list(walk.zoneless(payload, shape, "$"))
        except ValidationError:
            value = walk.structure(payload, shape, "$")
            found = walk.found
        for path, error in found:
            deviation = SchemaDeviation(message=name, path=path, rule=error.rule)
            if deviation not in self.deviations and len(self.deviations) >= _KINDS:
                continue
            self.deviations[deviation] += 1
            if self.deviations[deviation] == 1:
                self._report(deviation, error)
        return value

    def _log(self, deviation: SchemaDeviation, error: ValidationError) -> None:
        # Neither the value, which may be an id token, nor the name that the peer made up.
        _logger.warning(
            "%s: bears with %s: %s: expected %s (%s)",
            self._peer,
            deviation.message,
            deviation.path,
            error.expected,
            deviation.rule,
        )


_TRUTH = {"true": True, "false": False}


class _Walk:
    """One walk over one payload; remembers what it bore with, by path without indices."""

    def __init__(self, shapes: Mapping[str, Shape], package: str) -> None:
        self.shapes = shapes
        self.module = import_module(package)
        self.found: list[tuple[str, ValidationError]] = []

    def zoneless(
        self, payload: Any, shape: Shape, path: str
    ) -> Iterator[tuple[str, ValidationError]]:
        """Times without a zone in a payload that is right otherwise."""
        for field in shape.fields:
            if field.kind not in {Kind.DATE_TIME, Kind.OBJECT} or field.wire not in payload:
                continue
            value = payload[field.wire]
            where = f"{path}.{field.wire}{'[]' if field.array else ''}"
            for item in value if field.array else (value,):
                if field.kind is Kind.OBJECT:
                    yield from self.zoneless(item, self.shapes[field.type], where)
                elif _has_no_zone(item):
                    yield where, ValidationError(where, Rule.FORMAT, "a time zone", item)

    def structure(self, payload: Any, shape: Shape, path: str) -> Any:
        """Make the object of a payload, bearing with what can be borne with."""
        if not isinstance(payload, dict):
            raise ValidationError(path, Rule.TYPE, f"an object ({shape.name})", payload)
        made = object.__new__(getattr(self.module, shape.name))
        for field in shape.fields:
            setattr(made, field.name, self._field(payload, field, path, shape))
        known = {field.wire for field in shape.fields}
        unknown = {key: value for key, value in payload.items() if key not in known}
        if shape.open:
            made.extra = unknown
            return made
        for key, value in unknown.items():
            error = ValidationError(
                f"{path}.{key}", Rule.ADDITIONAL_PROPERTIES, "no such property", value
            )
            self.found.append((f"{_without_indices(path)}.*", error))
        return made

    def _field(self, payload: dict[str, Any], field: FieldShape, path: str, shape: Shape) -> Any:
        at = f"{path}.{field.wire}"
        value = payload.get(field.wire)
        if value is None:
            if field.required:
                if field.wire in payload:
                    raise ValidationError(at, Rule.TYPE, "a value", value)
                raise ValidationError(at, Rule.REQUIRED, "this property", field.wire)
            if field.wire in payload and field.kind is not Kind.ANY:
                self._bear(at, Rule.TYPE, "no property rather than null", value)
            return None
        if not field.array:
            return self._value(value, field, at, shape)
        if not isinstance(value, list):
            raise ValidationError(at, Rule.TYPE, "an array", value)
        if len(value) < (field.min_items or 0):
            if field.required:
                raise ValidationError(at, Rule.MIN_ITEMS, f"at least {field.min_items}", value)
            self._bear(at, Rule.MIN_ITEMS, "no property rather than an empty array", value)
            return None
        if field.max_items is not None and len(value) > field.max_items:
            self._bear(at, Rule.MAX_ITEMS, f"at most {field.max_items} items", value)
        return [self._value(item, field, f"{at}[{n}]", shape) for n, item in enumerate(value)]

    def _value(self, value: Any, field: FieldShape, at: str, shape: Shape) -> Any:
        match field.kind:
            case Kind.ANY:
                return value
            case Kind.OBJECT:
                return self.structure(value, self.shapes[field.type], at)
            case Kind.BOOLEAN:
                return self._boolean(value, at)
            case Kind.INTEGER | Kind.NUMBER:
                return self._number(value, field, at, shape)
            case _:
                return self._text(value, field, at)

    def _boolean(self, value: Any, at: str) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _TRUTH:
            self._bear(at, Rule.TYPE, "a boolean", value)
            return _TRUTH[value.lower()]
        raise ValidationError(at, Rule.TYPE, "a boolean", value)

    def _number(self, value: Any, field: FieldShape, at: str, shape: Shape) -> float:
        whole = field.kind is Kind.INTEGER
        noun = "an integer" if whole else "a number"
        number = _parsed(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValidationError(at, Rule.TYPE, noun, value)
        if whole and isinstance(number, float):
            if not number.is_integer():
                raise ValidationError(at, Rule.TYPE, noun, value)
            if not shape.integral_floats:
                self._bear(at, Rule.TYPE, noun, value)
            number = int(number)
        if isinstance(value, str):
            self._bear(at, Rule.TYPE, noun, value)
        if field.minimum is not None and number < field.minimum:
            self._bear(at, Rule.MINIMUM, f"at least {field.minimum:g}", value)
        if field.maximum is not None and number > field.maximum:
            self._bear(at, Rule.MAXIMUM, f"at most {field.maximum:g}", value)
        if field.multiple_of is not None and not is_multiple(number, field.multiple_of):
            self._bear(at, Rule.MULTIPLE_OF, f"a multiple of {field.multiple_of}", value)
        return number

    def _text(self, value: Any, field: FieldShape, at: str) -> Any:
        if not isinstance(value, str):
            raise ValidationError(at, Rule.TYPE, "a string", value)
        if field.kind is Kind.DATE_TIME:
            return self._time(value, at)
        if field.kind is Kind.ENUM:
            return self._member(value, field, at)
        if field.max_length is not None and len(value) > field.max_length:
            self._bear(at, Rule.MAX_LENGTH, f"at most {field.max_length} characters", value)
        if field.min_length is not None and len(value) < field.min_length:
            self._bear(at, Rule.MIN_LENGTH, f"at least {field.min_length} characters", value)
        if field.kind is Kind.URI and not _is_uri(value):
            self._bear(at, Rule.FORMAT, "a URI (RFC 3986)", value)
        return value

    def _time(self, value: str, at: str) -> Any:
        try:
            time = parse_time(value)
        except ValueError as error:
            raise ValidationError(at, Rule.FORMAT, "a date-time (RFC 3339)", value) from error
        if _has_no_zone(value):
            self._bear(at, Rule.FORMAT, "a time zone", value)
        return time

    def _member(self, value: str, field: FieldShape, at: str) -> Any:
        members = getattr(self.module, field.type)
        if value in field.values:
            return members(value)
        expected = f"one of {', '.join(field.values)}"
        self._bear(at, Rule.ENUM, expected, value)
        for known in field.values:
            if known.lower() == value.lower():
                return members(known)
        return value

    def _bear(self, at: str, rule: Rule, expected: str, value: Any) -> None:
        self.found.append((_without_indices(at), ValidationError(at, rule, expected, value)))


def _without_indices(path: str) -> str:
    first, *others = path.split("[")
    return first + "".join(f"[]{part.partition(']')[2]}" for part in others)


def _has_no_zone(text: str) -> bool:
    return text[-1] not in "Zz" and text[-6:-5] not in {"+", "-"}


def _is_uri(text: str) -> bool:
    try:
        check_uri(text)
    except ValueError:
        return False
    return True


def _parsed(text: str) -> float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number - number == 0.0 else None
