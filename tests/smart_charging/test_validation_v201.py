"""What a station of 2.0.1 takes and rejects, by requirement."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    LimitSource,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Transaction,
    Unit,
)
from ocppkit.smart_charging.validation import EvseFacts, Limits, StationView, Violation
from ocppkit.smart_charging.validation_v201 import (
    check_external_v201,
    check_request_start_v201,
    check_v201,
)
from ocppkit.v201.codes import ReasonCode

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ONE = datetime(2024, 5, 1, 13, tzinfo=UTC)
TWO = datetime(2024, 5, 1, 14, tzinfo=UTC)

SCHEDULE = Schedule(id=1, unit=Unit.A, periods=(Period(start=0, limit=Decimal(16)),), start=NOON)
RELATIVE = evolve(SCHEDULE, start=None)
PROFILE = Profile(
    id=1,
    stack_level=0,
    purpose=Purpose.TX_DEFAULT,
    kind=Kind.ABSOLUTE,
    schedules=(SCHEDULE,),
)
TX = evolve(
    PROFILE,
    purpose=Purpose.TX,
    kind=Kind.RELATIVE,
    schedules=(RELATIVE,),
    transaction_id="tx-1",
)
START = evolve(TX, transaction_id=None)
MAX = evolve(PROFILE, purpose=Purpose.STATION_MAX)
STATION = StationView(
    evses={1: EvseFacts(), 2: EvseFacts(), 3: EvseFacts(dc=True)},
    transactions=(
        Transaction(evse=1, id="tx-1", start=NOON),
        Transaction(evse=3, id="tx-3", start=NOON),
    ),
    limits=Limits(max_stack_level=3, max_periods=4, max_profiles=5, units={Unit.A}),
)

requirement = pytest.mark.requirement


def with_schedule(**changes: Any) -> Profile:
    return evolve(PROFILE, schedules=(evolve(SCHEDULE, **changes),))


def with_periods(*periods: Period) -> Profile:
    return with_schedule(periods=periods)


def period(start: int = 0, limit: str = "16", **rest: Any) -> Period:
    return Period(start=start, limit=Decimal(limit), **rest)


def holding(*installed: Installed) -> StationView:
    return evolve(STATION, installed=installed)


def of(facts: EvseFacts) -> StationView:
    return evolve(STATION, evses={1: facts})


def broken(evse: int, profile: Profile, station: StationView = STATION) -> Violation:
    violation = check_v201(evse, profile, station)
    assert violation is not None
    assert violation.message
    assert (violation.error_code, violation.unsupported) == (None, False)
    return violation


def rejected(
    evse: int, profile: Profile, station: StationView = STATION
) -> tuple[str, ReasonCode | None]:
    violation = broken(evse, profile, station)
    return violation.rule, violation.reason


def accepted(evse: int, profile: Profile, station: StationView = STATION) -> bool:
    return check_v201(evse, profile, station) is None


def test_an_ordinary_profile_is_taken() -> None:
    assert accepted(0, PROFILE)
    assert accepted(1, PROFILE)
    assert accepted(0, MAX)
    assert accepted(1, TX)


@requirement("K01.FR.28")
@pytest.mark.parametrize("evse", [4, -1])
def test_k01_fr_28_an_unknown_evse_is_rejected(evse: int) -> None:
    assert broken(evse, PROFILE) == Violation(
        rule="K01.FR.28", message=f"there is no EVSE {evse}", reason=ReasonCode.UNKNOWN_EVSE
    )
    assert accepted(2, PROFILE)


@requirement("K01.FR.22")
@requirement("K02.FR.07")
@requirement("K03.FR.08")
def test_k01_fr_22_an_external_constraint_is_not_for_the_csms_to_set() -> None:
    external = evolve(PROFILE, purpose=Purpose.EXTERNAL_CONSTRAINTS)

    assert rejected(0, external) == ("K01.FR.22", ReasonCode.INVALID_PROFILE)
    assert accepted(0, PROFILE)


@requirement("K04.FR.03")
def test_k04_fr_03_a_profile_of_the_station_belongs_at_evse_0() -> None:
    assert rejected(1, MAX) == ("K04.FR.03", ReasonCode.INVALID_PROFILE)
    assert accepted(0, MAX)


@requirement("K01.FR.16")
def test_k01_fr_16_a_tx_profile_belongs_at_an_evse() -> None:
    assert rejected(0, TX) == ("K01.FR.16", ReasonCode.INVALID_PROFILE)
    assert accepted(1, TX)


@requirement("K01.FR.09")
def test_k01_fr_09_a_tx_profile_needs_a_transaction_on_its_evse() -> None:
    assert rejected(2, TX) == ("K01.FR.09", ReasonCode.TX_NOT_FOUND)
    assert accepted(1, TX)


@requirement("K01.FR.03")
def test_k01_fr_03_a_tx_profile_names_its_transaction() -> None:
    assert rejected(1, START) == ("K01.FR.03", ReasonCode.MISSING_PARAM)
    assert accepted(1, TX)


@requirement("K01.FR.33")
@pytest.mark.parametrize("transaction_id", ["tx-9", "tx-3"])
def test_k01_fr_33_an_unknown_transaction_is_rejected(transaction_id: str) -> None:
    profile = evolve(TX, transaction_id=transaction_id)

    assert rejected(1, profile) == ("K01.FR.33", ReasonCode.TX_NOT_FOUND)
    assert accepted(1, TX)


@requirement("K01.FR.33", "K01.FR.39")
def test_the_id_of_a_transaction_is_of_any_case() -> None:
    station = holding(Installed(evse=1, profile=evolve(TX, id=7)))
    shouted = evolve(TX, transaction_id="TX-1")

    assert accepted(1, shouted)
    assert rejected(1, shouted, station) == ("K01.FR.39", DUPLICATE)


def test_only_a_tx_profile_has_a_transaction_id() -> None:
    profile = evolve(PROFILE, transaction_id="tx-1")

    assert rejected(1, profile) == ("ChargingProfileType.transactionId", ReasonCode.INVALID_PROFILE)
    assert accepted(1, PROFILE)


@requirement("K01.FR.05")
def test_k01_fr_05_an_external_constraint_cannot_be_replaced() -> None:
    external = evolve(PROFILE, purpose=Purpose.EXTERNAL_CONSTRAINTS)
    station = holding(Installed(evse=0, profile=external, source=LimitSource.EMS))

    assert rejected(1, PROFILE, station) == ("K01.FR.05", ReasonCode.INVALID_PROFILE)
    assert accepted(1, evolve(PROFILE, id=2), station)
    assert accepted(2, PROFILE, holding(Installed(evse=1, profile=PROFILE)))


def test_the_lowest_stack_level_is_0() -> None:
    profile = evolve(PROFILE, stack_level=-1)

    assert rejected(1, profile) == (
        "ChargingProfileType.stackLevel",
        ReasonCode.INVALID_STACK_LEVEL,
    )
    assert accepted(1, PROFILE)


def test_the_highest_stack_level_is_profile_stack_level() -> None:
    profile = evolve(PROFILE, stack_level=4)

    assert rejected(1, profile) == (
        "SmartChargingCtrlr.ProfileStackLevel",
        ReasonCode.INVALID_STACK_LEVEL,
    )
    assert accepted(1, evolve(PROFILE, stack_level=3))


@requirement("K01.FR.38")
def test_k01_fr_38_a_profile_of_the_station_is_not_relative() -> None:
    relative = evolve(MAX, kind=Kind.RELATIVE, schedules=(RELATIVE,))

    assert rejected(0, relative) == ("K01.FR.38", ReasonCode.INVALID_PROFILE)
    assert accepted(0, MAX)
    assert accepted(0, evolve(relative, purpose=Purpose.TX_DEFAULT))


def test_a_recurring_profile_and_no_other_has_a_recurrency_kind() -> None:
    invalid = ("ChargingProfileType.recurrencyKind", ReasonCode.INVALID_PROFILE)
    recurring = evolve(PROFILE, kind=Kind.RECURRING)

    assert rejected(1, recurring) == invalid
    assert rejected(1, evolve(PROFILE, recurrency=Recurrency.DAILY)) == invalid
    assert rejected(1, evolve(TX, recurrency=Recurrency.DAILY)) == invalid
    assert accepted(1, evolve(recurring, recurrency=Recurrency.WEEKLY))


@requirement("K01.FR.37")
@pytest.mark.parametrize("valid_to", [ONE, NOON])
def test_k01_fr_37_valid_to_is_after_valid_from(valid_to: datetime) -> None:
    profile = evolve(PROFILE, valid_from=ONE, valid_to=valid_to)

    assert rejected(1, profile) == ("K01.FR.37", ReasonCode.INVALID_PROFILE)
    assert accepted(1, evolve(PROFILE, valid_from=ONE, valid_to=TWO))
    assert accepted(1, evolve(PROFILE, valid_to=valid_to))


@requirement("K01.FR.34")
def test_k01_fr_34_an_ev_that_stated_no_needs_gets_one_schedule() -> None:
    several = evolve(TX, schedules=(RELATIVE, evolve(RELATIVE, id=2)))
    notified = of(EvseFacts(needs_notified=True))

    assert rejected(1, several) == ("K01.FR.34", ReasonCode.INVALID_PROFILE)
    assert accepted(1, TX)
    assert accepted(1, several, notified)


@requirement("K01.FR.34")
def test_k01_fr_34_only_a_tx_profile_has_several_schedules() -> None:
    several = evolve(PROFILE, schedules=(SCHEDULE, evolve(SCHEDULE, id=2)))

    assert rejected(1, several, of(EvseFacts(needs_notified=True)))[0] == "K01.FR.34"


@requirement("K15.FR.07")
def test_k15_fr_07_there_are_at_most_three_schedules() -> None:
    notified = of(EvseFacts(needs_notified=True))
    schedules = tuple(evolve(RELATIVE, id=number) for number in range(4))

    assert rejected(1, evolve(TX, schedules=schedules), notified) == (
        "K15.FR.07",
        ReasonCode.TOO_MANY_ELEMENTS,
    )
    assert accepted(1, evolve(TX, schedules=schedules[:3]), notified)


@requirement("K15.FR.07")
def test_k15_fr_07_the_ev_takes_no_more_periods_than_it_said() -> None:
    station = of(EvseFacts(needs_notified=True, max_schedule_tuples=2))
    periods = (period(), period(60), period(120))
    long = evolve(RELATIVE, id=2, periods=periods)

    violation = broken(1, evolve(TX, schedules=(RELATIVE, long)), station)

    assert (violation.rule, violation.reason) == ("K15.FR.07", ReasonCode.TOO_MANY_ELEMENTS)
    assert violation.message == "3 periods of schedule 2, expected at most 2, as its EV says"
    assert accepted(1, evolve(TX, schedules=(evolve(long, periods=periods[:2]),)), station)
    assert accepted(1, with_periods(*periods), station)


@requirement("K01.FR.26")
def test_k01_fr_26_a_unit_that_is_not_configured_is_rejected() -> None:
    watts = with_schedule(unit=Unit.W)

    assert broken(1, watts) == Violation(
        rule="K01.FR.26",
        message="chargingRateUnit is W, expected A",
        reason=ReasonCode.UNSUPPORTED_RATE_UNIT,
    )
    assert accepted(1, watts, evolve(STATION, limits=Limits()))


@requirement("K01.FR.40")
@pytest.mark.parametrize(
    "profile",
    [PROFILE, evolve(PROFILE, kind=Kind.RECURRING, recurrency=Recurrency.DAILY)],
    ids=["absolute", "recurring"],
)
def test_k01_fr_40_what_is_not_relative_needs_a_start(profile: Profile) -> None:
    without = evolve(profile, schedules=(RELATIVE,))

    assert rejected(1, without) == ("K01.FR.40", ReasonCode.INVALID_SCHEDULE)
    assert accepted(1, profile)


@requirement("K01.FR.41")
def test_k01_fr_41_what_is_relative_has_no_start() -> None:
    started = evolve(TX, schedules=(SCHEDULE,))

    assert rejected(1, started) == ("K01.FR.41", ReasonCode.INVALID_SCHEDULE)
    assert accepted(1, TX)


def test_a_schedule_has_a_period() -> None:
    assert rejected(1, with_periods()) == (
        "ChargingScheduleType.chargingSchedulePeriod",
        ReasonCode.INVALID_SCHEDULE,
    )
    assert accepted(1, with_periods(period()))


def test_a_schedule_has_at_most_periods_per_schedule() -> None:
    periods = [period(start) for start in range(5)]

    assert rejected(1, with_periods(*periods)) == (
        "SmartChargingCtrlr.PeriodsPerSchedule",
        ReasonCode.TOO_MANY_ELEMENTS,
    )
    assert accepted(1, with_periods(*periods[:4]))


@requirement("K01.FR.31")
@pytest.mark.parametrize("start", [1, -1])
def test_k01_fr_31_the_first_period_starts_at_0(start: int) -> None:
    assert rejected(1, with_periods(period(start))) == ("K01.FR.31", ReasonCode.INVALID_SCHEDULE)
    assert accepted(1, with_periods(period(0)))


@requirement("K01.FR.35")
@pytest.mark.parametrize("starts", [(0, 0), (0, 60, 60), (0, 60, 30), (0, -5)])
def test_k01_fr_35_periods_are_in_order(starts: tuple[int, ...]) -> None:
    profile = with_periods(*map(period, starts))

    assert rejected(1, profile) == ("K01.FR.35", ReasonCode.INVALID_SCHEDULE)
    assert accepted(1, with_periods(period(0), period(30), period(60)))


@pytest.mark.parametrize("limit", ["NaN", "Infinity", "-Infinity", "-0.1"])
def test_a_limit_is_a_number_from_0(limit: str) -> None:
    profile = with_periods(period(limit=limit))

    assert rejected(1, profile) == ("ChargingSchedulePeriodType.limit", ReasonCode.INVALID_SCHEDULE)
    assert accepted(1, with_periods(period(limit="0.0")))


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "-1"])
def test_the_min_charging_rate_is_a_number_from_0(rate: str) -> None:
    profile = with_schedule(min_rate=Decimal(rate))

    assert rejected(1, profile) == (
        "ChargingScheduleType.minChargingRate",
        ReasonCode.INVALID_SCHEDULE,
    )
    assert accepted(1, with_schedule(min_rate=Decimal(6)))


def test_a_duration_is_not_negative() -> None:
    assert rejected(1, with_schedule(duration=-1)) == (
        "ChargingScheduleType.duration",
        ReasonCode.INVALID_SCHEDULE,
    )
    assert accepted(1, with_schedule(duration=0))


@pytest.mark.parametrize("phases", [0, 4])
def test_there_are_one_to_three_phases(phases: int) -> None:
    profile = with_periods(period(phases=phases))

    assert rejected(1, profile) == (
        "ChargingSchedulePeriodType.numberPhases",
        ReasonCode.INVALID_SCHEDULE,
    )
    assert accepted(1, with_periods(period(phases=2)))


@pytest.mark.parametrize("phase", [0, 4])
def test_the_phases_are_1_to_3(phase: int) -> None:
    station = of(EvseFacts(phase_switching=True))

    assert rejected(1, with_periods(period(phases=1, phase_to_use=phase)), station) == (
        "ChargingSchedulePeriodType.phaseToUse",
        ReasonCode.INVALID_SCHEDULE,
    )
    assert accepted(1, with_periods(period(phases=1, phase_to_use=3)), station)


@requirement("K01.FR.19")
@requirement("K01.FR.49")
@pytest.mark.parametrize(("phases", "meant"), [(None, 3), (2, 2), (3, 3)])
def test_k01_fr_19_a_phase_to_use_needs_number_phases_1(phases: int | None, meant: int) -> None:
    station = of(EvseFacts(phase_switching=True))
    profile = with_periods(period(phases=phases, phase_to_use=1))

    assert broken(1, profile, station) == Violation(
        rule="K01.FR.19",
        message=f"phaseToUse of period 1 needs numberPhases 1, not {meant}",
        reason=ReasonCode.INVALID_SCHEDULE,
    )
    assert accepted(1, with_periods(period(phases=1, phase_to_use=1)), station)


@requirement("K01.FR.20")
@requirement("K01.FR.48")
@pytest.mark.parametrize("phase", [None, 1])
def test_k01_fr_48_a_phase_that_cannot_be_switched_to_is_rejected(phase: int | None) -> None:
    profile = with_periods(period(phases=1, phase_to_use=2))

    assert rejected(1, profile, of(EvseFacts(phase=phase))) == (
        "K01.FR.48",
        ReasonCode.UNSUPPORTED_PARAM,
    )
    assert accepted(1, profile, of(EvseFacts(phase=phase, phase_switching=True)))


@requirement("K01.FR.46")
def test_k01_fr_46_a_phase_that_is_used_anyway_is_taken() -> None:
    profile = with_periods(period(phases=1, phase_to_use=2))

    assert accepted(1, profile, of(EvseFacts(phase=2)))


@requirement("K01.FR.47")
def test_k01_fr_47_the_station_chooses_the_phase_that_is_not_said() -> None:
    assert accepted(1, with_periods(period(phases=1)))


@requirement("K01.FR.43")
def test_k01_fr_43_fewer_phases_than_can_be_ensured_are_rejected() -> None:
    station = of(EvseFacts(fewest_phases=3))
    profile = with_periods(period(), period(60, phases=1))

    assert broken(1, profile, station) == Violation(
        rule="K01.FR.43",
        message="numberPhases of period 2 is 1, expected at least 3",
        reason=ReasonCode.UNSUPPORTED_PARAM,
    )
    assert accepted(1, with_periods(period(phases=3)), station)
    assert accepted(1, profile, of(EvseFacts(fewest_phases=1)))
    assert accepted(1, profile, of(EvseFacts(phases=1, fewest_phases=3)))


@requirement("K01.FR.43")
def test_k01_fr_43_a_profile_for_all_holds_where_every_evse_can_keep_it() -> None:
    profile = with_periods(period(phases=1))
    facts = {1: EvseFacts(), 2: EvseFacts(fewest_phases=3)}

    assert rejected(0, profile, evolve(STATION, evses=facts))[0] == "K01.FR.43"
    assert accepted(1, profile, evolve(STATION, evses=facts))
    assert accepted(0, profile)


@requirement("K01.FR.44")
def test_k01_fr_44_phases_mean_nothing_to_direct_current() -> None:
    profile = with_periods(period(phases=1, phase_to_use=2), period(60, phase_to_use=1))

    assert accepted(3, profile)
    assert accepted(3, with_periods(period(phases=0, phase_to_use=9)))
    assert not accepted(1, profile)


@requirement("K01.FR.45")
def test_k01_fr_45_more_phases_than_there_are_are_taken() -> None:
    assert accepted(1, with_periods(period(phases=3)), of(EvseFacts(phases=1)))


BEFORE = {"valid_from": NOON, "valid_to": ONE}
AFTER = {"valid_from": ONE, "valid_to": TWO}
ACROSS = {"valid_from": NOON, "valid_to": TWO}
DUPLICATE = ReasonCode.DUPLICATE_PROFILE


@requirement("K01.FR.06")
@pytest.mark.parametrize(
    ("old", "new", "overlap"),
    [
        ({}, {}, True),
        (BEFORE, ACROSS, True),
        (BEFORE, {}, True),
        ({"valid_to": ONE}, {"valid_from": NOON}, True),
        (BEFORE, AFTER, False),
        (AFTER, BEFORE, False),
        ({"valid_to": ONE}, {"valid_from": ONE}, False),
    ],
)
@pytest.mark.parametrize(("evse", "profile"), [(1, PROFILE), (0, PROFILE), (0, MAX)])
def test_k01_fr_06_no_two_of_a_stack_level_hold_at_once(
    evse: int, profile: Profile, old: dict[str, Any], new: dict[str, Any], overlap: bool
) -> None:
    station = holding(Installed(evse=evse, profile=evolve(profile, id=7, **old)))

    violation = check_v201(evse, evolve(profile, **new), station)

    assert (violation is not None) is overlap
    if violation is not None:
        assert (violation.rule, violation.reason) == ("K01.FR.06", DUPLICATE)


@requirement("K01.FR.06")
def test_k01_fr_06_another_level_place_purpose_or_the_same_id_is_taken() -> None:
    station = holding(Installed(evse=1, profile=evolve(PROFILE, id=7)))

    assert rejected(1, PROFILE, station) == ("K01.FR.06", DUPLICATE)
    assert accepted(1, evolve(PROFILE, stack_level=1), station)
    assert accepted(2, PROFILE, station)
    assert accepted(0, MAX, station)
    assert accepted(1, evolve(PROFILE, id=7), station)


@requirement("K01.FR.39")
def test_k01_fr_39_a_transaction_has_one_profile_on_a_stack_level() -> None:
    station = holding(Installed(evse=1, profile=evolve(TX, id=7, valid_to=NOON)))

    assert rejected(1, evolve(TX, valid_from=ONE), station) == ("K01.FR.39", DUPLICATE)
    assert accepted(1, evolve(TX, stack_level=1), station)
    assert accepted(1, evolve(TX, id=7), station)
    assert accepted(3, evolve(TX, transaction_id="tx-3"), station)


@requirement("K01.FR.14")
@requirement("K01.FR.52")
def test_k01_fr_52_a_default_for_all_yields_to_that_of_one() -> None:
    station = holding(Installed(evse=1, profile=evolve(PROFILE, id=7, valid_to=NOON)))

    assert rejected(0, evolve(PROFILE, valid_from=ONE), station) == ("K01.FR.52", DUPLICATE)
    assert accepted(0, evolve(PROFILE, stack_level=1), station)
    assert accepted(0, evolve(PROFILE, id=7), station)
    assert accepted(0, MAX, station)


@requirement("K01.FR.15")
@requirement("K01.FR.53")
def test_k01_fr_53_a_default_of_one_yields_to_that_for_all() -> None:
    station = holding(Installed(evse=0, profile=evolve(PROFILE, id=7, valid_to=NOON)))

    assert rejected(1, evolve(PROFILE, valid_from=ONE), station) == ("K01.FR.53", DUPLICATE)
    assert accepted(1, evolve(PROFILE, stack_level=1), station)
    assert accepted(1, evolve(PROFILE, id=7), station)
    assert accepted(1, TX, station)


def full(count: int) -> StationView:
    return holding(
        *(
            Installed(evse=2, profile=evolve(PROFILE, id=100 + level, stack_level=level))
            for level in range(count)
        )
    )


def test_there_are_at_most_so_many_entries() -> None:
    assert broken(1, PROFILE, full(5)) == Violation(
        rule="SmartChargingCtrlr.Entries",
        message="with this one there would be 6 profiles, expected at most 5",
        reason=ReasonCode.OUT_OF_STORAGE,
    )
    assert accepted(1, PROFILE, full(4))
    assert accepted(1, evolve(PROFILE, id=100), full(5))


def start_rejected(
    profile: Profile, evse: int | None = 2, station: StationView = STATION
) -> tuple[str, ReasonCode | None]:
    violation = check_request_start_v201(evse, profile, station)
    assert violation is not None
    return violation.rule, violation.reason


@requirement("K05.FR.02")
@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.TX])
def test_k05_fr_02_a_request_to_start_brings_a_tx_profile(purpose: Purpose) -> None:
    assert start_rejected(evolve(PROFILE, purpose=purpose)) == (
        "K05.FR.02",
        ReasonCode.INVALID_PROFILE,
    )
    assert check_request_start_v201(2, START, STATION) is None
    assert check_request_start_v201(None, START, STATION) is None


@requirement("K05.FR.05")
def test_k05_fr_05_a_request_to_start_cannot_know_the_transaction() -> None:
    assert start_rejected(TX) == ("ChargingProfileType.transactionId", ReasonCode.INVALID_PROFILE)


@requirement("K05.FR.05")
def test_k05_fr_05_an_invalid_profile_is_told_as_such() -> None:
    too_high = evolve(START, stack_level=4)

    assert start_rejected(too_high) == (
        "SmartChargingCtrlr.ProfileStackLevel",
        ReasonCode.INVALID_PROFILE,
    )


@requirement("K05.FR.05")
def test_k05_fr_05_an_invalid_schedule_is_told_as_such() -> None:
    in_watts = evolve(START, schedules=(evolve(RELATIVE, unit=Unit.W),))

    assert start_rejected(in_watts) == ("K01.FR.26", ReasonCode.INVALID_SCHEDULE)
    assert start_rejected(in_watts, None) == ("K01.FR.26", ReasonCode.INVALID_SCHEDULE)


def test_a_request_to_start_is_for_an_evse_that_there_is() -> None:
    assert start_rejected(START, 9) == ("K01.FR.28", ReasonCode.UNKNOWN_EVSE)
    assert start_rejected(START, 0) == ("K01.FR.16", ReasonCode.INVALID_PROFILE)


def test_a_request_to_start_needs_room_too() -> None:
    assert start_rejected(START, 2, full(5)) == (
        "SmartChargingCtrlr.Entries",
        ReasonCode.OUT_OF_STORAGE,
    )
    assert check_request_start_v201(2, START, full(4)) is None


def test_several_faults_are_told_one_at_a_time_and_by_schedule() -> None:
    station = of(EvseFacts(needs_notified=True))
    faulty = evolve(RELATIVE, id=2, periods=(period(), period(60, "-1")))

    violation = broken(1, evolve(TX, schedules=(RELATIVE, faulty)), station)

    assert violation.message == "limit of period 2 of schedule 2 is -1 A, expected a number from 0"


EXTERNAL = evolve(PROFILE, purpose=Purpose.EXTERNAL_CONSTRAINTS)


@requirement("K12.FR.05")
def test_k12_fr_05_an_external_constraint_holds_for_an_evse_or_the_station() -> None:
    assert check_external_v201(0, EXTERNAL, STATION) is None
    assert check_external_v201(1, EXTERNAL, STATION) is None


@requirement("K12.FR.05")
def test_k12_fr_05_an_external_constraint_replaces_its_own() -> None:
    station = holding(Installed(evse=0, profile=EXTERNAL, source=LimitSource.EMS))

    assert check_external_v201(0, evolve(EXTERNAL, valid_to=ONE), station) is None


@pytest.mark.parametrize(
    ("evse", "profile", "rule"),
    [
        (9, EXTERNAL, "K01.FR.28"),
        (0, evolve(EXTERNAL, schedules=(RELATIVE,)), "K01.FR.40"),
        (0, evolve(EXTERNAL, id=2), "K01.FR.06"),
    ],
)
def test_an_external_constraint_keeps_the_rules_of_any_profile(
    evse: int, profile: Profile, rule: str
) -> None:
    station = holding(Installed(evse=0, profile=EXTERNAL, source=LimitSource.EMS))

    violation = check_external_v201(evse, profile, station)

    assert violation is not None
    assert violation.rule == rule


def test_an_external_constraint_needs_room_too() -> None:
    assert check_external_v201(0, EXTERNAL, full(5)) is not None
