"""What is installed after profiles come, are cleared, or lose their transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from ocppkit import v16, v201
from ocppkit.smart_charging.collection import (
    Change,
    bind,
    clear_v16,
    clear_v201,
    install_v16,
    install_v201,
    select,
    without_transaction,
)
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    LimitSource,
    Period,
    Profile,
    Purpose,
    Schedule,
    Transaction,
    Unit,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
SCHEDULE = Schedule(unit=Unit.A, periods=(Period(start=0, limit=Decimal(16)),))
ANY = Profile(
    id=0, stack_level=0, purpose=Purpose.TX_DEFAULT, kind=Kind.RELATIVE, schedules=(SCHEDULE,)
)

requirement = pytest.mark.requirement


def at(evse: int, profile_id: int, purpose: Purpose, level: int = 0, **rest: Any) -> Installed:
    profile = evolve(ANY, id=profile_id, purpose=purpose, stack_level=level, **rest)
    return Installed(evse=evse, profile=profile)


def ids(installed: tuple[Installed, ...]) -> list[int]:
    return [each.profile.id for each in installed]


def told(change: Change) -> tuple[list[int], list[int]]:
    return ids(change.installed), ids(change.removed)


MAX = at(0, 1, Purpose.STATION_MAX)
DEFAULT_ALL = at(0, 2, Purpose.TX_DEFAULT)
DEFAULT_1 = at(1, 3, Purpose.TX_DEFAULT)
DEFAULT_1_HIGH = at(1, 4, Purpose.TX_DEFAULT, 1)
TX_1 = at(1, 5, Purpose.TX, transaction_id="42")
TX_2 = at(2, 6, Purpose.TX, 1, transaction_id="43")
EXTERNAL = evolve(at(0, -1, Purpose.EXTERNAL_CONSTRAINTS), source=LimitSource.EMS)
ALL = (MAX, DEFAULT_ALL, DEFAULT_1, DEFAULT_1_HIGH, TX_1, TX_2)


def test_1_6_5_16_3_a_new_profile_is_added() -> None:
    assert told(install_v16(ALL, at(2, 9, Purpose.TX_DEFAULT))) == ([1, 2, 3, 4, 5, 6, 9], [])


def test_1_6_5_16_3_the_same_id_is_replaced_wherever_it_is() -> None:
    new = at(2, 3, Purpose.TX_DEFAULT, 2)

    change = install_v16(ALL, new)

    assert told(change) == ([1, 2, 4, 5, 6, 3], [3])
    assert change.installed[-1] is new
    assert change.removed == (DEFAULT_1,)


@pytest.mark.parametrize(
    ("new", "replaced"),
    [
        (at(0, 9, Purpose.STATION_MAX), [1]),
        (at(0, 9, Purpose.TX_DEFAULT), [2]),
        (at(1, 9, Purpose.TX_DEFAULT, 1), [4]),
        (at(1, 9, Purpose.TX_DEFAULT, 2), []),
        (at(0, 9, Purpose.STATION_MAX, 1), []),
    ],
)
def test_1_6_3_13_2_the_same_purpose_and_stack_level_is_replaced(
    new: Installed, replaced: list[int]
) -> None:
    assert ids(install_v16(ALL, new).removed) == replaced


def test_1_6_3_13_1_a_default_of_a_connector_leaves_the_one_for_all_to_the_others() -> None:
    assert told(install_v16((DEFAULT_ALL,), DEFAULT_1)) == ([2, 3], [])
    assert told(install_v16((DEFAULT_1,), DEFAULT_ALL)) == ([3, 2], [])


def test_1_6_an_id_and_a_stack_level_can_replace_two_at_once() -> None:
    assert ids(install_v16(ALL, at(1, 2, Purpose.TX_DEFAULT)).removed) == [2, 3]


@pytest.mark.parametrize("known", [None, "42"])
def test_1_6_errata_3_42_a_later_profile_replaces_that_of_the_remote_start(
    known: str | None,
) -> None:
    started = at(1, 5, Purpose.TX, transaction_id=known)

    same_level = install_v16((started,), at(1, 9, Purpose.TX, transaction_id="42"))
    other_level = install_v16((started,), at(1, 9, Purpose.TX, 1, transaction_id="42"))

    assert told(same_level) == ([9], [5])
    assert told(other_level) == ([5, 9], [])


@requirement("K01.FR.05")
def test_k01_fr_05_the_same_id_is_replaced() -> None:
    new = at(2, 3, Purpose.TX_DEFAULT, 2)

    assert told(install_v201(ALL, new)) == ([1, 2, 4, 5, 6, 3], [3])


@requirement("K01.FR.06")
def test_k01_fr_06_in_2_0_1_no_other_is_replaced() -> None:
    # They may be valid at different times.
    assert told(install_v201(ALL, at(1, 9, Purpose.TX_DEFAULT))) == ([1, 2, 3, 4, 5, 6, 9], [])


MAX_PROFILE = v16.ChargingProfilePurposeType.CHARGE_POINT_MAX_PROFILE
TX_DEFAULT = v16.ChargingProfilePurposeType.TX_DEFAULT_PROFILE


@pytest.mark.parametrize(
    ("request_v16", "removed"),
    [
        (v16.ClearChargingProfileRequest(), [1, 2, 3, 4, 5, 6]),
        (v16.ClearChargingProfileRequest(id=3), [3]),
        (v16.ClearChargingProfileRequest(id=9), []),
        (v16.ClearChargingProfileRequest(connector_id=0), [1, 2]),
        (v16.ClearChargingProfileRequest(connector_id=1), [3, 4, 5]),
        (v16.ClearChargingProfileRequest(connector_id=7), []),
        (v16.ClearChargingProfileRequest(charging_profile_purpose=MAX_PROFILE), [1]),
        (v16.ClearChargingProfileRequest(charging_profile_purpose=TX_DEFAULT), [2, 3, 4]),
        (v16.ClearChargingProfileRequest(stack_level=0), [1, 2, 3, 5]),
        (
            v16.ClearChargingProfileRequest(
                connector_id=1, charging_profile_purpose=TX_DEFAULT, stack_level=1
            ),
            [4],
        ),
        (v16.ClearChargingProfileRequest(charging_profile_purpose=MAX_PROFILE, stack_level=1), []),
    ],
)
def test_1_6_errata_3_25_what_fits_all_fields_is_cleared(
    request_v16: v16.ClearChargingProfileRequest, removed: list[int]
) -> None:
    change = clear_v16(ALL, request_v16)

    assert ids(change.removed) == removed
    assert change.installed == tuple(each for each in ALL if each not in change.removed)


def test_1_6_errata_3_26_an_id_makes_the_other_fields_void() -> None:
    request = v16.ClearChargingProfileRequest(
        id=3, connector_id=2, charging_profile_purpose=MAX_PROFILE, stack_level=8
    )

    assert ids(clear_v16(ALL, request).removed) == [3]


def by(
    evse: int | None = None, purpose: str | None = None, level: int | None = None
) -> v201.ClearChargingProfileRequest:
    return v201.ClearChargingProfileRequest(
        charging_profile_criteria=v201.ClearChargingProfileType(
            evse_id=evse,
            charging_profile_purpose=(
                None if purpose is None else v201.ChargingProfilePurposeEnumType(purpose)
            ),
            stack_level=level,
        )
    )


@requirement("K10.FR.01")
@requirement("K10.FR.04")
@pytest.mark.parametrize(
    ("request_v201", "removed"),
    [
        (by(evse=0), [1, 2]),
        (by(evse=1), [3, 4, 5]),
        (by(evse=7), []),
        (by(purpose="ChargingStationMaxProfile"), [1]),
        (by(purpose="TxDefaultProfile"), [2, 3, 4]),
        (by(purpose="TxProfile", level=0), [5]),
        (by(level=1), [4, 6]),
        (by(evse=1, purpose="TxDefaultProfile", level=1), [4]),
        (by(evse=2, purpose="TxDefaultProfile"), []),
        (by(), [1, 2, 3, 4, 5, 6]),
        (v201.ClearChargingProfileRequest(), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_k10_fr_04_what_fits_all_criteria_is_cleared(
    request_v201: v201.ClearChargingProfileRequest, removed: list[int]
) -> None:
    change = clear_v201((*ALL, EXTERNAL), request_v201)

    assert ids(change.removed) == removed
    assert EXTERNAL in change.installed


@requirement("K10.FR.03")
def test_k10_fr_03_an_id_goes_before_the_criteria() -> None:
    request = by(evse=2, purpose="TxProfile")
    request.charging_profile_id = 3

    assert ids(clear_v201(ALL, request).removed) == [3]


@requirement("K10.FR.01")
def test_k10_fr_01_an_unknown_id_clears_nothing() -> None:
    request = v201.ClearChargingProfileRequest(charging_profile_id=9)

    assert clear_v201(ALL, request) == (ALL, ())


@requirement("K10.FR.06")
@requirement("K10.FR.08")
@pytest.mark.parametrize(
    "request_v201", [by(purpose="ChargingStationExternalConstraints"), by(evse=0), by()]
)
def test_k10_fr_08_external_constraints_fit_no_criteria(
    request_v201: v201.ClearChargingProfileRequest,
) -> None:
    assert clear_v201((EXTERNAL,), request_v201) == ((EXTERNAL,), ())


@requirement("K10.FR.09")
def test_k10_fr_09_external_constraints_are_not_cleared_by_their_id() -> None:
    request = v201.ClearChargingProfileRequest(charging_profile_id=-1)

    assert clear_v201((EXTERNAL,), request) == ((EXTERNAL,), ())


EMS = v201.ChargingLimitSourceEnumType.EMS
CSO = v201.ChargingLimitSourceEnumType.CSO
TX_PURPOSE = v201.ChargingProfilePurposeEnumType.TX_PROFILE


def selected(evse: int | None = None, **criteria: Any) -> list[int]:
    request = v201.GetChargingProfilesRequest(
        request_id=1,
        evse_id=evse,
        charging_profile=v201.ChargingProfileCriterionType(**criteria),
    )
    return ids(select((*ALL, EXTERNAL), request))


@requirement("K09.FR.06")
def test_k09_fr_06_without_an_evse_all_that_fit_are_reported() -> None:
    assert selected() == [1, 2, 3, 4, 5, 6, -1]
    assert selected(stack_level=1) == [4, 6]


@requirement("K09.FR.05")
def test_k09_fr_05_evse_0_is_the_station_itself() -> None:
    assert selected(0) == [1, 2, -1]
    assert selected(0, stack_level=1) == []


@requirement("K09.FR.04")
def test_k09_fr_04_an_evse_has_what_is_installed_there() -> None:
    assert selected(1) == [3, 4, 5]
    assert selected(1, charging_profile_purpose=TX_PURPOSE) == [5]
    assert selected(1, charging_profile_purpose=TX_PURPOSE, stack_level=1) == []
    assert selected(2, charging_profile_purpose=TX_PURPOSE, stack_level=1) == [6]
    assert selected(7) == []


@requirement("K09.FR.03")
def test_k09_fr_03_profiles_are_chosen_by_their_ids() -> None:
    assert selected(charging_profile_id=[3, 6, 9]) == [3, 6]
    assert selected(1, charging_profile_id=[3, 6, 9]) == [3]
    assert selected(charging_profile_id=[9]) == []


@requirement("K09.FR.03")
def test_k09_fr_03_profiles_are_chosen_by_who_set_them() -> None:
    assert selected(charging_limit_source=[EMS]) == [-1]
    assert selected(1, charging_limit_source=[CSO]) == [3, 4, 5]
    assert selected(0, charging_limit_source=[CSO, EMS]) == [1, 2, -1]


WAITING = at(1, 8, Purpose.TX)


@requirement("K02.FR.05")
def test_k02_fr_05_the_profiles_of_a_transaction_go_with_it() -> None:
    ended = Transaction(evse=1, id="42", start=NOON)

    assert told(without_transaction(ALL, ended)) == ([1, 2, 3, 4, 6], [5])


@requirement("K02.FR.05")
def test_k02_fr_05_so_do_those_that_never_got_its_id() -> None:
    offline = Transaction(evse=1, id=None, start=NOON)
    known = Transaction(evse=1, id="42", start=NOON)

    assert told(without_transaction((WAITING, TX_2), offline)) == ([6], [8])
    assert told(without_transaction((WAITING, TX_2), known)) == ([6], [8])


@requirement("K02.FR.05")
def test_k02_fr_05_they_go_in_whatever_case_they_name_it() -> None:
    named = at(1, 5, Purpose.TX, transaction_id="Tx-A")
    ended = Transaction(evse=1, id="tx-a", start=NOON)

    assert told(without_transaction((named,), ended)) == ([], [5])


def test_those_of_another_transaction_stay() -> None:
    other = Transaction(evse=1, id="99", start=NOON)

    assert without_transaction(ALL, other) == (ALL, ())


def test_1_6_5_16_2_a_waiting_profile_gets_the_id_of_its_transaction() -> None:
    elsewhere = at(2, 7, Purpose.TX)
    default = at(1, 3, Purpose.TX_DEFAULT)

    bound = bind((WAITING, elsewhere, default), Transaction(evse=1, id="77", start=NOON))

    assert bound == (at(1, 8, Purpose.TX, transaction_id="77"), elsewhere, default)


def test_a_profile_that_has_a_transaction_keeps_it() -> None:
    assert bind((TX_1,), Transaction(evse=1, id="77", start=NOON)) == (TX_1,)
