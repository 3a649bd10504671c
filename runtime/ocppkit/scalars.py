"""The scalar values that JSON has no type for, between the wire and Python."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

__all__ = ["check_uri", "format_time", "integral", "is_multiple", "parse_time"]

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


def parse_time(text: Any) -> datetime:
    """Read a date-time of RFC 3339 as an aware UTC datetime; without a zone it is UTC.

    Digits beyond microseconds are cut.

    Raises:
        ValueError: it is no such text.
        TypeError: it is no text.
    """
    match = _DATE_TIME(text)
    if match is None:
        raise ValueError(text)
    zone = match[1]
    if zone is None:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    value = datetime.fromisoformat(text.upper())
    if zone in {"Z", "z"}:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError as error:  # the first or last day of the calendar
        raise ValueError(text) from error


def format_time(value: Any) -> str:
    """Write an aware datetime as UTC with ``Z``; milliseconds only where there are some.

    At most three decimals of a second are allowed, none are recommended (2.0.1 Part 2, date-time).

    Raises:
        TypeError: it is no datetime.
        ValueError: it has no zone.
    """
    if not isinstance(value, datetime):
        raise TypeError(value)
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise ValueError(value)
        value = value.astimezone(UTC)
    text = (
        f"{value.year:04}-{value.month:02}-{value.day:02}"
        f"T{value.hour:02}:{value.minute:02}:{value.second:02}"
    )
    milliseconds = value.microsecond // 1000
    return f"{text}.{milliseconds:03}Z" if milliseconds else f"{text}Z"


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
    return Decimal(repr(value)) % Decimal(of) == 0
