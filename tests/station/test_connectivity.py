"""The plan of connecting: which profile next, when and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.connection.backoff import Backoff
from ocppkit.connection.network import NetworkProfile
from ocppkit.station.connectivity import Attempt, Connectivity, DialReason

A, B, C = (NetworkProfile(slot=slot, url=f"ws://csms{slot}") for slot in range(3))


def plan(*profiles: NetworkProfile, attempts: int = 2, **settings: Any) -> Connectivity:
    backoff = Backoff(wait_minimum_s=10, random_range_s=0, repeat_times=3)
    made = Connectivity(profiles=profiles, attempts=attempts, backoff=backoff, **settings)
    made.begin(0)
    return made


def dial(it: Connectivity) -> Attempt:
    assert it.due is not None
    return it.attempt(it.due)


def fail(it: Connectivity, times: int = 1) -> list[Attempt]:
    """Dial when due, without success."""
    attempts = []
    for _ in range(times):
        due = it.due
        attempts.append(dial(it))
        assert due is not None
        it.failed(due, 0.0)
    return attempts


def slots(attempts: list[Attempt]) -> list[int]:
    return [attempt.profile.slot for attempt in attempts]


@pytest.mark.requirement("B10.FR.04")
def test_it_begins_at_once_with_the_first_profile() -> None:
    it = plan(A, B)
    due = it.due

    assert due == 0
    assert dial(it) == Attempt(profile=A, number=1, reason=DialReason.START)


@pytest.mark.requirement("B10.FR.03")
@pytest.mark.requirement("B10.FR.08")
def test_each_profile_has_its_attempts_and_after_the_last_comes_the_first() -> None:
    attempts = fail(plan(A, B, C), 7)

    assert slots(attempts) == [0, 0, 1, 1, 2, 2, 0]
    assert [attempt.number for attempt in attempts] == [1, 2, 1, 2, 1, 2, 1]
    assert attempts[1].reason is DialReason.RETRY
    assert attempts[2].reason is DialReason.NEXT_PROFILE


def test_the_waits_grow_over_all_profiles() -> None:
    it = plan(A, B, attempts=1)
    dues = []
    for _ in range(5):
        dues.append(it.due)
        fail(it)

    assert dues == [0, 10, 30, 70, 150]


def test_after_a_lost_connection_the_same_profile_comes_first_after_the_least_wait() -> None:
    it = plan(A, B, attempts=1)
    fail(it)
    dial(it)
    it.connected()
    it.lost(1000, 0.0)

    assert it.due == 1010
    attempt = dial(it)
    assert (attempt.profile, attempt.number, attempt.reason) == (B, 1, DialReason.LOST)


def test_a_connection_of_no_use_is_not_dialled() -> None:
    it = plan(A)
    dial(it)
    it.connected()
    it.lost(100, 0.0, not_before=500)

    assert it.due == 500


@pytest.mark.requirement("B10.FR.07")
@pytest.mark.requirement("B10.FR.09")
def test_the_last_good_profile_is_in_every_round_though_in_no_list() -> None:
    it = plan(A)
    dial(it)
    it.connected()
    it.set_profiles([B, C])
    it.begin(0)

    assert slots(fail(it, 8)) == [1, 1, 2, 2, 0, 0, 1, 1]


@pytest.mark.requirement("B10.FR.07")
@pytest.mark.requirement("B10.FR.08")
def test_once_all_have_failed_the_last_good_profile_comes_first_in_every_further_round() -> None:
    it = plan(C)
    dial(it)
    it.connected()
    it.set_profiles([A, B, C])
    it.begin(0)

    assert slots(fail(it, 16)) == [0, 0, 1, 1, 2, 2, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0]


def test_a_lost_connection_begins_a_round_with_its_own_profile() -> None:
    it = plan(A, B, C, attempts=1)
    fail(it)
    dial(it)
    it.connected()
    it.lost(1000, 0.0)

    assert slots(fail(it, 6)) == [1, 0, 2, 1, 0, 2]


def test_a_profile_that_can_do_no_better_loses_its_turn() -> None:
    it = plan(A, B, attempts=3)
    dial(it)
    it.failed(0, 0.0, skip=True)

    assert dial(it).profile == B


def test_a_profile_that_is_asked_for_is_dialled_at_once_and_left_again_if_it_fails() -> None:
    it = plan(A, B)
    dial(it)
    it.connected()
    it.switch(C, 50)

    assert not it.busy
    assert it.due == 50
    tries = fail(it, 3)
    assert slots(tries) == [2, 2, 0]
    assert [each.reason for each in tries[::2]] == [DialReason.SWITCH, DialReason.FALL_BACK]


def test_asked_for_two_profiles_in_a_row_it_falls_back_to_the_one_that_worked() -> None:
    it = plan(A)
    dial(it)
    it.connected()
    it.switch(B, 0)
    it.switch(C, 0)

    assert slots(fail(it, 3)) == [2, 2, 0]


def test_a_profile_that_is_asked_for_and_works_stays() -> None:
    it = plan(A, B)
    dial(it)
    it.connected()
    it.switch(C, 0)
    dial(it)
    it.connected()
    it.lost(0, 0.0)

    assert it.last_good == C
    assert slots(fail(it, 3)) == [2, 2, 0]


def test_offline_on_purpose_it_stays_away_and_comes_back_without_waiting() -> None:
    it = plan(A)
    fail(it, 3)
    it.go_offline()
    away = it.due
    it.go_online(99)

    assert away is None
    assert it.due == 99
    fail(it)
    assert it.due == 99 + 10


def test_to_go_online_changes_nothing_where_there_is_a_connection() -> None:
    it = plan(A)
    dial(it)
    it.connected()
    it.go_online(5)

    assert it.busy


def test_holds_add_up() -> None:
    it = plan(A)
    it.hold()
    it.hold()
    it.release()
    held = it.due
    it.release()

    assert held is None
    assert it.due == 0
    with pytest.raises(RuntimeError, match="held"):
        it.release()


def test_what_is_hung_up_is_dialled_again_at_once() -> None:
    it = plan(A, B)
    dial(it)
    it.connected()
    it.hang_up(7)

    assert it.due == 7
    assert dial(it).reason is DialReason.RECONNECT


def test_an_attempt_before_its_time_is_a_programming_fault() -> None:
    it = plan(A)
    fail(it)

    with pytest.raises(RuntimeError, match="no attempt is due"):
        it.attempt(9.9)


@pytest.mark.parametrize("wrong", [{"profiles": []}, {"attempts": 0}])
def test_a_plan_without_a_way_is_refused(wrong: dict[str, Any]) -> None:
    backoff = Backoff(wait_minimum_s=1, random_range_s=1, repeat_times=1)
    settings: dict[str, Any] = {"profiles": [A], "attempts": 1, "backoff": backoff, **wrong}

    with pytest.raises(ValueError, match="at least"):
        Connectivity(**settings)


# What may happen to a plan; a success is followed by the loss of the connection.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "fail", "fail", "skip", "work", "switch", "restart", "away"]),
        st.floats(0, 1, exclude_max=True),
    ),
    max_size=40,
)


@given(
    count=st.integers(1, 3),
    attempts=st.integers(1, 3),
    minimum=st.integers(0, 50),
    spread=st.integers(0, 50),
    repeat=st.integers(0, 4),
    steps=STEPS,
)
def test_waits_stay_in_bounds_and_no_profile_starves(
    *, count: int, attempts: int, minimum: int, spread: int, repeat: int, steps: Any
) -> None:
    profiles = [A, B, C][:count]
    extra = NetworkProfile(slot=9, url="wss://elsewhere")
    it = Connectivity(
        profiles=profiles,
        attempts=attempts,
        backoff=Backoff(wait_minimum_s=minimum, random_range_s=spread, repeat_times=repeat),
    )
    it.begin(0)
    now, waits = 0.0, 0
    for step, random in steps:
        assert it.due is not None
        assert it.due >= now
        now = it.due
        match step:
            case "switch":
                it.switch(extra, now)
                waits = 0
            case "restart":
                it.begin(now)
                waits = 0
            case "away":
                it.go_offline()
                assert it.due is None
                it.go_online(now)
                waits = 0
            case _:
                attempt = it.attempt(now)
                assert 1 <= attempt.number <= attempts
                if step == "work":
                    it.connected()
                    it.lost(now, random)
                    waits = 1
                else:
                    it.failed(now, random, skip=step == "skip")
                    waits += 1
                least = minimum * 2 ** min(waits - 1, repeat)
                assert it.due is not None
                assert now + least <= it.due <= now + least + spread
    # Enough for whoever was asked for, the rest of a turn, and a round with the last good one.
    tried = set()
    for _ in range(attempts * (count + 3)):
        assert it.due is not None
        now = it.due
        tried.add(it.attempt(now).profile)
        it.failed(now, 0.0)
    assert tried >= set(profiles)
