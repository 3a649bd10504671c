"""Numbers in tenths, date-times and URIs to the letter."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.codec import codec_for
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Version
from ocppkit.scalars import Combinations, format_time, integral, is_multiple, parse_time
from ocppkit.v16 import ChargingSchedule, Phase, UnitOfMeasure

from .profiles import examples
from .schemas import Message

COMPOSITE = Message(Version.V16, "GetCompositeScheduleResponse")


def schedule(limit: float) -> dict[str, Any]:
    period = {"startPeriod": 0, "limit": limit}
    return {
        "status": "Accepted",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
    }


def is_limit(value: float) -> bool:
    """Whether a value is taken as the limit of a charging schedule, read and written."""
    try:
        written = COMPOSITE.encode(COMPOSITE.decode(schedule(value)))
    except ValidationError as error:
        if error.rule is Rule.MULTIPLE_OF and error.path.endswith("Period[0].limit"):
            return False
        raise
    return bool(written == schedule(value))


def test_every_tenth_up_to_4000_is_a_multiple_of_a_tenth() -> None:
    refused = [n for n in range(-1000, 40_001) if not is_limit(float(f"{n / 10:.1f}"))]

    assert refused == []


def test_no_hundredth_between_the_tenths_is_a_multiple_of_a_tenth() -> None:
    accepted = [n for n in range(-2000, 20_000) if n % 10 and is_limit(float(f"{n / 100:.2f}"))]

    assert accepted == []


@pytest.mark.parametrize(
    "value",
    [
        *(0, 0.0, -0.0, -8.1, 1e6 + 0.1, -1e6 - 0.1, 123456789.1, 1e15 + 0.5, 4.5e14 + 0.1),
        *(450359962737049.7, 900719925474099.1, 2**53 + 1, 2**64 - 1, -(2**63)),
        *(1e16, 1e22, 1e23, 1.1e30, 1e300, 1.7976931348623157e308, -1.7976931348623157e308),
    ],
)
def test_large_and_negative_tenths_are_multiples_of_a_tenth(value: float) -> None:
    assert is_limit(value)


@pytest.mark.parametrize(
    "value",
    [
        *(8.15, -8.15, 1e6 + 0.11, 123456789.12, 1e-9, 5e-324, 0.1 + 0.2, 0.7999999999999999),
        *(4503599627370.45, float("inf"), float("-inf"), float("nan")),
    ],
)
def test_what_is_between_the_tenths_is_no_multiple_of_a_tenth(value: float) -> None:
    assert not is_limit(value)


@examples(400)
@given(st.integers(-(2**53), 2**53), st.integers(0, 3))
def test_a_decimal_is_a_multiple_of_a_tenth_if_it_has_at_most_one_digit(n: int, point: int) -> None:
    value = float(f"{n}e-{point}")
    digits = repr(value).partition("e")[0].partition(".")[2]
    plain = "e" not in repr(value)

    assert is_limit(value) == is_multiple(value, "0.1")
    if plain:
        assert is_limit(value) == (len(digits) <= 1)


def test_jsonschema_counts_in_binary_where_we_count_in_decimals() -> None:
    binary = jsonschema.Draft4Validator(COMPOSITE.schema)

    assert not binary.is_valid(schedule(0.3))
    assert is_limit(0.3)
    assert COMPOSITE.accepted(schedule(0.3))


def test_multiples_of_other_steps_are_counted_in_decimals_too() -> None:
    assert is_multiple(0.75, "0.25")
    assert is_multiple(7, "3.5")
    assert not is_multiple(0.8, "0.25")
    assert not is_multiple(8, "3")


def is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("base", ["2024-02-29T12:34:56Z", "2024-02-29T12:34:56.78+09:30"])
def test_a_text_two_letters_away_from_a_date_time_is_judged_as_by_jsonschema(base: str) -> None:
    checker = jsonschema.Draft6Validator.FORMAT_CHECKER
    letters = "029-:TtWZ+. ,"
    texts = {
        base[:one] + a + base[one + 1 : two] + b + base[two + 1 :]
        for one, two in combinations(range(len(base)), 2)
        for a in letters
        for b in letters
    }
    found = [text for text in texts if is_time(text) != checker.conforms(text, "date-time")]

    assert len(texts) > 20_000
    # `24-02-29T12:34:56` and the like: a zone that is missing is UTC
    assert [text for text in found if checker.conforms(f"{text}Z", "date-time") is False] == []


@pytest.mark.parametrize("value", [None, 1, [], {}, b"2024-02-29T12:34:56Z"])
def test_what_is_no_text_is_no_date_time(value: object) -> None:
    with pytest.raises((TypeError, ValueError, KeyError, IndexError)):
        parse_time(value)


@examples(300)
@given(st.datetimes(), st.integers(0, 999))
@pytest.mark.requirement("1.6 §3.15")
def test_a_moment_is_read_as_it_was_written(moment: datetime, milliseconds: int) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=milliseconds * 1000)

    assert parse_time(format_time(moment)) == moment
    assert parse_time(format_time(moment)).tzinfo is UTC


def test_digits_beyond_microseconds_are_cut() -> None:
    moment = parse_time("2024-02-29T12:00:00.123456789Z")

    assert moment.microsecond == 123456
    assert format_time(moment) == "2024-02-29T12:00:00.123Z"


def test_a_time_without_a_zone_is_utc() -> None:
    assert parse_time("2024-02-29T12:00:00.5") == parse_time("2024-02-29T12:00:00.500Z")


@pytest.mark.parametrize("value", [1.0, -0.0, 2.0**53, -(2.0**53)])
def test_a_float_without_a_fraction_stands_for_an_integer(value: float) -> None:
    assert integral(value) == value
    assert type(integral(value)) is int


@pytest.mark.parametrize("value", [1.5, 2.0**53 + 2, float("inf"), float("nan"), True, "1", None])
def test_other_values_stand_for_no_integer(value: object) -> None:
    with pytest.raises(TypeError):
        integral(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_no_multiple_of_a_tenth_either(value: float) -> None:
    period = {"startPeriod": 0, "limit": value}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}

    with pytest.raises(ValidationError) as caught:
        codec_for(Version.V16).structure(schedule, ChargingSchedule)

    assert caught.value.path == "$.chargingSchedulePeriod[0].limit"


def test_dates_are_written_right_however_many_there_are() -> None:
    first = datetime(999, 12, 1, tzinfo=UTC)
    days = [first + timedelta(days=number) for number in range(200)]

    written = [format_time(day) for day in days + days]

    assert written == [f"{day:%Y-%m-%d}T00:00:00Z".zfill(20) for day in days + days]


def test_a_combination_holds_what_is_there_in_words_of_the_wire() -> None:
    found = Combinations(["value"], {"phase": {Phase.L1: "L1"}, "unit": {UnitOfMeasure.WH: "Wh"}})

    assert found[Phase.L1, UnitOfMeasure.WH] == {"value": None, "phase": "L1", "unit": "Wh"}
    assert found[None, UnitOfMeasure.WH] == {"value": None, "unit": "Wh"}
    assert found[None, None] is found[None, None]


@pytest.mark.parametrize("members", [("L9", None), (None, "L1"), ([], None)])
def test_a_combination_with_another_value_is_refused_each_time(members: tuple[Any, ...]) -> None:
    found = Combinations([], {"phase": {Phase.L1: "L1"}, "unit": {UnitOfMeasure.WH: "Wh"}})

    for _ in range(2):
        with pytest.raises((KeyError, TypeError)):
            found[members]


def test_not_every_combination_is_kept() -> None:
    values = {number: str(number) for number in range(300)}
    found = Combinations([], {"a": values})

    made = [found[number,] for number in values]

    assert made == [{"a": value} for value in values.values()]
    assert len(found) == 256
