"""What attrs classes that are compared and shown by value inherit.

attrs writes, compiles and keeps such methods for each class: nine kilobytes each, which a station
with some two hundred of them cannot spare.
"""

from __future__ import annotations

from typing import Any

from attrs import Attribute, fields

__all__ = ["Value"]


class Value:
    """Compared, hashed and shown by its fields; made ``frozen(eq=False, repr=False)``."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(
            getattr(self, each.name) == getattr(other, each.name)
            for each in _fields(self)
            if each.eq
        )

    def __hash__(self) -> int:
        told = (
            getattr(self, each.name)
            for each in _fields(self)
            if (each.eq if each.hash is None else each.hash)
        )
        return hash((self.__class__, *told))

    def __repr__(self) -> str:
        shown = (
            f"{each.name}={_shown(each, getattr(self, each.name))}"
            for each in _fields(self)
            if each.repr
        )
        return f"{self.__class__.__name__}({', '.join(shown)})"


def _fields(value: Value) -> tuple[Attribute[Any], ...]:
    return fields(value.__class__)  # type: ignore[arg-type, no-any-return]  # attrs makes the heirs


def _shown(field: Attribute[Any], value: object) -> str:
    return field.repr(value) if callable(field.repr) else repr(value)
