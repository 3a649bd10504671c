"""What a charge point of 1.6 takes and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from ocppkit.errors import ErrorCode
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Transaction,
    Unit,
)
from ocppkit.smart_charging.validation import (
    EvseFacts,
    Limits,
    StationView,
    Violation,
    allowed_units,
)
from ocppkit.smart_charging.validation_v16 import check_remote_start_v16, check_v16

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2024, 5, 1, 13, tzinfo=UTC)

PROFILE = Profile(
    id=1,
    stack_level=0,
    purpose=Purpose.TX_DEFAULT,
    kind=Kind.ABSOLUTE,
    schedules=(Schedule(unit=Unit.A, periods=(Period(start=0, limit=Decimal(16)),), start=NOON),),
)
TX = evolve(PROFILE, purpose=Purpose.TX, kind=Kind.RELATIVE)
MAX = evolve(PROFILE, purpose=Purpose.STATION_MAX)
STATION = StationView(
    evses={1: EvseFacts(), 2: EvseFacts()},
    transactions=(Transaction(evse=1, id="42", start=NOON),),
    limits=Limits(max_stack_level=3, max_periods=4, max_profiles=5, units={Unit.A}),
)


def with_schedule(**changes: Any) -> Profile:
    return evolve(PROFILE, schedules=(evolve(PROFILE.schedules[0], **changes),))


def with_periods(*periods: Period) -> Profile:
    return with_schedule(periods=periods)


def period(start: int = 0, limit: str = "16", **rest: Any) -> Period:
    return Period(start=start, limit=Decimal(limit), **rest)


def refused(connector: int, profile: Profile, station: StationView = STATION) -> Violation:
    violation = check_v16(connector, profile, station)
    assert violation is not None
    return violation


def allowed(connector: int, profile: Profile, station: StationView = STATION) -> bool:
    return check_v16(connector, profile, station) is None


def test_an_ordinary_profile_is_taken() -> None:
    assert allowed(0, PROFILE)
    assert allowed(1, PROFILE)
    assert allowed(0, MAX)
    assert allowed(1, TX)


@pytest.mark.parametrize("connector", [3, -1])
def test_errata_3_39_an_unknown_connector_is_a_property_constraint_violation(
    connector: int,
) -> None:
    violation = refused(connector, PROFILE)

    assert violation == Violation(
        rule="1.6 errata 3.39",
        message=f"there is no connector {connector}",
        error_code=ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    )
    assert allowed(2, PROFILE)


def test_3_13_1_a_profile_of_the_charge_point_belongs_at_0() -> None:
    violation = refused(1, MAX)

    assert violation.rule == "1.6 §3.13.1"
    assert violation.message == "a profile for the whole station belongs at 0, not at 1"
    assert (violation.error_code, violation.unsupported, violation.reason) == (None, False, None)
    assert allowed(0, MAX)


def test_3_13_1_a_tx_profile_belongs_at_a_connector() -> None:
    assert refused(0, TX).rule == "1.6 §3.13.1"
    assert allowed(1, TX)


def test_5_16_4_a_tx_profile_needs_a_transaction_at_its_connector() -> None:
    violation = refused(2, TX)

    assert violation.rule == "1.6 §5.16.4"
    assert violation.message == "a TxProfile needs a transaction, and none goes on at 2"
    assert allowed(1, TX)


def test_7_8_a_transaction_id_is_that_of_the_transaction_at_the_connector() -> None:
    violation = refused(1, evolve(TX, transaction_id="43"))

    assert violation.rule == "1.6 §7.8"
    assert violation.message == "transaction 43 does not go on at 1, but 42"
    assert allowed(1, evolve(TX, transaction_id="42"))


def test_7_8_a_transaction_that_has_no_id_yet_takes_a_profile_without_one() -> None:
    station = evolve(STATION, transactions=(Transaction(evse=1, id=None, start=NOON),))

    assert refused(1, evolve(TX, transaction_id="42"), station).message == (
        "transaction 42 does not go on at 1, but one without an id"
    )
    assert allowed(1, TX, station)


def test_7_8_only_a_tx_profile_has_a_transaction_id() -> None:
    violation = refused(1, evolve(PROFILE, transaction_id="42"))

    assert violation.rule == "1.6 §7.8"
    assert violation.message == "transactionId is for a TxProfile only, this is a TxDefaultProfile"
    assert allowed(1, evolve(TX, transaction_id="42"))


def test_7_8_the_lowest_stack_level_is_0() -> None:
    assert refused(1, evolve(PROFILE, stack_level=-1)).rule == "1.6 §7.8"
    assert allowed(1, evolve(PROFILE, stack_level=0))


def test_9_4_1_the_highest_stack_level_is_charge_profile_max_stack_level() -> None:
    violation = refused(1, evolve(PROFILE, stack_level=4))

    assert violation.rule == "1.6 §9.4.1"
    assert violation.message == "stackLevel is 4, expected at most 3"
    assert allowed(1, evolve(PROFILE, stack_level=3))


def test_7_8_a_recurring_profile_needs_its_recurrency_kind() -> None:
    recurring = evolve(PROFILE, kind=Kind.RECURRING)

    assert refused(1, recurring).rule == "1.6 §7.8"
    assert allowed(1, evolve(recurring, recurrency=Recurrency.DAILY))


@pytest.mark.parametrize("kind", [Kind.ABSOLUTE, Kind.RELATIVE])
def test_errata_3_56_no_other_has_one(kind: Kind) -> None:
    other = evolve(PROFILE, kind=kind)

    assert refused(1, evolve(other, recurrency=Recurrency.WEEKLY)).rule == "1.6 errata 3.56"
    assert allowed(1, other)


@pytest.mark.parametrize("valid_to", [NOON, datetime(2024, 5, 1, tzinfo=UTC)])
def test_7_8_valid_to_is_after_valid_from(valid_to: datetime) -> None:
    violation = refused(1, evolve(PROFILE, valid_from=NOON, valid_to=valid_to))

    assert violation.rule == "1.6 §7.8"
    assert "validTo is to be after validFrom" in violation.message
    assert allowed(1, evolve(PROFILE, valid_from=NOON, valid_to=LATER))
    assert allowed(1, evolve(PROFILE, valid_to=NOON))
    assert allowed(1, evolve(PROFILE, valid_from=NOON))


def test_9_4_2_a_unit_that_is_not_allowed_is_not_supported() -> None:
    violation = refused(1, with_schedule(unit=Unit.W))

    assert violation == Violation(
        rule="1.6 §9.4.2", message="chargingRateUnit is W, expected A", unsupported=True
    )
    assert allowed(1, with_schedule(unit=Unit.A))


def test_7_13_a_schedule_has_a_period() -> None:
    assert refused(1, with_periods()).rule == "1.6 §7.13"
    assert allowed(1, with_periods(period()))


def test_9_4_3_a_schedule_has_at_most_charging_schedule_max_periods() -> None:
    periods = [period(start) for start in range(5)]
    violation = refused(1, with_periods(*periods))

    assert violation.rule == "1.6 §9.4.3"
    assert violation.message == "5 periods, expected at most 4"
    assert allowed(1, with_periods(*periods[:4]))


@pytest.mark.parametrize("start", [1, -1])
def test_errata_3_45_the_first_period_starts_at_0(start: int) -> None:
    violation = refused(1, with_periods(period(start)))

    assert violation.rule == "1.6 errata 3.45"
    assert violation.message == f"startPeriod of period 1 is {start}, expected 0"
    assert allowed(1, with_periods(period(0)))


@pytest.mark.parametrize("starts", [(0, 0), (0, 60, 60), (0, 60, 30), (0, -5)])
def test_7_14_a_period_ends_the_one_before(starts: tuple[int, ...]) -> None:
    violation = refused(1, with_periods(*map(period, starts)))

    assert violation.rule == "1.6 §7.14"
    assert "startPeriod of period" in violation.message
    assert allowed(1, with_periods(period(0), period(30), period(60)))


@pytest.mark.parametrize("limit", ["NaN", "Infinity", "-Infinity", "-0.1"])
def test_7_14_a_limit_is_a_number_from_0(limit: str) -> None:
    violation = refused(1, with_periods(period(), period(60, limit)))

    assert violation.rule == "1.6 §7.14"
    assert violation.message == f"limit of period 2 is {limit} A, expected a number from 0"
    assert allowed(1, with_periods(period(), period(60, "0")))


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "-1"])
def test_7_13_the_min_charging_rate_is_a_number_from_0(rate: str) -> None:
    assert refused(1, with_schedule(min_rate=Decimal(rate))).rule == "1.6 §7.13"
    assert allowed(1, with_schedule(min_rate=Decimal("6.1")))


def test_7_13_a_duration_is_not_negative() -> None:
    violation = refused(1, with_schedule(duration=-1))

    assert violation.rule == "1.6 §7.13"
    assert violation.message == "duration is -1 s, expected from 0"
    assert allowed(1, with_schedule(duration=0))


@pytest.mark.parametrize("phases", [0, 4, -1])
def test_7_14_there_are_one_to_three_phases(phases: int) -> None:
    violation = refused(1, with_periods(period(phases=phases)))

    assert violation.rule == "1.6 §7.14"
    assert violation.message == f"numberPhases of period 1 is {phases}, expected 1 to 3"
    assert allowed(1, with_periods(period(phases=1)))


def test_errata_3_34_more_phases_than_the_connector_has_are_taken() -> None:
    station = evolve(STATION, evses={1: EvseFacts(phases=1)})

    assert allowed(1, with_periods(period(phases=3)), station)


def test_7_13_an_absolute_schedule_may_lack_its_start() -> None:
    assert allowed(1, with_schedule(start=None))


def full(count: int) -> StationView:
    installed = tuple(
        Installed(evse=2, profile=evolve(PROFILE, id=100 + level, stack_level=level))
        for level in range(count)
    )
    return evolve(STATION, installed=installed)


def test_9_4_5_there_are_at_most_max_charging_profiles_installed() -> None:
    violation = refused(1, PROFILE, full(5))

    assert violation.rule == "1.6 §9.4.5"
    assert violation.message == "with this one there would be 6 profiles, expected at most 5"
    assert allowed(1, PROFILE, full(4))


def test_9_4_5_a_profile_that_replaces_one_takes_its_room() -> None:
    assert allowed(1, evolve(PROFILE, id=100), full(5))
    assert allowed(2, PROFILE, full(5))


def test_5_16_2_a_remote_start_brings_a_tx_profile() -> None:
    violation = check_remote_start_v16(1, PROFILE, STATION)

    assert violation is not None
    assert violation.rule == "1.6 §5.16.2"
    assert violation.message == (
        "a TxProfile is expected to start a transaction with, not a TxDefaultProfile"
    )
    assert check_remote_start_v16(2, TX, STATION) is None
    assert check_remote_start_v16(None, TX, STATION) is None


def test_errata_3_41_a_remote_start_cannot_know_the_transaction() -> None:
    violation = check_remote_start_v16(1, evolve(TX, transaction_id="42"), STATION)

    assert violation is not None
    assert violation.rule == "1.6 errata 3.41"
    assert check_remote_start_v16(1, TX, STATION) is None


@pytest.mark.parametrize("connector", [0, 9])
def test_a_remote_start_is_for_a_connector_that_there_is(connector: int) -> None:
    assert check_remote_start_v16(connector, TX, STATION) is not None


def test_a_remote_start_keeps_the_rules_of_any_profile() -> None:
    long = evolve(TX, schedules=(evolve(TX.schedules[0], duration=-1),))

    assert check_remote_start_v16(1, long, STATION) == Violation(
        rule="1.6 §7.13", message="duration is -1 s, expected from 0"
    )
    assert check_remote_start_v16(1, TX, full(5)) is not None


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Current", {Unit.A}),
        ("Power", {Unit.W}),
        ("Current,Power", {Unit.A, Unit.W}),
        ("A, W", {Unit.A, Unit.W}),
        ("", set()),
    ],
)
def test_errata_3_88_the_key_lists_units_by_their_quantity(text: str, units: set[Unit]) -> None:
    assert allowed_units(text) == units


def test_a_list_of_something_else_than_units_is_refused() -> None:
    with pytest.raises(ValueError, match="kW is no rate unit"):
        allowed_units("Current,kW")
