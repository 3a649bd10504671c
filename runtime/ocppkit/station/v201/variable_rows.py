"""Variables of the usual kinds: flags and numbers that something has as attributes, fixed values.

Types and limits come from the catalogue where they are not told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ocppkit.station.v201.variables import Variable

__all__ = ["fixed", "flag", "number"]


def fixed(component: str, name: str, value: str, **more: Any) -> Variable:
    """One that says the same for ever.

    Args:
        component: whose.
        name: of the variable.
        value: of the variable.
        more: what else a `Variable` may have.
    """
    return Variable(component=component, name=name, get=lambda: value, **more)


def flag(
    component: str,
    name: str,
    holder: object,
    attribute: str,
    *,
    then: Callable[[], None] | None = None,
    **more: Any,
) -> Variable:
    """One that is true or false.

    Args:
        component: whose.
        name: of the variable.
        holder: has it.
        attribute: of the holder, a bool.
        then: called when it is set.
        more: what else a `Variable` may have.
    """

    def take(text: str) -> None:
        setattr(holder, attribute, text == "true")
        if then is not None:
            then()

    return Variable(
        component=component,
        name=name,
        get=lambda: str(getattr(holder, attribute)).lower(),
        set=take,
        **more,
    )


def number(
    component: str,
    name: str,
    holder: object,
    attribute: str,
    *,
    minimum: int = 0,
    then: Callable[[], None] | None = None,
    **more: Any,
) -> Variable:
    """One that is an integer.

    Args:
        component: whose.
        name: of the variable.
        holder: has it.
        attribute: of the holder, a number.
        minimum: that it takes.
        then: called when it is set.
        more: what else a `Variable` may have.
    """

    def take(text: str) -> None:
        setattr(holder, attribute, int(text))
        if then is not None:
            then()

    return Variable(
        component=component,
        name=name,
        get=lambda: f"{getattr(holder, attribute):.15g}",
        set=take,
        minimum=minimum,
        **more,
    )
