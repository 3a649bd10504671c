"""Whether a value fits a variable (B05.FR.07, FR.08)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from ocppkit.device_model.model import Attribute, Characteristics
from ocppkit.v201 import AttributeEnumType
from ocppkit.variable import DataType, Variable

__all__ = ["Unfit", "check", "check_bounds"]

_NUMBERS = frozenset({DataType.INTEGER, DataType.DECIMAL})


class Unfit(ValueError):
    """A value that a variable does not take; the text says what it takes, never what it got.

    Attributes:
        reason_code: one of the specification's (2.0.1 Part 2 appendix 5).
    """

    def __init__(self, message: str, reason_code: str = "InvalidValue") -> None:
        self.reason_code = reason_code
        super().__init__(message)


def check(characteristics: Characteristics, text: str) -> None:
    """Look whether a text is a value of a variable.

    Raises:
        Unfit: it is not.
    """
    told = characteristics
    try:
        value = _plain(told.data_type).parse(text)
    except ValueError as error:
        message = str(error).partition("expected ")[2].rpartition(", got ")[0]
        raise Unfit(f"expected {message}") from None
    if told.data_type in _NUMBERS:
        if told.min_limit is not None and value < told.min_limit:
            raise Unfit(f"expected at least {told.min_limit:.15g}", "ValueOutOfRange")
        if told.max_limit is not None and value > told.max_limit:
            raise Unfit(f"expected at most {told.max_limit:.15g}", "ValueOutOfRange")
    if told.max_length is not None and len(text) > told.max_length:
        raise Unfit(f"expected at most {told.max_length} characters", "TooLargeElement")
    if told.values:
        many = told.data_type in {DataType.MEMBER_LIST, DataType.SEQUENCE_LIST}
        if any(item not in told.values for item in (value if many else (text,))):
            what = "a list of" if many else "one of"
            raise Unfit(f"expected {what} {', '.join(told.values)}")


def check_bounds(
    characteristics: Characteristics,
    type: AttributeEnumType,
    text: str,
    others: Iterable[Attribute],
) -> None:
    """Look whether what is set lies between MinSet and MaxSet (2.0.1 Part 1 §4.3).

    Args:
        characteristics: of the variable.
        type: of the attribute that is set.
        text: what it is set to; has passed `check`.
        others: the attributes of the variable as they are.

    Raises:
        Unfit: it does not.
    """
    if characteristics.data_type not in _NUMBERS:
        return
    value = float(text)
    for each in others:
        if not each.value or each.type is type:
            continue
        if each.type is AttributeEnumType.MIN_SET and value < float(each.value):
            raise Unfit(f"expected at least {each.value}, as MinSet has it", "ValueOutOfRange")
        if each.type is AttributeEnumType.MAX_SET and value > float(each.value):
            raise Unfit(f"expected at most {each.value}, as MaxSet has it", "ValueOutOfRange")


@cache
def _plain(data_type: DataType) -> Variable[Any]:
    """A variable of a type that takes any value of it."""
    return Variable(component="", name="", data_type=data_type)
