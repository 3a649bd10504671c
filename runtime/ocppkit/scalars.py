"""The scalar values that JSON has no type for, between the wire and Python."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

__all__ = [
    "Combinations",
    "check_json",
    "check_uri",
    "format_time",
    "integral",
    "is_multiple",
    "parse_time",
]

# RFC 3339 §5.6, with the zone left open: a time without a zone is read as UTC.
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?",
    re.ASCII,
).fullmatch

_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_USER = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
# RFC 3986, appendix A; the digits inside an IPv6 literal are not counted.
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:{_USER}@)?{_HOST}(?::\d*)?(?:/{_CHAR}*)*|/(?:{_CHAR}+(?:/{_CHAR}*)*)?"
    rf"|{_CHAR}+(?:/{_CHAR}*)*|)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:#(?:{_CHAR}|[/?])*)?",
    re.ASCII,
).fullmatch


_from_iso_format = datetime.fromisoformat
_MARKS = slice(4, 20, 3)
_REFUSES_24 = sys.version_info < (3, 14)  # later ones read 24:00 as the next day's midnight


def parse_time(text: Any) -> datetime:
    """Read a date-time of RFC 3339 as an aware UTC datetime; without a zone it is UTC.

    Digits beyond microseconds are cut.

    Raises:
        ValueError: it is no such text.
        TypeError: it is no text.
    """
    marks = text[_MARKS]  # of the usual forms: whole seconds, and milliseconds
    if (marks == "--T::Z" and len(text) == 20) or (
        marks == "--T::." and len(text) == 24 and text[23] == "Z"
    ):
        if _REFUSES_24 or text[11:13] < "24":
            return _from_iso_format(text)  # the other digits are its to check
        raise ValueError(text)
    match = _DATE_TIME(text)
    if match is None:
        raise ValueError(text)
    zone = match[1]
    if zone is None:
        return _from_iso_format(text).replace(tzinfo=UTC)
    value = _from_iso_format(text.upper())
    if zone in {"Z", "z"}:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError as error:  # the first or last day of the calendar
        raise ValueError(text) from error


class _Days(dict[int, str]):
    """Dates as text by their ordinals: those written lately, most times today alone."""

    def __missing__(self, ordinal: int) -> str:
        if len(self) >= _KEPT:
            self.clear()
        day = self[ordinal] = date.fromordinal(ordinal).isoformat()
        return day


_KEPT = 64

# Several times as fast as formatting.
_DAY = _Days()
_HOUR = tuple(f"T{number:02}:" for number in range(24))
_MINUTE = tuple(f"{number:02}:" for number in range(60))
_SECOND = tuple(f"{number:02}" for number in range(60))
_END = ("Z", *(f".{milliseconds:03}Z" for milliseconds in range(1, 1000)))


def format_time(value: Any) -> str:
    """Write an aware datetime as UTC with ``Z``; milliseconds only where there are some.

    At most three decimals of a second are allowed, none are recommended (2.0.1 Part 2, date-time).

    Raises:
        TypeError: it is no datetime.
        ValueError: it has no zone, or its UTC is beyond the calendar.
    """
    if value.__class__ is not datetime or value.tzinfo is not UTC:
        value = _in_utc(value)
    return (
        f"{_DAY[value.toordinal()]}{_HOUR[value.hour]}{_MINUTE[value.minute]}"
        f"{_SECOND[value.second]}{_END[value.microsecond // 1000]}"
    )


def _in_utc(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(value)
    if value.utcoffset() is None:
        raise ValueError(value)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:  # the first or last day of the calendar
        raise ValueError(value) from error


class Combinations(dict[tuple[Any, ...], dict[str, Any]]):
    """Objects of enums, by their members: a device sends the same few combinations all its life.

    What comes out is to be copied. Of a combination that is not kept it is made anew.

    Args:
        places: names of other properties, which are to come first.
        tables: name of a property → its values on the wire, by member; None is absent.
    """

    __slots__ = ("_places", "_tables")

    def __init__(self, places: Iterable[str], tables: Mapping[str, Mapping[Any, str]]) -> None:
        super().__init__()
        self._places = tuple(places)
        self._tables = tuple(tables.items())

    def __missing__(self, members: tuple[Any, ...]) -> dict[str, Any]:
        made: dict[str, Any] = dict.fromkeys(self._places)
        for (name, values), member in zip(self._tables, members, strict=True):
            if member is not None:
                made[name] = values[member]
        if len(self) < _COMBINATIONS:
            self[members] = made
        return made


_COMBINATIONS = 256


def check_uri(text: Any) -> None:
    """Check that a text is a URI of RFC 3986.

    Raises:
        ValueError: it is none.
        TypeError: it is no text.
    """
    if _URI(text) is None:
        raise ValueError(text)


_EXACT = 2**53


def integral(value: Any) -> int:
    """The integer that a float without a fraction stands for: draft 6 counts ``1.0`` as one.

    Raises:
        TypeError: it is no float without a fraction, or too large to be exact.
    """
    if value.__class__ is not float or not value.is_integer() or abs(value) > _EXACT:
        raise TypeError(value)
    return int(value)


def is_multiple(value: float, of: str) -> bool:
    """Whether a number is a multiple, counted in decimals as people write them."""
    from fractions import Fraction  # noqa: PLC0415  # half a megabyte, for few messages only

    try:
        exact = Fraction(value if value.__class__ is int else repr(value))
    except ValueError:  # NaN, Infinity
        return False
    return (exact / Fraction(of)).denominator == 1


def check_json(value: Any) -> None:
    """Check that a value of no fixed type is one that JSON can carry.

    Raises:
        ValueError: it holds something else, NaN and infinity among them, or nests too deep.
    """
    try:
        _check_json(value)
    except RecursionError as error:
        raise ValueError from error


def _check_json(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, float):
        if value - value != 0.0:
            raise ValueError(value)
    elif value.__class__ is list:
        for item in value:
            _check_json(item)
    elif value.__class__ is dict:
        for key, item in value.items():
            if key.__class__ is not str:
                raise ValueError(key)
            _check_json(item)
    else:
        raise ValueError(type(value))
