"""What a setting of the configuration file is: how it is read, and what is said of it.

Each field of the table classes carries an `About` in its metadata: the reader, the commented file
and the reference page are all made from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from attrs import Attribute, fields, frozen

from ocppkit.connection.client import connection_url
from ocppkit.security.secret import Secret
from ocppkit.station.settings.values import VariableId
from ocppkit.value import Value

__all__ = [
    "FLAG",
    "SECRET",
    "About",
    "Kind",
    "about",
    "about_of",
    "choice",
    "folder",
    "integer",
    "items",
    "number",
    "parts",
    "repeated",
    "rows",
    "table",
    "text",
    "url",
]

_METADATA: Final = "ocppkit"

UNFIT: Final = (KeyError, OverflowError, TypeError, ValueError)
"""What the readers raise for a value that does not fit."""


@frozen(kw_only=True, eq=False, repr=False)
class Kind(Value):
    """What values a setting takes.

    Attributes:
        expected: in words, behind "expected".
        read: makes the value of what TOML gives; raises one of `UNFIT`.
        is_text: whether it is read from a text.
        table: the class of the table that it is; None for a plain value.
        many: whether it is an array.
        secret: whether its value must not be shown.
    """

    expected: str
    read: Callable[[Any], Any]
    is_text: bool = False
    table: type | None = None
    many: bool = False
    secret: bool = False


@frozen(kw_only=True, eq=False, repr=False)
class About(Value):
    """What is said of a setting.

    Attributes:
        doc: one sentence or phrase.
        kind: what values it takes.
        unit: of its value.
        example: where there is no default to show.
        key: the 1.6 configuration key that this is the factory default of.
        variable: the 2.0.1 variable that this is the factory default of.
    """

    doc: str
    kind: Kind
    unit: str | None = None
    example: Any = None
    key: str | None = None
    variable: VariableId | None = None


def about(
    doc: str,
    kind: Kind,
    *,
    unit: str | None = None,
    example: Any = None,
    key: str | None = None,
    variable: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """The metadata of a field.

    Args:
        doc: one sentence or phrase.
        kind: what values it takes.
        unit: of its value.
        example: where there is no default to show.
        key: the 1.6 configuration key of the same meaning.
        variable: the 2.0.1 variable of the same meaning: component, name, and perhaps instance.
    """
    named = None
    if variable is not None:
        component, name, *instance = variable
        named = VariableId(
            component=component, variable=name, instance=instance[0] if instance else None
        )
    return {
        _METADATA: About(doc=doc, kind=kind, unit=unit, example=example, key=key, variable=named)
    }


def about_of(attribute: Attribute[Any]) -> About:
    """What is said of a field of a table class."""
    found: About = attribute.metadata[_METADATA]
    return found


def rows(cls: type) -> list[tuple[Attribute[Any], About]]:
    """The settings of a table class, in their order."""
    return [
        (attribute, about_of(attribute))
        for attribute in fields(cls)
        if _METADATA in attribute.metadata
    ]


def _read_flag(value: Any) -> bool:
    if value.__class__ is not bool:
        raise TypeError
    return bool(value)


def _read_secret(value: Any) -> Secret:
    if not isinstance(value, str) or not value:
        raise TypeError
    data = bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode()
    if not 1 <= len(data) <= 64:
        raise ValueError
    return Secret(data)


FLAG: Final = Kind(expected="true or false", read=_read_flag)
SECRET: Final = Kind(
    expected="1 to 64 bytes: a text, or `hex:` and hexadecimal digits",
    read=_read_secret,
    is_text=True,
    secret=True,
)


def integer(minimum: int, maximum: int | None = None) -> Kind:
    """A whole number within limits; at most 32 bits, as OCPP has it."""
    most = 2**31 - 1 if maximum is None else maximum

    def read(value: Any) -> int:
        if value.__class__ is not int or not minimum <= value <= most:
            raise ValueError
        return int(value)

    upper = "" if maximum is None else f" and at most {maximum}"
    return Kind(expected=f"an integer of at least {minimum}{upper}", read=read)


def number(*, above: float | None = None, minimum: float | None = None) -> Kind:
    """A finite number within limits."""

    def read(value: Any) -> float:
        if value.__class__ not in {int, float} or not math.isfinite(value):
            raise TypeError
        if (above is not None and value <= above) or (minimum is not None and value < minimum):
            raise ValueError
        return float(value)

    limit = f" of at least {minimum:g}" if above is None and minimum is not None else ""
    limit = f" above {above:g}" if above is not None else limit
    return Kind(expected=f"a number{limit}", read=read)


def text(max_length: int | None = None) -> Kind:
    """A text that is not empty."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        if not value or (max_length is not None and len(value) > max_length):
            raise ValueError
        return value

    limit = "a text" if max_length is None else f"a text of at most {max_length} characters"
    return Kind(expected=f"{limit}, not empty", read=read, is_text=True)


def folder(what: str = "folder") -> Kind:
    """The path of a folder or a file; a relative one counts from the file's own folder."""

    def read(value: Any) -> Path:
        if not isinstance(value, str):
            raise TypeError
        if not value or "\0" in value:
            raise ValueError
        return Path(value)

    return Kind(expected=f"the path of a {what}", read=read, is_text=True)


def url() -> Kind:
    """The URL of a CSMS, without the identity and without credentials."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        connection_url(value, "identity")
        return value

    return Kind(expected="ws:// or wss:// URL without credentials", read=read, is_text=True)


def choice(values: Mapping[str, Any] | type[StrEnum]) -> Kind:
    """One of several words."""
    words: Mapping[str, Any] = (
        values if isinstance(values, Mapping) else {member.value: member for member in values}
    )

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError
        return words[value]

    listed = ", ".join(f'"{word}"' for word in words)
    return Kind(expected=f"one of {listed}", read=read, is_text=True)


def items(kind: Kind, into: Callable[[Iterable[Any]], Any] = tuple, *, least: int = 1) -> Kind:
    """An array of plain values, none of them twice."""

    def read(value: Any) -> Any:
        if not isinstance(value, list) or len(value) < least:
            raise TypeError
        found = [kind.read(item) for item in value]
        if len(set(found)) < len(found):
            raise ValueError
        return into(found)

    expected = (
        f"an array, nothing twice and {'' if least == 0 else 'not empty, '}of {kind.expected}"
    )
    return Kind(expected=expected, read=read)


def parts(cls: type) -> dict[str, About]:
    """The settings of a table class by name."""
    return {attribute.name: said for attribute, said in rows(cls)}


def table(cls: type) -> Kind:
    """A table."""
    return Kind(expected="a table", read=_never, table=cls)


def repeated(cls: type) -> Kind:
    """An array of tables."""
    return Kind(expected="an array of tables, not empty", read=_never, table=cls, many=True)


def _never(value: Any) -> Any:
    raise TypeError(value)
