"""Who may charge, and whom to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from attrs import evolve

from ocppkit.authorization import (
    Cache,
    Changes,
    Entry,
    Known,
    LocalList,
    Rules,
    Status,
    Verdict,
    decide,
    look_up,
)

NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
ACCEPTED = Entry(status=Status.ACCEPTED)
BUSY = Entry(status=Status.CONCURRENT_TX)
EXPIRES_NOW = Entry(status=Status.ACCEPTED, expires=NOW)
EXPIRES_LATER = Entry(status=Status.ACCEPTED, expires=LATER)
NOT_VALID = [
    EXPIRES_NOW,
    *(Entry(status=each) for each in Status if each not in {Status.ACCEPTED, Status.CONCURRENT_TX}),
]
FLAGS = (False, True)


def rules(*, pre: bool = False, offline: bool = False, unknown: bool = False) -> Rules:
    return Rules(pre_authorize=pre, authorize_offline=offline, unknown_offline=unknown)


def verdict(
    entry: Entry | None,
    by: Rules,
    *,
    online: bool = False,
    charging: bool = False,
    listed: bool = True,
) -> Verdict:
    known = None if entry is None else Known(entry=entry, listed=listed)
    return decide(known, rules=by, online=online, charging=charging, now=NOW)


@pytest.mark.requirement("1.6 §4.1")
@pytest.mark.parametrize("entry", [None, BUSY, *NOT_VALID])
def test_online_all_but_those_known_to_be_accepted_are_asked_about(entry: Entry | None) -> None:
    for pre, offline, unknown in product(FLAGS, repeat=3):
        by = rules(pre=pre, offline=offline, unknown=unknown)
        assert verdict(entry, by, online=True) is Verdict.ASK


@pytest.mark.requirement("1.6 §9.1.13")
@pytest.mark.parametrize("entry", [ACCEPTED, EXPIRES_LATER])
def test_online_pre_authorization_is_for_the_accepted(entry: Entry) -> None:
    assert verdict(entry, rules(pre=True), online=True) is Verdict.ACCEPT
    assert verdict(entry, rules(offline=True, unknown=True), online=True) is Verdict.ASK


@pytest.mark.requirement("1.6 §3.5.4")
@pytest.mark.parametrize("entry", NOT_VALID)
def test_offline_whoever_is_known_not_to_be_valid_is_refused_even_where_strangers_charge(
    entry: Entry,
) -> None:
    for pre, offline, unknown in product(FLAGS, repeat=3):
        by = rules(pre=pre, offline=offline, unknown=unknown)
        assert verdict(entry, by) is Verdict.REFUSE


@pytest.mark.requirement("1.6 §9.1.12")
@pytest.mark.parametrize("entry", [ACCEPTED, EXPIRES_LATER, BUSY])
def test_offline_the_valid_charge_where_that_is_configured(entry: Entry) -> None:
    assert verdict(entry, rules(offline=True)) is Verdict.ACCEPT
    assert verdict(entry, rules(pre=True)) is Verdict.REFUSE


def test_offline_one_who_may_not_charge_twice_does_not() -> None:
    by = rules(offline=True, unknown=True)

    assert verdict(BUSY, by, charging=True) is Verdict.REFUSE
    assert verdict(ACCEPTED, by, charging=True) is Verdict.ACCEPT


@pytest.mark.requirement("1.6 §3.5.4")
def test_offline_strangers_charge_where_that_is_configured() -> None:
    assert verdict(None, rules(unknown=True)) is Verdict.ACCEPT
    assert verdict(None, rules(offline=True, pre=True)) is Verdict.REFUSE


@pytest.mark.requirement("1.6 §3.5.3")
def test_the_list_goes_before_the_cache() -> None:
    cache = Cache(size=5)
    cache.learn("a", ACCEPTED, NOW)
    cache.learn("b", ACCEPTED, NOW)
    blocked: Changes = {"a": Entry(status=Status.BLOCKED)}
    local_list = LocalList().replaced(1, blocked, most=5)
    assert isinstance(local_list, LocalList)

    def found(token: str, *, listed: bool, cached: bool) -> Known | None:
        return look_up(
            token,
            local_list=local_list if listed else None,
            cache=cache if cached else None,
            now=NOW,
        )

    blocked_by_list = Known(entry=Entry(status=Status.BLOCKED), listed=True)
    assert found("A", listed=True, cached=True) == blocked_by_list
    assert found("A", listed=False, cached=True) == Known(entry=ACCEPTED, listed=False)
    assert found("b", listed=True, cached=True) == Known(entry=ACCEPTED, listed=False)
    assert found("b", listed=True, cached=False) is None


REFUSED = [each for each in NOT_VALID if each is not EXPIRES_NOW]


@pytest.mark.requirement("C10.FR.03", "C12.FR.05", "C14.FR.03")
@pytest.mark.parametrize("listed", FLAGS)
@pytest.mark.parametrize("entry", REFUSED)
def test_who_was_refused_is_asked_about_again_unless_that_is_switched_off(
    entry: Entry, listed: bool
) -> None:
    by = rules(pre=True)
    off = "asks_again_of_listed" if listed else "asks_again_of_cached"

    assert verdict(entry, by, online=True, listed=listed) is Verdict.ASK
    assert verdict(entry, evolve(by, **{off: False}), online=True, listed=listed) is Verdict.REFUSE
    assert verdict(entry, evolve(by, **{off: False}), online=True, listed=not listed) is Verdict.ASK


@pytest.mark.requirement("C13.FR.02", "C13.FR.04", "C14.FR.02")
def test_a_list_that_does_not_expire_is_not_asked_when() -> None:
    by = evolve(rules(pre=True, offline=True), list_expires=False)

    assert verdict(EXPIRES_NOW, by, online=True) is Verdict.ACCEPT
    assert verdict(EXPIRES_NOW, by) is Verdict.ACCEPT
    assert verdict(EXPIRES_NOW, by, online=True, listed=False) is Verdict.ASK


@pytest.mark.requirement("C14.FR.05")
def test_one_that_has_expired_is_asked_about_even_where_the_refused_are_not() -> None:
    by = evolve(rules(pre=True), asks_again_of_listed=False)

    assert verdict(EXPIRES_NOW, by, online=True) is Verdict.ASK


def test_where_the_csms_is_never_asked_only_those_charge_who_are_known() -> None:
    by = evolve(rules(unknown=True), asks=False)

    assert verdict(ACCEPTED, by, online=True) is Verdict.ACCEPT
    for entry in (None, *NOT_VALID):
        assert verdict(entry, by, online=True) is Verdict.REFUSE


@pytest.mark.requirement("C13.FR.02")
def test_one_who_charges_elsewhere_is_not_accepted_where_that_is_not_tolerated() -> None:
    by = evolve(rules(offline=True, unknown=True), tolerates_concurrent=False)

    assert verdict(BUSY, by) is Verdict.REFUSE


@pytest.mark.parametrize("status", list(Status))
def test_only_what_was_valid_expires(status: Status) -> None:
    entry = Entry(status=status, expires=NOW)

    was_valid = status in {Status.ACCEPTED, Status.CONCURRENT_TX}
    assert entry.status_at(NOW) is (Status.EXPIRED if was_valid else status)
    assert entry.status_at(NOW - timedelta(seconds=1)) is status
    assert not entry.valid_at(NOW)
