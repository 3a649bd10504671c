"""Reads the fields of documents that people write, and says what was expected of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

__all__ = [
    "Reading",
    "Wrong",
    "flag",
    "limit",
    "member",
    "name",
    "number",
    "options",
    "table",
    "text",
]

_LONGEST_NAME: Final = 50  # characters (2.0.1 ComponentType.name, VariableType.name)
_LONGEST_LIST: Final = 1000  # characters (2.0.1 VariableCharacteristicsType.valuesList)
_LARGEST: Final = 10**15  # of a limit: a float has all its digits


class Wrong(Exception):
    """Something cannot be read; each of its arguments says what was expected."""


class Reading:
    """Reads one part of something after the other, to tell of all that is wrong with it."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def take(self, how: Callable[..., Any], *what: Any, **named: Any) -> Any:
        """A part; None where that cannot be read."""
        try:
            return how(*what, **named)
        except Wrong as error:
            self.wrong += error.args
            return None

    def end(self) -> None:
        """Say what was wrong, if anything was.

        Raises:
            Wrong: something was.
        """
        if self.wrong:
            raise Wrong(*self.wrong)


def options(values: Any) -> tuple[str, ...]:
    """What a value may be, or its list may hold."""
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise Wrong("values: expected an array of texts")
    if not all(each.strip() == each != "" and "," not in each for each in values):
        raise Wrong("values: expected texts without commas, and without spaces around them")
    if len(",".join(values)) > _LONGEST_LIST:
        raise Wrong(f"values: expected at most {_LONGEST_LIST} characters together")
    return tuple(values)


def text(value: Any) -> str | None:
    """A value as it stands on the wire."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int() | str():
            return str(value)
        case float():
            return f"{value:.15g}"
        case list() if all(isinstance(each, str) for each in value):
            return ",".join(value)
        case _:
            raise Wrong("value: expected a text, a number, true or false, or an array of texts")


def table(value: Any) -> dict[str, Any]:
    """A table of a document."""
    if not isinstance(value, dict):
        raise Wrong("expected a table")
    return value


def name(raw: Mapping[str, Any], key: str, *, needed: bool = True) -> Any:
    """A name of OCPP, or None where none is needed."""
    name = raw.get(key)
    if name is None and not needed:
        return None
    if not isinstance(name, str) or not (name.isprintable() and 1 <= len(name) <= _LONGEST_NAME):
        raise Wrong(f"{key}: expected a text of 1 to {_LONGEST_NAME} characters")
    return name


def number(raw: Mapping[str, Any], key: str) -> int | None:
    """The number of an EVSE or a connector, or None."""
    number = raw.get(key)
    if number is not None and (number.__class__ is not int or number < 1):
        raise Wrong(f"{key}: expected an integer of at least 1")
    return number


def limit(value: Any, key: str) -> Any:
    """A limit, or None."""
    if value is None:
        return None
    if value.__class__ not in {int, float}:
        raise Wrong(f"{key}: expected a number")
    if not -_LARGEST <= value <= _LARGEST:  # nor what is no number
        raise Wrong(f"{key}: expected a number of at most {_LARGEST:.0e}")
    return value


def flag(raw: Mapping[str, Any], key: str) -> bool:
    """True or false; false where nothing is said."""
    flag = raw.get(key, False)
    if flag.__class__ is not bool:
        raise Wrong(f"{key}: expected true or false")
    return bool(flag)


def member(kind: type[StrEnum], value: Any, key: str, *, needed: bool = True) -> Any:
    """One of an enum, or None where none is needed."""
    if value is None and not needed:
        return None
    try:
        return kind(value)
    except ValueError:
        listed = ", ".join(each.value for each in kind)
        raise Wrong(f"{key}: expected one of {listed}") from None
