from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.variable import (
    Access,
    ConfigurationKey,
    DataType,
    KeyType,
    Mutability,
    Variable,
)


def _variable(data_type: DataType, **more: Any) -> Variable[Any]:
    return Variable(component="TxCtrlr", name="Thing", data_type=data_type, **more)


def _key(key_type: KeyType, **more: Any) -> ConfigurationKey[Any]:
    access = more.pop("access", Access.READ_WRITE)
    return ConfigurationKey(key="Thing", profile="Core", access=access, type=key_type, **more)


_TEXTS: list[tuple[DataType, str, object]] = [
    (DataType.BOOLEAN, "true", True),
    (DataType.BOOLEAN, "false", False),
    (DataType.DATE_TIME, "2024-02-29T12:00:00.5Z", datetime(2024, 2, 29, 12, 0, 0, 500000, UTC)),
    (DataType.DECIMAL, "-0.1", -0.1),
    (DataType.DECIMAL, "230", 230.0),
    (DataType.INTEGER, "-1234", -1234),
    (DataType.INTEGER, "2147483647", 2147483647),
    (DataType.MEMBER_LIST, "", ()),
    (DataType.MEMBER_LIST, "SoC,Voltage", ("SoC", "Voltage")),
    (DataType.OPTION_LIST, "LRU", "LRU"),
    (DataType.SEQUENCE_LIST, "NTP, Heartbeat", ("NTP", "Heartbeat")),
    (DataType.STRING, "a, b", "a, b"),
]


@pytest.mark.parametrize(("data_type", "text", "value"), _TEXTS)
def test_a_text_is_read_as_its_data_type_says(
    data_type: DataType, text: str, value: object
) -> None:
    read = _variable(data_type).parse(text)

    assert read == value
    assert type(read) is type(value)


_BAD: list[tuple[DataType, str, str]] = [
    (DataType.BOOLEAN, "True", "true or false"),
    (DataType.BOOLEAN, "1", "true or false"),
    (DataType.DATE_TIME, "2024-02-30T12:00:00Z", "a date and time of RFC 3339"),
    (DataType.DATE_TIME, "noon", "a date and time of RFC 3339"),
    (DataType.DECIMAL, "nan", "a number without exponent"),
    (DataType.DECIMAL, "1e3", "a number without exponent"),
    (DataType.DECIMAL, "9" * 400, "a number without exponent"),
    (DataType.INTEGER, "", "an integer"),
    (DataType.INTEGER, "+5", "an integer"),
    (DataType.INTEGER, "05", "an integer"),
    (DataType.INTEGER, " 5", "an integer"),
    (DataType.INTEGER, "1_0", "an integer"),
    (DataType.INTEGER, "٣", "an integer"),
    (DataType.INTEGER, "5.0", "an integer"),
    (DataType.INTEGER, "2147483648", "an integer of 32 bits"),
    (DataType.INTEGER, "9" * 5000, "an integer"),
    (DataType.MEMBER_LIST, "A,,B", "items without empty ones"),
]


@pytest.mark.parametrize(("data_type", "text", "expected"), _BAD)
def test_a_text_of_another_type_is_refused_with_what_was_expected(
    data_type: DataType, text: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=rf"^TxCtrlr\.Thing: expected {expected}"):
        _variable(data_type).parse(text)


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        (DataType.BOOLEAN, 1),
        (DataType.DATE_TIME, datetime(2024, 1, 1)),  # noqa: DTZ001 - that is refused
        (DataType.DATE_TIME, "2024-01-01T00:00:00Z"),
        (DataType.DECIMAL, float("inf")),
        (DataType.DECIMAL, 10**400),
        (DataType.DECIMAL, True),
        (DataType.INTEGER, True),
        (DataType.INTEGER, 5.0),
        (DataType.INTEGER, 2**31),
        (DataType.MEMBER_LIST, "SoC"),
        (DataType.MEMBER_LIST, ("a,b",)),
        (DataType.MEMBER_LIST, (1,)),
        (DataType.STRING, None),
    ],
)
def test_a_value_of_another_type_is_not_written(data_type: DataType, value: object) -> None:
    with pytest.raises(ValueError, match=r"^TxCtrlr\.Thing: expected "):
        _variable(data_type).format(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_decimal_comes_back_as_it_was(value: float) -> None:
    text = _variable(DataType.DECIMAL).format(value)

    assert "e" not in text
    assert _variable(DataType.DECIMAL).parse(text) == value


@given(st.integers(-(2**31), 2**31 - 1))
def test_every_integer_comes_back_as_it_was(value: int) -> None:
    variable = _variable(DataType.INTEGER)

    assert variable.parse(variable.format(value)) == value


def test_a_list_is_written_without_spaces() -> None:
    assert _variable(DataType.SEQUENCE_LIST).format(("NTP", "Heartbeat")) == "NTP,Heartbeat"


def test_a_time_is_written_in_utc() -> None:
    value = datetime.fromisoformat("2024-01-01T01:00:00+01:00")

    assert _variable(DataType.DATE_TIME).format(value) == "2024-01-01T00:00:00Z"


def test_limits_hold_for_reading_and_writing() -> None:
    variable = _variable(DataType.INTEGER, minimum=1, maximum=9)

    assert variable.parse("9") == 9
    with pytest.raises(ValueError, match=r"expected at least 1, got 0"):
        variable.parse("0")
    with pytest.raises(ValueError, match=r"expected at most 9, got 10"):
        variable.format(10)


def test_the_length_is_that_of_the_text() -> None:
    variable = _variable(DataType.MEMBER_LIST, max_length=3)

    assert variable.parse("a,b") == ("a", "b")
    with pytest.raises(ValueError, match=r"expected at most 3 characters"):
        variable.format(("a", "b", "c"))


def test_what_is_not_among_the_values_is_refused() -> None:
    one = _variable(DataType.OPTION_LIST, values=("LRU", "LFU"))
    several = _variable(DataType.MEMBER_LIST, values=("A", "W"))

    assert several.parse("W,A") == ("W", "A")
    assert several.parse("") == ()
    with pytest.raises(ValueError, match=r"expected one of LRU, LFU, got 'lru'"):
        one.parse("lru")
    with pytest.raises(ValueError, match=r"expected one of A, W, got 'V'"):
        several.format(("A", "V"))


def test_a_password_stays_out_of_the_error() -> None:
    variable = _variable(DataType.STRING, max_length=4, mutability=Mutability.WRITE_ONLY)
    key = _key(KeyType.STRING, max_length=4, access=Access.WRITE)

    for described in (variable, key):
        with pytest.raises(ValueError, match="at most 4") as raised:
            described.parse("sesame")
        assert "sesame" not in str(raised.value)


def test_a_variable_is_called_by_component_name_and_instance() -> None:
    variable = _variable(DataType.STRING)

    assert str(variable) == "TxCtrlr.Thing"
    assert str(evolve(variable, instance="Cost")) == "TxCtrlr.Thing[Cost]"
    assert str(evolve(variable, placeholder="<n>")) == "TxCtrlr.Thing[<n>]"


def test_a_key_takes_booleans_in_any_case_and_writes_them_small() -> None:
    key = _key(KeyType.BOOLEAN)

    assert key.parse("TRUE") is True
    assert key.parse("False") is False
    assert key.format(True) == "true"
    with pytest.raises(ValueError, match="Thing: expected true or false, got 'yes'"):
        key.parse("yes")


def test_a_suffix_may_follow_an_option() -> None:
    key = _key(KeyType.CSL, values=("Voltage", "Power.Factor"), suffixes=("L1", "L1-N"))

    assert key.parse("Voltage, Voltage.L1-N,Power.Factor.L1") == (
        *("Voltage", "Voltage.L1-N", "Power.Factor.L1"),
    )
    for text in ("Voltage.L9", "L1", "Power", "Voltage.L1.L1"):
        with pytest.raises(ValueError, match=r"expected one of Voltage, Power\.Factor, with or"):
            key.parse(text)


def test_an_item_that_is_numbered_names_its_connector() -> None:
    key = _key(KeyType.CSL, values=("RST", "Unknown"), numbered=True)

    assert key.parse("0.RST, 1.Unknown") == ("0.RST", "1.Unknown")
    for text in ("RST", "x.RST", "1.", "1.XYZ"):
        with pytest.raises(ValueError, match="with a connector's number and a dot before it"):
            key.parse(text)


def test_json_is_read_and_written() -> None:
    key = _key(KeyType.JSON)

    assert key.parse('{"kWhPrice": 0.3}') == {"kWhPrice": 0.3}
    assert key.format({"priceText": "0,30 €"}) == '{"priceText":"0,30 €"}'


@pytest.mark.parametrize("text", ["{", "", "NaN", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Thing: expected JSON"):
        _key(KeyType.JSON).parse(text)


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match="Thing: expected JSON"):
        _key(KeyType.JSON).format(value)
