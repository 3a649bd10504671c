"""Which charging profiles a charge point of 1.6 takes (§3.13, §5.16, §7.8-7.14 and the errata).

Where 1.6 says nothing, the charge point is lenient: a schedule without a start counts from the
start of the transaction (§7.13), and more phases than there are do no harm (errata 3.34).
"""

from __future__ import annotations

from typing import Final

from ocppkit.errors import ErrorCode
from ocppkit.smart_charging import finders as find
from ocppkit.smart_charging.collection import install_v16
from ocppkit.smart_charging.model import Installed, Profile
from ocppkit.smart_charging.validation import (
    Proposal,
    Rule,
    StationView,
    Violation,
    first_violation,
)

__all__ = ["check_remote_start_v16", "check_v16"]


def check_v16(connector: int, profile: Profile, station: StationView) -> Violation | None:
    """Why a SetChargingProfile is refused; None where the profile is to be installed.

    Args:
        connector: where it is to be installed; 0 for the charge point.
        profile: the profile.
        station: the charge point.
    """
    proposal = Proposal(evse=connector, profile=profile, station=station)
    return first_violation((*_PLACE, *_TRANSACTION, *_PROFILE, *_SCHEDULE, *_ROOM), proposal)


def check_remote_start_v16(
    connector: int | None, profile: Profile, station: StationView
) -> Violation | None:
    """Why the profile in a RemoteStartTransaction is refused (§5.16.2).

    Args:
        connector: that the transaction is to start at; None where the charge point is to choose.
        profile: the profile.
        station: the charge point.
    """
    proposal = Proposal(evse=connector, profile=profile, station=station)
    return first_violation((*_PLACE, *_START, *_PROFILE, *_SCHEDULE, *_ROOM), proposal)


def _unknown_connector(it: Proposal) -> str | None:
    if it.evse in {None, 0} or it.evse in it.station.evses:
        return None
    return f"there is no connector {it.evse}"


def _too_many_profiles(it: Proposal) -> str | None:
    new = Installed(evse=it.evse or 0, profile=it.profile)
    return find.too_many_profiles(it, install_v16(it.station.installed, new).installed)


_PLACE: Final = (
    Rule(
        "1.6 errata 3.39",
        _unknown_connector,
        error_code=ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    ),
)

_TRANSACTION: Final = (
    Rule("1.6 §3.13.1", find.misplaced_station_max),
    Rule("1.6 §3.13.1", find.misplaced_tx),
    Rule("1.6 §5.16.4", find.no_transaction),
    Rule("1.6 §7.8", find.other_transaction),
    Rule("1.6 §7.8", find.needless_transaction_id),
)

_START: Final = (
    Rule("1.6 §5.16.2", find.no_tx_profile),
    Rule("1.6 errata 3.41", find.early_transaction_id),
    Rule("1.6 §3.13.1", find.misplaced_tx),
)

_PROFILE: Final = (
    Rule("1.6 §7.8", find.negative_stack_level),
    Rule("1.6 §9.4.1", find.high_stack_level),
    Rule("1.6 §7.8", find.missing_recurrency),
    Rule("1.6 errata 3.56", find.needless_recurrency),
    Rule("1.6 §7.8", find.never_valid),
)

_SCHEDULE: Final = (
    Rule("1.6 §9.4.2", find.foreign_unit, unsupported=True),
    Rule("1.6 §7.13", find.no_periods),
    Rule("1.6 §9.4.3", find.many_periods),
    Rule("1.6 errata 3.45", find.late_first_period),
    Rule("1.6 §7.14", find.unordered_periods),
    Rule("1.6 §7.14", find.bad_limit),
    Rule("1.6 §7.13", find.bad_min_rate),
    Rule("1.6 §7.13", find.negative_duration),
    Rule("1.6 §7.14", find.bad_phases),
)

_ROOM: Final = (Rule("1.6 §9.4.5", _too_many_profiles),)
