"""The state machine of registration."""

from __future__ import annotations

import pytest

from ocppkit.message import Version
from ocppkit.station.boot import RULES, Answers, Boot, BootReason, Registration, Sends

OWN = 60


def boot(reason: BootReason = BootReason.POWER_UP) -> Boot:
    return Boot(now=0, own_interval=OWN, reason=reason)


@pytest.mark.requirement("B01.FR.01")
@pytest.mark.requirement("1.6 §4.2")
def test_it_boots_at_once() -> None:
    it = boot()

    assert it.due == 0
    assert it.sent() is BootReason.POWER_UP
    assert it.due is None


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
@pytest.mark.parametrize(("interval", "wait"), [(20, 20), (0, OWN)])
@pytest.mark.requirement("B02.FR.07")
@pytest.mark.requirement("B02.FR.08")
@pytest.mark.requirement("B03.FR.05")
@pytest.mark.requirement("B03.FR.06")
@pytest.mark.requirement("1.6 §4.2")
def test_not_accepted_it_boots_again_after_the_interval(
    registration: Registration, interval: int, wait: int
) -> None:
    it = boot()
    it.sent()
    it.answered(registration, interval, 100)

    assert it.due == 100 + wait


def test_accepted_it_boots_no_more() -> None:
    it = boot()
    it.sent()
    it.answered(Registration.ACCEPTED, 300, 0)

    assert it.due is None
    assert it.registration is Registration.ACCEPTED


def test_a_boot_without_an_answer_waits_as_long_as_the_csms_last_wished() -> None:
    it = boot()
    it.sent()
    it.failed(10)
    first = it.due
    it.sent()
    it.answered(Registration.PENDING, 5, 100)
    it.sent()
    it.failed(105)

    assert first == 10 + OWN
    assert it.due == 110
    assert it.registration is Registration.PENDING


def test_a_boot_that_went_with_the_connection_is_sent_on_the_next() -> None:
    it = boot()
    it.sent()
    it.interrupted(33)

    assert it.due == 33


@pytest.mark.requirement("B02.FR.04")
def test_a_lost_connection_brings_no_boot_before_its_time() -> None:
    it = boot()
    it.connected("csms", 0)
    it.sent()
    it.answered(Registration.PENDING, 500, 0)
    it.connected("csms", 100)

    assert it.due == 500


@pytest.mark.requirement("1.6-J §5.4")
def test_a_found_connection_brings_no_boot_to_the_same_csms() -> None:
    it = boot()
    it.connected("csms", 0)
    it.sent()
    it.answered(Registration.ACCEPTED, 0, 0)
    it.connected("csms", 100)

    assert it.due is None


@pytest.mark.requirement("B10.FR.10")
def test_another_csms_gets_a_boot_with_the_reason_of_the_last_start() -> None:
    it = boot(BootReason.WATCHDOG)
    it.connected("csms", 0)
    it.sent()
    it.answered(Registration.ACCEPTED, 0, 0)
    it.connected("another", 100)

    assert it.due == 100
    assert it.registration is Registration.UNKNOWN
    assert it.sent() is BootReason.WATCHDOG


@pytest.mark.requirement("B01.FR.09")
def test_the_reason_stays_over_retries_and_only_a_triggered_boot_says_triggered() -> None:
    it = boot(BootReason.FIRMWARE_UPDATE)
    reasons = [it.sent()]
    it.answered(Registration.PENDING, 10, 0)
    it.trigger(5)
    triggered_at = it.due
    reasons.append(it.sent())
    it.failed(5)
    reasons.append(it.sent())
    it.answered(Registration.ACCEPTED, 10, 0)

    assert triggered_at == 5
    firmware = BootReason.FIRMWARE_UPDATE
    assert reasons == [firmware, BootReason.TRIGGERED, firmware]


def test_a_trigger_while_a_boot_is_under_way_is_not_forgotten() -> None:
    it = boot()
    it.sent()
    it.trigger(1)
    it.answered(Registration.PENDING, 100, 2)

    assert it.due == 1
    assert it.sent() is BootReason.TRIGGERED


def test_a_start_forgets_what_the_csms_said() -> None:
    it = boot()
    it.sent()
    it.answered(Registration.REJECTED, 1000, 0)
    silent = it.silent_until
    it.start(BootReason.REMOTE_RESET, 10)

    assert silent == 1000
    assert it.silent_until is None
    assert it.due == 10
    assert it.sent() is BootReason.REMOTE_RESET


@pytest.mark.parametrize("version", list(Version))
def test_every_state_has_a_rule_in_every_version(version: Version) -> None:
    assert set(RULES[version]) == set(Registration)


@pytest.mark.parametrize("version", list(Version))
def test_only_who_is_accepted_sends_all(version: Version) -> None:
    senders = [state for state, rule in RULES[version].items() if rule.sends is Sends.ALL]

    assert senders == [Registration.ACCEPTED]


@pytest.mark.parametrize(
    ("version", "answers"),
    [(Version.V16, Answers.NOTHING), (Version.V201, Answers.SECURITY_ERROR)],
)
@pytest.mark.requirement("B03.FR.08")
def test_rejected_it_handles_no_call(version: Version, answers: Answers) -> None:
    it = boot()
    it.answered(Registration.REJECTED, 10, 0)

    assert it.rule(version).answers is answers


def test_a_negative_wish_of_the_csms_is_none() -> None:
    it = boot()
    it.sent()
    it.answered(Registration.PENDING, -5, 100)
    due = it.due

    assert due is not None
    assert due == 100 + it.own_interval
