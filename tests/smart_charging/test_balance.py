"""How EVSEs share a capacity: never too much, nothing wasted, always the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.smart_charging.balance import Demand, FairByPriority, is_sound


def demand(evse: int, wants: int, **more: int) -> Demand:
    return Demand(evse=evse, wants=wants, **more)


def share(capacity: int | None, *demands: Demand) -> dict[int, int]:
    return dict(FairByPriority().share(capacity, demands))


@st.composite
def demands(draw: st.DrawFn, *, priorities: int = 3, minimum: int = 100) -> list[Demand]:
    count = draw(st.integers(0, 6))
    amount = st.integers(0, 400)
    return [
        Demand(
            evse=evse,
            wants=draw(amount),
            minimum=draw(st.integers(0, minimum)),
            priority=draw(st.integers(-priorities, priorities)),
            since=draw(st.integers(0, 3)),
        )
        for evse in range(1, count + 1)
    ]


capacities = st.integers(0, 1500)


def left_over(capacity: int, wanted: Sequence[Demand]) -> int:
    return capacity - sum(share(capacity, *wanted).values())


@given(capacities, demands())
def test_together_they_never_have_more_than_there_is(capacity: int, wanted: list[Demand]) -> None:
    shares = share(capacity, *wanted)

    assert sum(shares.values()) <= capacity
    assert is_sound(shares, capacity, wanted)


@given(capacities, demands())
def test_what_is_left_over_is_of_use_to_nobody(capacity: int, wanted: list[Demand]) -> None:
    shares, left = share(capacity, *wanted), left_over(capacity, wanted)

    for each in wanted:
        satisfied = shares[each.evse] == each.wants
        too_little = shares[each.evse] == 0 and left < min(each.minimum, each.wants)
        assert left == 0 or satisfied or too_little


@given(capacities, demands())
def test_who_has_anything_has_his_minimum(capacity: int, wanted: list[Demand]) -> None:
    shares = share(capacity, *wanted)

    for each in wanted:
        assert shares[each.evse] == 0 or shares[each.evse] >= min(each.minimum, each.wants)


@given(capacities, capacities, demands(priorities=0))
def test_more_capacity_never_serves_less(one: int, other: int, wanted: list[Demand]) -> None:
    low, high = sorted((one, other))

    assert sum(share(low, *wanted).values()) <= sum(share(high, *wanted).values())


@given(capacities, capacities, demands(priorities=0, minimum=0))
def test_without_minima_nobody_loses_by_more_capacity(
    one: int, other: int, wanted: list[Demand]
) -> None:
    low, high = sorted((one, other))
    before, after = share(low, *wanted), share(high, *wanted)

    assert all(before[evse] <= after[evse] for evse in before)


@given(capacities, demands(), st.randoms(use_true_random=False))
def test_the_order_of_the_demands_does_not_matter(
    capacity: int, wanted: list[Demand], chance: object
) -> None:
    shuffled = list(wanted)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random of hypothesis

    assert share(capacity, *wanted) == share(capacity, *shuffled)


@given(capacities, demands())
def test_a_higher_priority_has_what_it_would_have_alone(
    capacity: int, wanted: list[Demand]
) -> None:
    top = max((each.priority for each in wanted), default=0)
    first = [each for each in wanted if each.priority == top]
    shares = share(capacity, *wanted)

    assert share(capacity, *first) == {each.evse: shares[each.evse] for each in first}


@given(demands())
def test_without_a_limit_all_have_what_they_want(wanted: list[Demand]) -> None:
    assert share(None, *wanted) == {each.evse: each.wants for each in wanted}


def test_equals_share_fairly_and_what_one_does_not_need_goes_to_the_others() -> None:
    shares = share(600, demand(1, 320), demand(2, 100), demand(3, 320))

    assert shares == {1: 250, 2: 100, 3: 250}


def test_tenths_that_do_not_go_round_go_to_who_came_first() -> None:
    shares = share(32, demand(1, 320, since=2), demand(2, 320, since=1), demand(3, 320, since=3))

    assert shares == {1: 11, 2: 11, 3: 10}


@pytest.mark.requirement("K03.FR.04")
def test_a_higher_priority_is_met_even_if_others_are_suspended() -> None:
    shares = share(400, demand(1, 320, minimum=60), demand(2, 320, minimum=60, priority=5))

    assert shares == {1: 80, 2: 320}
    assert share(350, demand(1, 320, minimum=60), demand(2, 320, priority=5)) == {1: 0, 2: 320}


@pytest.mark.requirement("K03.FR.07")
@pytest.mark.requirement("K01.FR.21")
def test_where_not_all_can_have_their_minimum_who_came_last_is_suspended() -> None:
    wanted = [demand(each, 320, minimum=60, since=each) for each in (1, 2, 3)]

    assert share(170, *wanted) == {1: 85, 2: 85, 3: 0}
    assert share(180, *wanted) == {1: 60, 2: 60, 3: 60}


def test_who_needs_less_than_one_who_is_suspended_may_still_be_served() -> None:
    shares = share(100, demand(1, 320, minimum=90), demand(2, 320, minimum=50), demand(3, 10))

    assert shares == {1: 90, 2: 0, 3: 10}


@pytest.mark.parametrize("shares", [{1: 11}, {2: 1}, {1: -1}, {1: True}, {1: 6, 3: 6}])
def test_a_strategy_that_breaks_its_word_is_found_out(shares: dict[int, int]) -> None:
    assert not is_sound(shares, 10, [demand(1, 10), demand(3, 10)])
