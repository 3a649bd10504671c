"""Profiles keep all that their messages say, in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocppkit import v16, v201
from ocppkit.codec import codec_for
from ocppkit.message import Struct, Version
from ocppkit.smart_charging.composition import Composite
from ocppkit.smart_charging.messages import (
    composite_to_v16,
    composite_to_v201,
    from_v16,
    from_v201,
    purpose_from_v16,
    to_v16,
    to_v201,
)
from ocppkit.smart_charging.model import Kind, Period, Profile, Purpose, Schedule, Unit

PROPERTY = settings(
    max_examples=50,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

integers = st.integers(-(2**31), 2**31 - 1)
tenths = st.integers(0, 10**6).map(lambda tenth: tenth / 10)
any_numbers = (
    tenths
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(0, 2**63 - 1)
    | st.sampled_from([0.1, 1e22, 5e-324, -0.0, 9007199254740993, 32.30000000000001])
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def maybe(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | of


json_values = st.recursive(
    st.none() | st.booleans() | integers | tenths | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
custom_data = st.builds(
    v201.CustomDataType,
    vendor_id=st.text(max_size=9),
    extra=st.dictionaries(
        st.text(max_size=4).filter(lambda name: name != "vendorId"), json_values, max_size=2
    ),
)
costs = st.builds(
    v201.CostType,
    cost_kind=st.sampled_from(v201.CostKindEnumType),
    amount=integers,
    amount_multiplier=maybe(st.integers(-3, 3)),
    custom_data=maybe(custom_data),
)
consumption_costs = st.builds(
    v201.ConsumptionCostType,
    start_value=tenths,
    cost=st.lists(costs, min_size=1, max_size=2),
    custom_data=maybe(custom_data),
)
intervals = st.builds(
    v201.RelativeTimeIntervalType,
    start=integers,
    duration=maybe(integers),
    custom_data=maybe(custom_data),
)
tariff_entries = st.builds(
    v201.SalesTariffEntryType,
    relative_time_interval=intervals,
    e_price_level=maybe(st.integers(0, 9)),
    consumption_cost=maybe(st.lists(consumption_costs, min_size=1, max_size=2)),
    custom_data=maybe(custom_data),
)
tariffs = st.builds(
    v201.SalesTariffType,
    id=integers,
    sales_tariff_entry=st.lists(tariff_entries, min_size=1, max_size=2),
    sales_tariff_description=maybe(st.text(max_size=9)),
    num_e_price_levels=maybe(integers),
    custom_data=maybe(custom_data),
)
periods_v201 = st.builds(
    v201.ChargingSchedulePeriodType,
    start_period=integers,
    limit=any_numbers,
    number_phases=maybe(integers),
    phase_to_use=maybe(integers),
    custom_data=maybe(custom_data),
)
schedules_v201 = st.builds(
    v201.ChargingScheduleType,
    id=integers,
    charging_rate_unit=st.sampled_from(v201.ChargingRateUnitEnumType),
    charging_schedule_period=st.lists(periods_v201, min_size=1, max_size=3),
    start_schedule=maybe(moments),
    duration=maybe(integers),
    min_charging_rate=maybe(any_numbers),
    sales_tariff=maybe(tariffs),
    custom_data=maybe(custom_data),
)
profiles_v201 = st.builds(
    v201.ChargingProfileType,
    id=integers,
    stack_level=integers,
    charging_profile_purpose=st.sampled_from(v201.ChargingProfilePurposeEnumType),
    charging_profile_kind=st.sampled_from(v201.ChargingProfileKindEnumType),
    charging_schedule=st.lists(schedules_v201, min_size=1, max_size=3),
    recurrency_kind=maybe(st.sampled_from(v201.RecurrencyKindEnumType)),
    valid_from=maybe(moments),
    valid_to=maybe(moments),
    transaction_id=maybe(st.text(max_size=36)),
    custom_data=maybe(custom_data),
)
periods_v16 = st.builds(
    v16.ChargingSchedulePeriod,
    start_period=integers,
    limit=tenths | st.integers(0, 2**31),
    number_phases=maybe(integers),
)
schedules_v16 = st.builds(
    v16.ChargingSchedule,
    charging_rate_unit=st.sampled_from(v16.ChargingRateUnitType),
    charging_schedule_period=st.lists(periods_v16, max_size=3),
    duration=maybe(integers),
    start_schedule=maybe(moments),
    min_charging_rate=maybe(tenths | st.integers(0, 2**31)),
)
profiles_v16 = st.builds(
    v16.ChargingProfile,
    charging_profile_id=integers,
    stack_level=integers,
    charging_profile_purpose=st.sampled_from(v16.ChargingProfilePurposeType),
    charging_profile_kind=st.sampled_from(v16.ChargingProfileKindType),
    charging_schedule=schedules_v16,
    transaction_id=maybe(integers),
    recurrency_kind=maybe(st.sampled_from(v16.RecurrencyKindType)),
    valid_from=maybe(moments),
    valid_to=maybe(moments),
)


def wire(version: Version, message: Struct) -> dict[str, Any]:
    return codec_for(version).unstructure(message)


@PROPERTY
@given(profiles_v16)
def test_a_profile_of_1_6_comes_back_as_it_was(message: v16.ChargingProfile) -> None:
    again = to_v16(from_v16(message))

    assert again == message
    assert wire(Version.V16, again) == wire(Version.V16, message)


@PROPERTY
@given(profiles_v201)
def test_a_profile_of_2_0_1_comes_back_as_it_was(message: v201.ChargingProfileType) -> None:
    again = to_v201(from_v201(message))

    assert again == message
    assert wire(Version.V201, again) == wire(Version.V201, message)


@PROPERTY
@given(profiles_v201)
def test_a_profile_survives_its_message(message: v201.ChargingProfileType) -> None:
    profile = from_v201(message)

    assert from_v201(to_v201(profile)) == profile


@pytest.mark.parametrize(
    ("number", "exact"),
    [
        (16.1, "16.1"),
        (16.0, "16.0"),
        (16, "16"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "1e22"),
    ],
)
def test_a_limit_is_the_decimal_that_its_number_reads_as(number: float, exact: str) -> None:
    period = v16.ChargingSchedulePeriod(start_period=0, limit=number)

    profile = from_v16(message_v16(period))

    assert profile.schedules[0].periods[0].limit == Decimal(exact)


def test_an_integer_beyond_a_double_stays_exact() -> None:
    period = v16.ChargingSchedulePeriod(start_period=0, limit=2**53 + 1)

    again = to_v16(from_v16(message_v16(period)))

    assert again.charging_schedule.charging_schedule_period[0].limit == 2**53 + 1


@pytest.mark.parametrize(
    ("given", "purpose"),
    [
        (v16.ChargingProfilePurposeType.CHARGE_POINT_MAX_PROFILE, Purpose.STATION_MAX),
        (v16.ChargingProfilePurposeType.TX_DEFAULT_PROFILE, Purpose.TX_DEFAULT),
        (v16.ChargingProfilePurposeType.TX_PROFILE, Purpose.TX),
    ],
)
def test_a_purpose_of_1_6_has_its_name_of_2_0_1(
    given: v16.ChargingProfilePurposeType, purpose: Purpose
) -> None:
    assert purpose_from_v16(given) is purpose


def test_what_the_engine_does_not_read_is_plain_json() -> None:
    custom = v201.CustomDataType(vendor_id="com.example", extra={"colour": ["red", 1]})
    entry = v201.SalesTariffEntryType(
        relative_time_interval=v201.RelativeTimeIntervalType(start=0), e_price_level=2
    )
    schedule = v201.ChargingScheduleType(
        id=7,
        charging_rate_unit=v201.ChargingRateUnitEnumType.A,
        charging_schedule_period=[
            v201.ChargingSchedulePeriodType(start_period=0, limit=16, custom_data=custom)
        ],
        sales_tariff=v201.SalesTariffType(id=1, sales_tariff_entry=[entry]),
        custom_data=custom,
    )
    profile = from_v201(
        v201.ChargingProfileType(
            id=1,
            stack_level=0,
            charging_profile_purpose=v201.ChargingProfilePurposeEnumType.TX_PROFILE,
            charging_profile_kind=v201.ChargingProfileKindEnumType.RELATIVE,
            charging_schedule=[schedule],
            custom_data=custom,
        )
    )

    plain = {"vendorId": "com.example", "colour": ["red", 1]}
    tariff = {
        "id": 1,
        "salesTariffEntry": [{"relativeTimeInterval": {"start": 0}, "ePriceLevel": 2}],
    }
    assert profile.extra == {"customData": plain}
    assert profile.schedules[0].extra == {"salesTariff": tariff, "customData": plain}
    assert profile.schedules[0].periods[0].extra == {"customData": plain}


PERIOD = Period(start=0, limit=Decimal(16))
SCHEDULE = Schedule(unit=Unit.A, periods=(PERIOD,))
PROFILE = Profile(
    id=1, stack_level=0, purpose=Purpose.TX, kind=Kind.RELATIVE, schedules=(SCHEDULE,)
)


def of_period(period: Period) -> Profile:
    return evolve(PROFILE, schedules=(evolve(SCHEDULE, periods=(period,)),))


@pytest.mark.parametrize(
    "profile",
    [
        evolve(PROFILE, schedules=(SCHEDULE, SCHEDULE)),
        evolve(PROFILE, schedules=()),
        evolve(PROFILE, schedules=(evolve(SCHEDULE, id=1),)),
        evolve(PROFILE, schedules=(evolve(SCHEDULE, extra={"salesTariff": {}}),)),
        evolve(PROFILE, extra={"customData": {"vendorId": "a"}}),
        evolve(PROFILE, purpose=Purpose.EXTERNAL_CONSTRAINTS),
        evolve(PROFILE, transaction_id="4f1a"),
        of_period(evolve(PERIOD, phases=1, phase_to_use=2)),
        of_period(evolve(PERIOD, extra={"customData": {"vendorId": "a"}})),
    ],
)
def test_what_1_6_has_no_word_for_is_not_left_out_in_silence(profile: Profile) -> None:
    to_v16(PROFILE)

    with pytest.raises(ValueError, match=r"1\.6|ChargingProfilePurposeType|4f1a"):
        to_v16(profile)


def test_2_0_1_needs_the_id_of_a_schedule() -> None:
    with pytest.raises(ValueError, match="has no id"):
        to_v201(PROFILE)


START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def composite(*limits: tuple[int | None, int | None]) -> Composite:
    start = int(START.timestamp())
    return Composite(
        start=start,
        duration=3600,
        unit=Unit.A,
        starts=[start + 60 * number for number in range(len(limits))],
        limits=list(limits),
    )


@pytest.mark.requirement("K08.FR.02")
def test_a_composite_schedule_of_2_0_1_says_when_it_starts() -> None:
    answer = composite_to_v201(composite((161, None), (160, 1)), 2)

    assert answer == v201.CompositeScheduleType(
        charging_schedule_period=[
            v201.ChargingSchedulePeriodType(start_period=0, limit=16.1),
            v201.ChargingSchedulePeriodType(start_period=60, limit=16, number_phases=1),
        ],
        evse_id=2,
        duration=3600,
        schedule_start=START,
        charging_rate_unit=v201.ChargingRateUnitEnumType.A,
    )
    assert codec_for(Version.V201).unstructure(answer)


def test_a_composite_schedule_of_1_6_has_no_start_of_its_own() -> None:
    answer = composite_to_v16(composite((161, None), (160, 1)))

    assert answer == v16.ChargingSchedule(
        charging_rate_unit=v16.ChargingRateUnitType.A,
        charging_schedule_period=[
            v16.ChargingSchedulePeriod(start_period=0, limit=16.1),
            v16.ChargingSchedulePeriod(start_period=60, limit=16, number_phases=1),
        ],
        duration=3600,
    )
    assert codec_for(Version.V16).unstructure(answer)


@given(st.integers(0, 10**9))
@PROPERTY
def test_a_limit_of_tenths_is_one_that_both_schemas_allow(tenth: int) -> None:
    schedule = composite((tenth, None))

    old = composite_to_v16(schedule).charging_schedule_period[0].limit
    new = composite_to_v201(schedule, 1).charging_schedule_period[0].limit

    assert Decimal(repr(old)) == Decimal(repr(new)) == Decimal(tenth) / 10
    assert codec_for(Version.V16).unstructure(composite_to_v16(schedule))


def test_no_limit_is_told_as_the_caller_says() -> None:
    schedule = composite((None, None), (0, None))

    old = composite_to_v16(schedule, unlimited=Decimal("63.5"))
    new = composite_to_v201(schedule, 1, unlimited=Decimal("63.5"))

    assert [each.limit for each in old.charging_schedule_period] == [63.5, 0]
    assert [each.limit for each in new.charging_schedule_period] == [63.5, 0]


def test_no_limit_does_not_become_one_unasked() -> None:
    schedule = composite((160, None), (None, None))

    with pytest.raises(ValueError, match="nothing limits the period at 60 s"):
        composite_to_v16(schedule)
    with pytest.raises(ValueError, match="nothing limits the period at 60 s"):
        composite_to_v201(schedule, 0)


def test_times_are_kept_as_they_are() -> None:
    message = message_v16(v16.ChargingSchedulePeriod(start_period=0, limit=6.5))
    message.valid_from, message.valid_to = START, START + timedelta(days=1)

    profile = from_v16(message)

    assert (profile.valid_from, profile.valid_to) == (START, START + timedelta(days=1))
    assert profile.transaction_id == "-1"


def message_v16(period: v16.ChargingSchedulePeriod) -> v16.ChargingProfile:
    return v16.ChargingProfile(
        charging_profile_id=1,
        stack_level=0,
        charging_profile_purpose=v16.ChargingProfilePurposeType.TX_PROFILE,
        charging_profile_kind=v16.ChargingProfileKindType.RELATIVE,
        charging_schedule=v16.ChargingSchedule(
            charging_rate_unit=v16.ChargingRateUnitType.A, charging_schedule_period=[period]
        ),
        transaction_id=-1,
    )
