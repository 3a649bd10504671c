"""Checks of messages: pure functions that find all deviations, not the first one only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from reprlib import Repr
from typing import Any, Final, TypeAlias

from attrs import fields as attrs_fields
from attrs import frozen, has

from ocppkit.v201 import IdTokenType

__all__ = [
    "ABSENT",
    "PRESENT",
    "Check",
    "Found",
    "Matcher",
    "contains",
    "each",
    "fields",
    "matching",
    "near",
    "non_zero",
    "one_of",
    "optional",
    "said",
    "same_token",
]

_repr = Repr()
_repr.maxstring = _repr.maxother = 120
_LONGEST: Final = 240
"""Characters of a message that is shown to people: the trace has all of it."""


@frozen(kw_only=True)
class Found:
    """A field that deviates: where it stands, what was expected there, what came."""

    path: str
    expected: str
    came: str


Check: TypeAlias = Callable[[Any], tuple[Found, ...]]
"""Looks at a message and gives all that deviates; nothing where it is as it should be."""


@frozen(kw_only=True)
class Matcher:
    """What a field may say, where that is not one value.

    Attributes:
        words: for people.
        fits: whether a value is right; None is an absent one.
    """

    words: str
    fits: Callable[[Any], bool]


ABSENT: Final = Matcher(words="nothing", fits=lambda value: value is None)
"""The field is left out."""

PRESENT: Final = Matcher(words="any value", fits=lambda value: value is not None)
"""The field is there, whatever it says."""


def one_of(*values: object) -> Matcher:
    """One of these; `ABSENT` and other matchers may be among them."""

    def fits(value: object) -> bool:
        return any(_fits(each, value) for each in values)

    return Matcher(words=" or ".join(said(each) for each in values), fits=fits)


def optional(value: object) -> Matcher:
    """This, or nothing."""
    return one_of(ABSENT, value)


def non_zero() -> Matcher:
    """A number that is not 0."""
    return Matcher(words="a number but 0", fits=lambda value: isinstance(value, int) and value != 0)


def contains(item: object) -> Matcher:
    """A text or a list that holds this."""
    return Matcher(
        words=f"what holds {said(item)}", fits=lambda value: value is not None and item in value
    )


def near(time: datetime, seconds: float) -> Matcher:
    """A time at most so many seconds from this one."""
    allowed = timedelta(seconds=seconds)
    return Matcher(
        words=f"within {seconds:g} s of {time.isoformat()}",
        fits=lambda value: isinstance(value, datetime) and abs(value - time) <= allowed,
    )


def matching(words: str, fits: Callable[[Any], bool]) -> Matcher:
    """What a function finds right; it may be given None."""
    return Matcher(words=words, fits=fits)


def same_token(one: IdTokenType | None, other: IdTokenType | None) -> bool:
    """Whether two tokens are the same: upper and lower case are (Part 2, IdTokenType)."""
    if one is None or other is None:
        return one is other
    return one.type == other.type and one.id_token.casefold() == other.id_token.casefold()


def fields(**wanted: object) -> Check:
    """A check of fields.

    Args:
        **wanted: a value or a `Matcher` by the field's name; two underscores lead inside, a number
            into a list: ``transaction_info__charging_state``, ``event_data__0__actual_value``.
            Tokens are compared as `same_token` does.
    """

    def check(message: object) -> tuple[Found, ...]:
        return tuple(_look(message, wanted.items()))

    return check


def each(name: str, check: Check) -> Check:
    """A check of every item of a list, which may not be empty."""

    def look(message: Any) -> tuple[Found, ...]:
        items = _walk(message, name.split("__"))
        if not items:
            return (Found(path=name.replace("__", "."), expected="items", came=said(items)),)
        return tuple(
            Found(path=f"{name}[{number}].{found.path}", expected=found.expected, came=found.came)
            for number, item in enumerate(items)
            for found in check(item)
        )

    return look


def said(value: object) -> str:
    """A value, for people."""
    match value:
        case None:
            return "nothing"
        case Matcher():
            return value.words
        case Enum():
            return str(value.value)
        case datetime():
            return value.isoformat()
    if has(type(value)):
        return _message(value)
    return _repr.repr(value)


def _message(value: object) -> str:
    """A message, or part of one: its fields, without those that it leaves out."""
    text = " ".join(f"{path}={told}" for path, told in _leaves(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for attribute in attrs_fields(type(value)):
        part = getattr(value, attribute.name)
        name = f"{path}{attribute.name}"
        if part is None:
            continue
        if isinstance(part, list):
            yield name, f"{len(part)} of them"
        elif has(type(part)):
            yield from _leaves(part, f"{name}.")
        else:
            yield name, said(part)


def _look(message: object, wanted: Iterable[tuple[str, object]]) -> Iterable[Found]:
    for name, expected in wanted:
        came = _walk(message, name.split("__"))
        if not _fits(expected, came, is_token=name.endswith(_CASELESS)):
            yield Found(path=name.replace("__", "."), expected=said(expected), came=said(came))


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if value is None:
            return None
        if step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
            continue
        known = {attribute.name for attribute in attrs_fields(type(value))}
        if step not in known:
            msg = f"{type(value).__name__} has no field {step!r}: it has {', '.join(sorted(known))}"
            raise TypeError(msg)
        value = getattr(value, step)
    return value


_CASELESS: Final = "id_token__id_token"


def _fits(expected: object, came: object, *, is_token: bool = False) -> bool:
    match expected, came:
        case Matcher(), _:
            return expected.fits(came)
        case IdTokenType(), IdTokenType():
            return same_token(expected, came)
        case str(), str() if is_token:
            return expected.casefold() == came.casefold()
    return bool(expected == came)
