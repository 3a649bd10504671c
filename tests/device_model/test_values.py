"""Whether a value fits a variable."""

from __future__ import annotations

import pytest

from ocppkit.device_model.model import Attribute, Characteristics
from ocppkit.device_model.values import Unfit, check, check_bounds
from ocppkit.v201 import AttributeEnumType
from ocppkit.variable import DataType

TARGET, MIN, MAX = AttributeEnumType.TARGET, AttributeEnumType.MIN_SET, AttributeEnumType.MAX_SET
DECIMAL = Characteristics(data_type=DataType.DECIMAL, min_limit=-1.5, max_limit=10)
LISTED = ("a", "b")
DAY = "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("characteristics", "text"),
    [
        (Characteristics(data_type=DataType.INTEGER), "-3"),
        (Characteristics(data_type=DataType.BOOLEAN), "true"),
        (Characteristics(data_type=DataType.DATE_TIME), "2026-01-02T03:04:05Z"),
        (DECIMAL, "-1.5"),
        (DECIMAL, "10.0"),
        (Characteristics(data_type=DataType.STRING, max_length=3), "abc"),
        (Characteristics(data_type=DataType.STRING), ""),
        (Characteristics(data_type=DataType.MEMBER_LIST, values=LISTED), "b,a"),
        (Characteristics(data_type=DataType.MEMBER_LIST, values=LISTED), ""),
        (Characteristics(data_type=DataType.OPTION_LIST, values=LISTED), "a"),
        (Characteristics(data_type=DataType.BOOLEAN, values=("true", "false")), "true"),
        (Characteristics(data_type=DataType.INTEGER, values=("1", "2")), "2"),
        (Characteristics(data_type=DataType.DECIMAL, values=("1.5",)), "1.5"),
        (Characteristics(data_type=DataType.DATE_TIME, values=(DAY,)), DAY),
    ],
)
def test_what_fits_is_taken(characteristics: Characteristics, text: str) -> None:
    check(characteristics, text)


@pytest.mark.requirement("B05.FR.07", "B05.FR.08")
@pytest.mark.parametrize(
    ("characteristics", "text", "code", "message"),
    [
        (Characteristics(data_type=DataType.INTEGER), "x", "InvalidValue", "an integer"),
        (Characteristics(data_type=DataType.INTEGER), "2147483648", "InvalidValue", "32 bits"),
        (Characteristics(data_type=DataType.BOOLEAN), "1", "InvalidValue", "true or false"),
        (Characteristics(data_type=DataType.DATE_TIME), "today", "InvalidValue", "RFC 3339"),
        (DECIMAL, "1e3", "InvalidValue", "without exponent"),
        (
            Characteristics(data_type=DataType.INTEGER, values=("1", "2")),
            "3",
            "InvalidValue",
            "one of 1, 2",
        ),
        (DECIMAL, "-1.6", "ValueOutOfRange", "at least -1.5"),
        (DECIMAL, "10.1", "ValueOutOfRange", "at most 10"),
        (
            Characteristics(data_type=DataType.STRING, max_length=3),
            "abcd",
            "TooLargeElement",
            "at most 3 characters",
        ),
        (
            Characteristics(data_type=DataType.OPTION_LIST, values=LISTED),
            "a,b",
            "InvalidValue",
            "one of a, b",
        ),
        (
            Characteristics(data_type=DataType.SEQUENCE_LIST, values=LISTED),
            "a,secret",
            "InvalidValue",
            "a list of a, b",
        ),
    ],
)
def test_what_does_not_fit_is_told_what_would(
    characteristics: Characteristics, text: str, code: str, message: str
) -> None:
    with pytest.raises(Unfit, match=message) as raised:
        check(characteristics, text)

    assert raised.value.reason_code == code
    assert "secret" not in str(raised.value)


def test_what_is_set_lies_between_the_limits_that_were_set() -> None:
    others = (
        Attribute(type=MIN, value="2"),
        Attribute(type=MAX, value="5"),
        Attribute(type=TARGET),
    )

    check_bounds(DECIMAL, TARGET, "2", others)
    check_bounds(DECIMAL, MIN, "1", others)
    for type_, text in ((TARGET, "1.9"), (TARGET, "5.1"), (MIN, "6"), (MAX, "1")):
        with pytest.raises(Unfit):
            check_bounds(DECIMAL, type_, text, others)


def test_only_numbers_have_bounds() -> None:
    text = Characteristics(data_type=DataType.STRING)

    check_bounds(text, TARGET, "a", (Attribute(type=MAX, value="b"),))
