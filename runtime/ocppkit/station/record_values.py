"""What the station keeps as plain values of JSON, and back: attrs classes become objects.

It writes and reads what cattrs does with its JSON converter, which wrote these texts before it and
takes two megabytes.
"""

from __future__ import annotations

import json
from base64 import b85decode, b85encode
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from attrs import fields, has

__all__ = ["RecordConverter"]

_T = TypeVar("_T")
_Reader = Callable[[Any], Any]

_PRIMITIVES: Final = frozenset({bool, float, int, str})
_COLLECTIONS: Final = frozenset({frozenset, list, set, tuple})
_TEXTS: Final[Mapping[Any, _Reader]] = {datetime: datetime.fromisoformat, bytes: b85decode}


class RecordConverter:
    """Between what the station keeps and JSON."""

    def dumps(self, value: object) -> str:
        """A value as JSON."""
        return json.dumps(_plain(value))

    def unstructure(self, value: object) -> Any:
        """A value as JSON knows values."""
        return _plain(value)

    def structure(self, raw: Any, kind: type[_T]) -> _T:
        """The value of what JSON had; names that a class does not have are left out.

        Args:
            raw: as `json.loads` gives it.
            kind: of the value: an attrs class, or a collection of one.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        of: Any = kind
        value: _T = _reader(of)(raw)
        return value


def _plain(value: object) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.isoformat()
        case bytes():
            return b85encode(value).decode()
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
        case _:
            # Of what is no attrs class this raises, before anything is written.
            kind: Any = value.__class__
            return {name: _plain(getattr(value, name)) for name in _names(kind)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _parts(kind: Any) -> tuple[tuple[str, str, _Reader], ...]:
    """Of each field the name, what the class takes it as, and what reads it."""
    hints = get_type_hints(kind)
    return tuple(
        (each.name, each.alias or each.name, _reader(hints[each.name])) for each in fields(kind)
    )


@cache
def _reader(kind: Any) -> _Reader:
    """What reads values of a type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        (only,) = (each for each in inner if each is not NoneType)
        return partial(_optional, _reader(only))
    if origin in _COLLECTIONS:
        return partial(_collection, origin, _reader(inner[0]))
    if kind in _PRIMITIVES:
        return partial(_primitive, kind)
    if has(kind):
        return partial(_instance, kind)
    return _TEXTS[kind] if kind in _TEXTS else partial(_named, kind)


def _optional(read: _Reader, raw: Any) -> Any:
    return None if raw is None else read(raw)


def _collection(kind: Callable[[list[Any]], Any], read: _Reader, raw: Any) -> Any:
    if not isinstance(raw, list):
        msg = f"a list is expected, not {type(raw).__name__}"
        raise TypeError(msg)
    return kind([read(each) for each in raw])


def _primitive(kind: type[Any], raw: Any) -> Any:
    if not isinstance(raw, (str, int, float)):
        msg = f"{kind.__name__} is expected, not {type(raw).__name__}"
        raise TypeError(msg)
    return kind(raw)


def _named(kind: type[Enum], raw: Any) -> Any:
    return kind(raw)


def _instance(kind: Any, raw: Any) -> Any:
    if not isinstance(raw, Mapping):
        msg = f"an object is expected, not {type(raw).__name__}"
        raise TypeError(msg)
    return kind(**{taken: read(raw[name]) for name, taken, read in _parts(kind) if name in raw})
