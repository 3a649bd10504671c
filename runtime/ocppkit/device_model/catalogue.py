"""What the specification says of its own variables, from the generated catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from ocppkit.device_model.model import Characteristics
from ocppkit.variable import Variable

__all__ = ["characteristics_of", "required_of", "standard"]

_GENERIC = "<generic>"


def standard(component: str, name: str, instance: str | None = None) -> Variable[Any] | None:
    """The standard variable of these names, in any case; also one that any component may have.

    What the specification gives no instance, or lets the station name, is found by any instance.
    """
    rows = _rows()
    of, called = component.lower(), name.lower()
    return (
        rows.get((of, called, (instance or "").lower()))
        or rows.get((of, called, ""))
        or rows.get((_GENERIC, called, ""))
    )


def characteristics_of(known: Variable[Any]) -> Characteristics:
    """What a standard variable may hold."""
    return Characteristics(
        data_type=known.data_type,
        unit=known.units[0] if known.units else None,
        min_limit=known.minimum,
        max_limit=known.maximum,
        max_length=known.max_length,
        values=known.values,
    )


def required_of(components: Iterable[str]) -> list[Variable[Any]]:
    """The variables that components must have (2.0.1 Part 2 §2, "Required")."""
    wanted = {name.lower() for name in components}
    return [row for row in _rows().values() if row.required and row.component.lower() in wanted]


@cache
def _rows() -> dict[tuple[str, str, str], Variable[Any]]:
    from ocppkit.v201.device_model import VARIABLES  # noqa: PLC0415  # large; 1.6 needs none of it

    return {
        (component.lower(), name.lower(), (instance or "").lower()): row
        for (component, name, instance), row in VARIABLES.items()
    }
