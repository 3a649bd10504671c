"""Limits in tenths, and what several of them come to."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from ocppkit.smart_charging import Supply, Unit
from ocppkit.smart_charging import cap as module
from ocppkit.smart_charging.cap import NO_CAP, Cap, Caps, cap, fixed_cap, least, tenths

THREE = Supply()


@pytest.mark.parametrize(
    ("limit", "expected"), [("16.1", 161), ("16.19", 161), ("0.09", 0), ("0", 0), ("1e5", 1000000)]
)
def test_a_limit_is_whole_tenths_and_never_more_than_was_set(limit: str, expected: int) -> None:
    assert tenths(Decimal(limit)) == expected


def test_the_lower_of_two_is_not_the_one_that_limits_nothing() -> None:
    assert least(1, 2) == least(2, 1) == least(None, 1) == least(1, None) == 1
    assert least(None, None) is None


def test_watts_count_on_the_phases_of_the_profile_and_not_on_those_in_use() -> None:
    one = cap(Unit.W, Decimal(6900), Supply(phases=1), phases=3)

    assert (one.watts, one.watts_each, one.phases) == (69000, 100, 1)


def test_a_fixed_limit_counts_on_the_phases_that_there_are() -> None:
    assert fixed_cap(Supply(phases=1), None, Decimal(2300)).watts_each == 100
    assert fixed_cap(Supply(phases=3, dc=True), None, Decimal(2300)).watts_each == 100
    assert fixed_cap(THREE, Decimal(16), None) == Cap(amperes=160)


def test_equal_caps_have_one_number() -> None:
    caps = Caps(THREE)

    assert caps.number(Cap(amperes=160)) == caps.number(Cap(amperes=160)) != NO_CAP
    assert caps.number(Cap()) == NO_CAP


def test_the_order_in_which_caps_meet_does_not_matter() -> None:
    several = [
        cap(Unit.A, Decimal(16), THREE, phases=1, phase_to_use=2),
        cap(Unit.W, Decimal(3000), THREE, phases=1),
        cap(Unit.A, Decimal(10), THREE),
        cap(Unit.W, Decimal(9000), THREE, phases=3),
    ]

    found = set()
    for order in permutations(several):
        caps, number = Caps(THREE), NO_CAP
        for each in order:
            number = caps.lowest(number, caps.number(each))
        found.add(caps.table[number])

    assert found == {Cap(100, 30000, 130, 1, stated=True, phase_to_use=2)}


def test_a_cap_with_nothing_is_itself() -> None:
    caps = Caps(THREE)
    number = caps.number(Cap(amperes=160))

    assert caps.lowest(number, NO_CAP) == caps.lowest(NO_CAP, number) == number
    assert caps.lowest(number, number) == number


def test_no_third_cap_resolves_a_conflict_of_phases() -> None:
    caps = Caps(THREE)
    numbers = [
        caps.number(cap(Unit.A, Decimal(16), THREE, phases=1, phase_to_use=phase))
        for phase in (1, 2, 1)
    ]

    conflict = caps.lowest(caps.lowest(numbers[0], numbers[1]), numbers[2])

    assert caps.limits(Unit.A)[conflict] == caps.limits(Unit.W)[conflict] == (0, 1)


def test_limits_are_known_of_caps_that_came_later() -> None:
    caps = Caps(THREE)
    assert caps.limits(Unit.A) == [(None, None)]

    caps.number(Cap(amperes=160))

    assert caps.limits(Unit.A) == [(None, None), (160, None)]
    assert caps.limits(Unit.W) == [(None, None), (110400, None)]


def test_what_was_put_together_is_let_go_once_it_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SPARE", 2)
    caps = Caps(THREE)
    low, high = caps.number(Cap(amperes=60)), caps.number(Cap(watts=90000, watts_each=130))
    caps.keep()
    both = caps.lowest(low, high)
    caps.trim()
    assert len(caps.table) == 4  # not much yet

    for amperes in range(100, 103):
        caps.lowest(both, caps.number(Cap(amperes=amperes)))
    caps.limits(Unit.A)
    caps.trim()

    assert caps.table == [Cap(), Cap(amperes=60), Cap(watts=90000, watts_each=130)]
    assert len(caps.limits(Unit.A)) == 3
    assert caps.table[caps.lowest(low, high)] == Cap(60, 90000, 130)
