"""What can be wrong with a charging profile in either version: a function each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ocppkit.smart_charging.model import Installed, Kind, Purpose, same_transaction
from ocppkit.smart_charging.validation import Proposal

__all__ = [
    "bad_limit",
    "bad_min_rate",
    "bad_phase_to_use",
    "bad_phases",
    "early_transaction_id",
    "foreign_unit",
    "high_stack_level",
    "late_first_period",
    "longer_than",
    "many_periods",
    "misplaced_station_max",
    "misplaced_tx",
    "missing_recurrency",
    "needless_recurrency",
    "needless_transaction_id",
    "negative_duration",
    "negative_stack_level",
    "never_valid",
    "no_periods",
    "no_transaction",
    "no_tx_profile",
    "other_transaction",
    "too_many_profiles",
    "unordered_periods",
]

_PHASES: Final = range(1, 4)


def misplaced_station_max(it: Proposal) -> str | None:
    """A limit of the station belongs to the station."""
    if it.profile.purpose is Purpose.STATION_MAX and it.evse != 0:
        return f"a profile for the whole station belongs at 0, not at {it.evse}"
    return None


def misplaced_tx(it: Proposal) -> str | None:
    """A transaction is at one EVSE."""
    if it.profile.purpose is Purpose.TX and it.evse is not None and it.evse <= 0:
        return f"a TxProfile belongs where a transaction can be, from 1, not at {it.evse}"
    return None


def no_transaction(it: Proposal) -> str | None:
    """A TxProfile needs a transaction."""
    if it.profile.purpose is Purpose.TX and not it.transactions:
        return f"a TxProfile needs a transaction, and none goes on at {it.evse}"
    return None


def other_transaction(it: Proposal) -> str | None:
    """A TxProfile that names a transaction is for the one that goes on there."""
    wanted = it.profile.transaction_id
    if it.profile.purpose is not Purpose.TX or wanted is None:
        return None
    if any(same_transaction(each.id, wanted) for each in it.transactions):
        return None
    going_on = [each.id or "one without an id" for each in it.transactions]
    return f"transaction {wanted} does not go on at {it.evse}, but {' and '.join(going_on)}"


def needless_transaction_id(it: Proposal) -> str | None:
    """Only a TxProfile is for a transaction."""
    if it.profile.purpose is not Purpose.TX and it.profile.transaction_id is not None:
        return f"transactionId is for a TxProfile only, this is a {it.profile.purpose}"
    return None


def early_transaction_id(it: Proposal) -> str | None:
    """A profile that comes with the start of a transaction cannot know it."""
    if it.profile.transaction_id is not None:
        return "transactionId is to be absent in a request to start the transaction"
    return None


def no_tx_profile(it: Proposal) -> str | None:
    """A profile that comes with the start of a transaction is for that one."""
    if it.profile.purpose is not Purpose.TX:
        return f"a TxProfile is expected to start a transaction with, not a {it.profile.purpose}"
    return None


def negative_stack_level(it: Proposal) -> str | None:
    """The lowest stack level is 0."""
    level = it.profile.stack_level
    return f"stackLevel is {level}, expected from 0" if level < 0 else None


def high_stack_level(it: Proposal) -> str | None:
    """The station has so many stack levels."""
    level, most = it.profile.stack_level, it.station.limits.max_stack_level
    if most is None or level <= most:
        return None
    return f"stackLevel is {level}, expected at most {most}"


def missing_recurrency(it: Proposal) -> str | None:
    """What recurs does so every day or week."""
    if it.profile.kind is Kind.RECURRING and it.profile.recurrency is None:
        return "recurrencyKind is missing, a recurring profile needs it"
    return None


def needless_recurrency(it: Proposal) -> str | None:
    """What does not recur has no rhythm."""
    if it.profile.kind is not Kind.RECURRING and it.profile.recurrency is not None:
        return f"recurrencyKind is for a recurring profile only, this one is {it.profile.kind}"
    return None


def never_valid(it: Proposal) -> str | None:
    """A profile holds from validFrom until validTo."""
    start, end = it.profile.valid_from, it.profile.valid_to
    if start is None or end is None or start < end:
        return None
    return f"validTo is to be after validFrom: {end.isoformat()} is not after {start.isoformat()}"


def foreign_unit(it: Proposal) -> str | None:
    """The station knows limits in these units."""
    units = it.station.limits.units
    for name, schedule in it.schedules:
        if schedule.unit not in units:
            expected = " or ".join(sorted(units))
            return f"chargingRateUnit{name} is {schedule.unit}, expected {expected}"
    return None


def no_periods(it: Proposal) -> str | None:
    """A schedule has a period."""
    for name, schedule in it.schedules:
        if not schedule.periods:
            return f"chargingSchedulePeriod{name} is empty, expected at least one"
    return None


def many_periods(it: Proposal) -> str | None:
    """The station holds so many periods."""
    return longer_than(it, it.station.limits.max_periods)


def longer_than(it: Proposal, most: int | None) -> str | None:
    """A schedule has so many periods at most; None is no limit."""
    for name, schedule in it.schedules:
        if most is not None and len(schedule.periods) > most:
            return f"{len(schedule.periods)} periods{name}, expected at most {most}"
    return None


def late_first_period(it: Proposal) -> str | None:
    """The first period starts with the schedule."""
    for name, schedule in it.schedules:
        if schedule.periods and schedule.periods[0].start != 0:
            return f"startPeriod of period 1{name} is {schedule.periods[0].start}, expected 0"
    return None


def unordered_periods(it: Proposal) -> str | None:
    """Each period starts after the one before."""
    for name, schedule in it.schedules:
        starts = [period.start for period in schedule.periods]
        for number, (before, start) in enumerate(pairwise(starts), 2):
            if start <= before:
                return f"startPeriod of period {number}{name} is {start}, expected above {before}"
    return None


def bad_limit(it: Proposal) -> str | None:
    """A limit is a number from 0."""
    for name, schedule, period in it.periods:
        if not _from_zero(period.limit):
            return f"limit of {name} is {period.limit} {schedule.unit}, expected a number from 0"
    return None


def bad_min_rate(it: Proposal) -> str | None:
    """The least rate is a number from 0."""
    for name, schedule in it.schedules:
        if schedule.min_rate is not None and not _from_zero(schedule.min_rate):
            return f"minChargingRate{name} is {schedule.min_rate}, expected a number from 0"
    return None


def negative_duration(it: Proposal) -> str | None:
    """Time goes forward."""
    for name, schedule in it.schedules:
        if schedule.duration is not None and schedule.duration < 0:
            return f"duration{name} is {schedule.duration} s, expected from 0"
    return None


def bad_phases(it: Proposal) -> str | None:
    """There are one to three phases."""
    for name, _, period in it.periods:
        if period.phases is not None and period.phases not in _PHASES:
            return f"numberPhases of {name} is {period.phases}, expected 1 to 3"
    return None


def bad_phase_to_use(it: Proposal) -> str | None:
    """The phases are called 1, 2 and 3."""
    for name, _, period in it.periods:
        if period.phase_to_use is not None and period.phase_to_use not in _PHASES:
            return f"phaseToUse of {name} is {period.phase_to_use}, expected 1 to 3"
    return None


def too_many_profiles(it: Proposal, after: Sequence[Installed]) -> str | None:
    """The station holds so many profiles."""
    most = it.station.limits.max_profiles
    if most is None or len(after) <= most:
        return None
    return f"with this one there would be {len(after)} profiles, expected at most {most}"


def _from_zero(number: Decimal) -> bool:
    return number.is_finite() and number >= 0
