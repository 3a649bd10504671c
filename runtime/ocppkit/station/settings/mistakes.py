"""Mistakes in a configuration, before it is known where in the file they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from reprlib import Repr
from typing import Any, TypeAlias

from attrs import frozen

from ocppkit.value import Value

__all__ = ["KeyPath", "Mistake", "Mistakes", "dotted", "mismatch", "nearest", "shown", "unknown"]

KeyPath: TypeAlias = tuple[str | int, ...]
"""The keys that lead to a value; numbers count the items of an array from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+").fullmatch
_repr = Repr()
_repr.maxstring = _repr.maxother = 60


@frozen(eq=False, repr=False)
class Mistake(Value):
    """What is wrong with the value at a path."""

    path: KeyPath
    message: str

    def under(self, *keys: str | int) -> Mistake:
        """The same as seen from further up."""
        return Mistake((*keys, *self.path), self.message)


class Mistakes(Exception):
    """Mistakes at, or below, the value that was being read.

    Attributes:
        found: their paths begin at that value.
    """

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.found = list(found)
        super().__init__(self.found)


def dotted(path: KeyPath) -> str:
    """A path as text: ``csms.profiles[1].url``."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            word = key if _BARE(key) else json.dumps(key, ensure_ascii=False)
            text += f".{word}" if text else word
    return text


def shown(value: Any) -> str:
    """A value for people, shortened; of a URL with credentials nothing."""
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, str) and "@" in value:
        return "something else"
    if isinstance(value, dict):
        return "a table"
    return _repr.repr(value)


def mismatch(expected: str, value: Any, *, secret: bool = False) -> Mistakes:
    """The value itself is not as expected."""
    got = "something else" if secret else shown(value)
    return Mistakes([Mistake((), f"expected {expected}, got {got}")])


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant."""
    by_lower = {each.lower(): each for each in names}
    from difflib import get_close_matches  # noqa: PLC0415  # for a mistake only

    close = get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def unknown(name: str, names: Iterable[str], hint: str = "") -> str:
    """The message where there is no key of this name."""
    names = sorted(names, key=str.lower)
    near = nearest(name, names)
    if near is not None:
        return f"unknown: did you mean {near}?{hint}"
    if len(names) <= 16:
        return f"unknown: expected one of {', '.join(names)}.{hint}".removesuffix(".")
    return f"unknown.{hint}".removesuffix(".")
