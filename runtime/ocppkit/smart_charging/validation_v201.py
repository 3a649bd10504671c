"""Which charging profiles a station of 2.0.1 takes: what of K01 to K05 and K15 it can check.

Where no requirement says it, a rule is named after the field of the datatype (Part 2 §2) or the
variable of the device model that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from ocppkit.smart_charging import finders as find
from ocppkit.smart_charging.collection import install_v201
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    same_transaction,
)
from ocppkit.smart_charging.validation import (
    EvseFacts,
    Proposal,
    Rule,
    StationView,
    Violation,
    first_violation,
)
from ocppkit.v201.codes import ReasonCode

__all__ = ["check_external_v201", "check_request_start_v201", "check_v201"]

_MOST_SCHEDULES: Final = 3


def check_v201(evse: int, profile: Profile, station: StationView) -> Violation | None:
    """Why a SetChargingProfileRequest is rejected; None where the profile is to be installed.

    Args:
        evse: where it is to be installed; 0 for the station.
        profile: the profile.
        station: the station.
    """
    proposal = Proposal(evse=evse, profile=profile, station=station)
    rules = (*_PLACE, *_PURPOSE, *_ID, *_PROFILE, *_SCHEDULE, *_OTHERS, *_ROOM)
    return first_violation(rules, proposal)


def check_request_start_v201(
    evse: int | None, profile: Profile, station: StationView
) -> Violation | None:
    """Why the profile in a RequestStartTransactionRequest is rejected (K05.FR.05).

    Args:
        evse: that the transaction is to start at; None where the station is yet to choose: then
            what depends on the EVSE is not checked.
        profile: the profile.
        station: the station.
    """
    proposal = Proposal(evse=evse, profile=profile, station=station)
    violation = first_violation((*_PLACE, *_START, *_ID, *_PROFILE), proposal)
    if violation is not None:
        known = violation.reason is ReasonCode.UNKNOWN_EVSE
        return violation if known else evolve(violation, reason=ReasonCode.INVALID_PROFILE)
    violation = first_violation(_SCHEDULE, proposal)
    if violation is not None:
        return evolve(violation, reason=ReasonCode.INVALID_SCHEDULE)
    return first_violation(_ROOM, proposal)


def check_external_v201(evse: int, profile: Profile, station: StationView) -> Violation | None:
    """Why what somebody else than the CSMS set is no profile; None where it is (K12.FR.05).

    It is checked as a profile of the CSMS is, apart from who may set it.

    Args:
        evse: where it is to be installed; 0 for the station.
        profile: the profile, of the purpose for external constraints.
        station: the station.
    """
    proposal = Proposal(evse=evse, profile=profile, station=station)
    return first_violation((*_PLACE, *_PROFILE, *_SCHEDULE, *_OTHERS, *_ROOM), proposal)


def _unknown_evse(it: Proposal) -> str | None:
    if it.evse in {None, 0} or it.evse in it.station.evses:
        return None
    return f"there is no EVSE {it.evse}"


def _external_constraint(it: Proposal) -> str | None:
    if it.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS:
        return f"{it.profile.purpose} is not for the CSMS to set"
    return None


def _external_id(it: Proposal) -> str | None:
    for each in it.station.installed:
        external = each.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS
        if external and each.profile.id == it.profile.id:
            return f"profile {it.profile.id} is an external constraint, which stays"
    return None


def _missing_transaction_id(it: Proposal) -> str | None:
    if it.profile.purpose is Purpose.TX and it.profile.transaction_id is None:
        return "transactionId is missing, a TxProfile needs it"
    return None


def _relative_station_max(it: Proposal) -> str | None:
    if it.profile.purpose is Purpose.STATION_MAX and it.profile.kind is Kind.RELATIVE:
        return "a profile for the whole station cannot be Relative"
    return None


def _several_schedules(it: Proposal) -> str | None:
    count = len(it.profile.schedules)
    if count <= 1:
        return None
    if it.profile.purpose is Purpose.TX and any(facts.needs_notified for facts in it.facts):
        return None
    return f"{count} schedules, expected one: only an EV that stated its needs can choose"


def _many_schedules(it: Proposal) -> str | None:
    count = len(it.profile.schedules)
    return f"{count} schedules, expected at most 3" if count > _MOST_SCHEDULES else None


def _more_than_ev_takes(it: Proposal) -> str | None:
    if it.profile.purpose is not Purpose.TX:
        return None
    for facts in it.facts:
        message = find.longer_than(it, facts.max_schedule_tuples)
        if message is not None:
            return f"{message}, as its EV says"
    return None


def _missing_start(it: Proposal) -> str | None:
    for name, schedule in it.schedules:
        if it.profile.kind is not Kind.RELATIVE and schedule.start is None:
            return f"startSchedule{name} is missing, a profile that is {it.profile.kind} needs it"
    return None


def _needless_start(it: Proposal) -> str | None:
    for name, schedule in it.schedules:
        if it.profile.kind is Kind.RELATIVE and schedule.start is not None:
            return f"startSchedule{name} is to be absent in a profile that is Relative"
    return None


def _phased(it: Proposal) -> Iterator[tuple[str, Period, EvseFacts]]:
    """The periods with each EVSE where phases mean something (K01.FR.44)."""
    for name, _, period in it.periods:
        for facts in it.facts:
            if not facts.dc:
                yield name, period, facts


def _only_dc(it: Proposal) -> bool:
    return bool(it.facts) and all(facts.dc for facts in it.facts)


def _bad_phases(it: Proposal) -> str | None:
    return None if _only_dc(it) else find.bad_phases(it)


def _bad_phase_to_use(it: Proposal) -> str | None:
    return None if _only_dc(it) else find.bad_phase_to_use(it)


def _phase_of_several(it: Proposal) -> str | None:
    if _only_dc(it):
        return None
    for name, _, period in it.periods:
        if period.phase_to_use is not None and period.phases != 1:
            phases = 3 if period.phases is None else period.phases  # K01.FR.49
            return f"phaseToUse of {name} needs numberPhases 1, not {phases}"
    return None


def _phase_not_switched(it: Proposal) -> str | None:
    for name, period, facts in _phased(it):
        if period.phase_to_use in {None, facts.phase} or facts.phase_switching:
            continue
        return f"phaseToUse of {name} is {period.phase_to_use}, but phases cannot be switched"
    return None


def _phases_not_dropped(it: Proposal) -> str | None:
    for name, period, facts in _phased(it):
        fewest = min(facts.fewest_phases, facts.phases)
        if period.phases is not None and period.phases < fewest:
            return f"numberPhases of {name} is {period.phases}, expected at least {fewest}"
    return None


def _rivals(it: Proposal) -> Iterator[Installed]:
    """The other profiles of the same purpose on the same stack level."""
    wanted = it.profile
    for each in it.station.installed:
        profile = each.profile
        same = profile.purpose is wanted.purpose and profile.stack_level == wanted.stack_level
        if same and profile.id != wanted.id:
            yield each


def _same_level(it: Proposal) -> str | None:
    if it.profile.purpose is Purpose.TX:
        return None
    for each in _rivals(it):
        if each.evse == it.evse and _overlap(each.profile, it.profile):
            return _duplicate(it, each)
    return None


def _same_transaction(it: Proposal) -> str | None:
    if it.profile.purpose is not Purpose.TX:
        return None
    for each in _rivals(it):
        if same_transaction(each.profile.transaction_id, it.profile.transaction_id):
            return _duplicate(it, each)
    return None


def _default_of_one(it: Proposal) -> str | None:
    if it.profile.purpose is not Purpose.TX_DEFAULT or it.evse != 0:
        return None
    return next((_duplicate(it, each) for each in _rivals(it) if each.evse != 0), None)


def _default_of_all(it: Proposal) -> str | None:
    if it.profile.purpose is not Purpose.TX_DEFAULT or it.evse == 0:
        return None
    return next((_duplicate(it, each) for each in _rivals(it) if each.evse == 0), None)


def _overlap(one: Profile, other: Profile) -> bool:
    """Whether there is a moment at which both are valid (K01.FR.10, .36, .37)."""
    return _ends_after(one, other) and _ends_after(other, one)


def _ends_after(one: Profile, other: Profile) -> bool:
    return one.valid_to is None or other.valid_from is None or one.valid_to > other.valid_from


def _duplicate(it: Proposal, other: Installed) -> str:
    level, purpose = it.profile.stack_level, it.profile.purpose
    return f"profile {other.profile.id} at {other.evse} is a {purpose} on stackLevel {level} too"


def _too_many_profiles(it: Proposal) -> str | None:
    new = Installed(evse=it.evse or 0, profile=it.profile)
    return find.too_many_profiles(it, install_v201(it.station.installed, new).installed)


_PLACE: Final = (Rule("K01.FR.28", _unknown_evse, ReasonCode.UNKNOWN_EVSE),)

_PURPOSE: Final = (
    Rule("K01.FR.22", _external_constraint, ReasonCode.INVALID_PROFILE),
    Rule("K04.FR.03", find.misplaced_station_max, ReasonCode.INVALID_PROFILE),
    Rule("K01.FR.16", find.misplaced_tx, ReasonCode.INVALID_PROFILE),
    Rule("K01.FR.09", find.no_transaction, ReasonCode.TX_NOT_FOUND),
    Rule("K01.FR.03", _missing_transaction_id, ReasonCode.MISSING_PARAM),
    Rule("K01.FR.33", find.other_transaction, ReasonCode.TX_NOT_FOUND),
    Rule(
        "ChargingProfileType.transactionId",
        find.needless_transaction_id,
        ReasonCode.INVALID_PROFILE,
    ),
)

_START: Final = (
    Rule("K05.FR.02", find.no_tx_profile, ReasonCode.INVALID_PROFILE),
    Rule(
        "ChargingProfileType.transactionId", find.early_transaction_id, ReasonCode.INVALID_PROFILE
    ),
    Rule("K01.FR.16", find.misplaced_tx, ReasonCode.INVALID_PROFILE),
)

_ID: Final = (Rule("K01.FR.05", _external_id, ReasonCode.INVALID_PROFILE),)

_PROFILE: Final = (
    Rule(
        "ChargingProfileType.stackLevel", find.negative_stack_level, ReasonCode.INVALID_STACK_LEVEL
    ),
    Rule(
        "SmartChargingCtrlr.ProfileStackLevel",
        find.high_stack_level,
        ReasonCode.INVALID_STACK_LEVEL,
    ),
    Rule("K01.FR.38", _relative_station_max, ReasonCode.INVALID_PROFILE),
    Rule("ChargingProfileType.recurrencyKind", find.missing_recurrency, ReasonCode.INVALID_PROFILE),
    Rule(
        "ChargingProfileType.recurrencyKind", find.needless_recurrency, ReasonCode.INVALID_PROFILE
    ),
    Rule("K01.FR.37", find.never_valid, ReasonCode.INVALID_PROFILE),
    Rule("K01.FR.34", _several_schedules, ReasonCode.INVALID_PROFILE),
    Rule("K15.FR.07", _many_schedules, ReasonCode.TOO_MANY_ELEMENTS),
)

_SCHEDULE: Final = (
    Rule("K01.FR.26", find.foreign_unit, ReasonCode.UNSUPPORTED_RATE_UNIT),
    Rule("K01.FR.40", _missing_start, ReasonCode.INVALID_SCHEDULE),
    Rule("K01.FR.41", _needless_start, ReasonCode.INVALID_SCHEDULE),
    Rule(
        "ChargingScheduleType.chargingSchedulePeriod", find.no_periods, ReasonCode.INVALID_SCHEDULE
    ),
    Rule("SmartChargingCtrlr.PeriodsPerSchedule", find.many_periods, ReasonCode.TOO_MANY_ELEMENTS),
    Rule("K15.FR.07", _more_than_ev_takes, ReasonCode.TOO_MANY_ELEMENTS),
    Rule("K01.FR.31", find.late_first_period, ReasonCode.INVALID_SCHEDULE),
    Rule("K01.FR.35", find.unordered_periods, ReasonCode.INVALID_SCHEDULE),
    Rule("ChargingSchedulePeriodType.limit", find.bad_limit, ReasonCode.INVALID_SCHEDULE),
    Rule("ChargingScheduleType.minChargingRate", find.bad_min_rate, ReasonCode.INVALID_SCHEDULE),
    Rule("ChargingScheduleType.duration", find.negative_duration, ReasonCode.INVALID_SCHEDULE),
    Rule("ChargingSchedulePeriodType.numberPhases", _bad_phases, ReasonCode.INVALID_SCHEDULE),
    Rule("ChargingSchedulePeriodType.phaseToUse", _bad_phase_to_use, ReasonCode.INVALID_SCHEDULE),
    Rule("K01.FR.19", _phase_of_several, ReasonCode.INVALID_SCHEDULE),
    Rule("K01.FR.48", _phase_not_switched, ReasonCode.UNSUPPORTED_PARAM),  # so K01.FR.20
    Rule("K01.FR.43", _phases_not_dropped, ReasonCode.UNSUPPORTED_PARAM),
)

_OTHERS: Final = (
    Rule("K01.FR.06", _same_level, ReasonCode.DUPLICATE_PROFILE),
    Rule("K01.FR.39", _same_transaction, ReasonCode.DUPLICATE_PROFILE),
    Rule("K01.FR.52", _default_of_one, ReasonCode.DUPLICATE_PROFILE),
    Rule("K01.FR.53", _default_of_all, ReasonCode.DUPLICATE_PROFILE),
)

_ROOM: Final = (Rule("SmartChargingCtrlr.Entries", _too_many_profiles, ReasonCode.OUT_OF_STORAGE),)
