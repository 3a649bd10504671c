from __future__ import annotations

from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.security import (
    ChangeRefusal,
    Committed,
    Installed,
    Reverted,
    Reverting,
    TlsReason,
    Trying,
    begin_change,
    change_refusal,
    connected,
    failed,
    slots_to_remove,
    tls_event,
)
from ocppkit.v16.codes import SecurityEvent as EventV16
from ocppkit.v201.codes import SecurityEvent as EventV201

ALL = Installed(password=True, csms_root=True, certificate=True)
V16, V201 = Version.V16, Version.V201


def refusal(version: Version, current: int, wanted: int, **changed: Any) -> ChangeRefusal | None:
    settings: dict[str, Any] = {"installed": ALL, **changed}
    return change_refusal(version=version, current=current, wanted=wanted, **settings)


@pytest.mark.requirement("A05.FR.04")
def test_a_higher_profile_may_be_asked_for() -> None:
    allowed = [
        (current, wanted) for current in (1, 2, 3) for wanted in (1, 2, 3)
        if refusal(V201, current, wanted) is None
    ]  # fmt: skip

    assert allowed == [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]


def test_1_6_wants_a_profile_that_is_really_higher() -> None:
    allowed = [
        (current, wanted) for current in range(4) for wanted in range(4)
        if refusal(V16, current, wanted) is None
    ]  # fmt: skip

    assert allowed == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert refusal(V16, 2, 2) is ChangeRefusal.NOT_HIGHER


@pytest.mark.requirement("A05.FR.08")
@pytest.mark.requirement("A05.FR.09")
@pytest.mark.requirement("A05.FR.10")
def test_the_one_step_down_is_from_3_to_2_where_it_is_allowed() -> None:
    assert refusal(V201, 3, 2) is ChangeRefusal.DOWNGRADE
    assert refusal(V201, 3, 2, allow_downgrade=True) is None
    assert refusal(V201, 3, 1, allow_downgrade=True) is ChangeRefusal.DOWNGRADE
    assert refusal(V201, 2, 1, allow_downgrade=True) is ChangeRefusal.DOWNGRADE
    assert refusal(V16, 3, 2, allow_downgrade=True) is ChangeRefusal.NOT_HIGHER


@pytest.mark.parametrize(
    ("version", "wanted"), [(V16, -1), (V16, 4), (V201, 0), (V201, 4), (V201, -1)]
)
def test_there_are_no_other_profiles(version: Version, wanted: int) -> None:
    assert refusal(version, 1, wanted) is ChangeRefusal.UNKNOWN


@pytest.mark.requirement("A05.FR.02")
@pytest.mark.requirement("A05.FR.03")
@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize(
    ("wanted", "installed", "expected"),
    [
        (
            2,
            Installed(password=False, csms_root=True, certificate=True),
            ChangeRefusal.NO_PASSWORD,
        ),
        (
            2,
            Installed(password=True, csms_root=False, certificate=True),
            ChangeRefusal.NO_CSMS_ROOT,
        ),
        (
            3,
            Installed(password=True, csms_root=False, certificate=True),
            ChangeRefusal.NO_CSMS_ROOT,
        ),
        (
            3,
            Installed(password=True, csms_root=True, certificate=False),
            ChangeRefusal.NO_CERTIFICATE,
        ),
        (3, Installed(password=False, csms_root=True, certificate=True), None),
        (2, Installed(password=True, csms_root=True, certificate=False), None),
    ],
)
def test_what_a_profile_needs_must_be_there(
    version: Version, wanted: int, installed: Installed, expected: ChangeRefusal | None
) -> None:
    assert refusal(version, 1, wanted, installed=installed) is expected


@pytest.mark.requirement("A05.FR.06")
def test_a_profile_that_connects_stays() -> None:
    change = failed(begin_change(current=1, wanted=2, attempts=2), None, V201)

    assert change.profile == 2
    assert connected(change, V201) == Committed(
        profile=2, events=(EventV201.RECONFIGURATION_OF_SECURITY_PARAMETERS,)
    )


def test_a_profile_that_does_not_connect_goes_back_and_tells_why_once() -> None:
    change: Trying | Reverting = begin_change(current=1, wanted=2, attempts=3)
    tried = []
    for _ in range(5):
        tried.append(change.profile)
        change = failed(change, TlsReason.EXPIRED, V16)

    assert tried == [2, 2, 2, 1, 1]
    assert connected(change, V16) == Reverted(
        profile=1, events=(EventV16.INVALID_CENTRAL_SYSTEM_CERTIFICATE,)
    )


def test_different_failures_are_all_told() -> None:
    change: Trying | Reverting = begin_change(current=1, wanted=3, attempts=3)
    for reason in (TlsReason.OLD_TLS_VERSION, TlsReason.CERTIFICATE_REFUSED, None):
        change = failed(change, reason, V201)

    assert isinstance(change, Reverting)
    assert change.events == (
        EventV201.INVALID_TLS_VERSION,
        EventV201.FAILED_TO_AUTHENTICATE_AT_CSMS,
    )


def test_a_change_is_tried_at_least_once() -> None:
    with pytest.raises(ValueError, match="attempts_left"):
        begin_change(current=1, wanted=2, attempts=0)


def test_lower_network_profiles_go_once_a_higher_one_works() -> None:
    slots = {0: 1, 1: 2, 2: 3, 3: 2}

    assert slots_to_remove(slots, in_use=2) == {0}
    assert slots_to_remove(slots, in_use=3) == {0, 1, 3}
    assert slots_to_remove(slots, in_use=3, allow_downgrade=True) == {0}


@pytest.mark.parametrize("reason", TlsReason)
def test_both_versions_make_an_event_of_the_same_failures(reason: TlsReason) -> None:
    old, new = tls_event(reason, V16), tls_event(reason, V201)

    assert (old is None) is (new is None)
    assert isinstance(old, EventV16 | None)
    assert isinstance(new, EventV201 | None)
