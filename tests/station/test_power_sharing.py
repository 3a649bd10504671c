"""What offers mean on the grid, and how they are shared."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.smart_charging.instant import Allowed
from ocppkit.smart_charging.model import Unit
from ocppkit.station import Offer
from ocppkit.station.power_sharing import Amount, Capacity, Feed, Taker, offers, squeezed

THREE = Feed(voltage=Fraction(230), grid_phases=3, phases=3, max_power_w=22_000.0)
ONE = Feed(voltage=Fraction(230), grid_phases=3, phases=1, max_power_w=7_400.0)
DC = Feed(voltage=Fraction(230), grid_phases=3, phases=0, max_power_w=50_000.0)

_FEEDS = st.sampled_from([THREE, ONE, DC])
_TENTHS = st.integers(0, 700).map(lambda tenths: tenths / 10)
_OFFERS = st.builds(
    Offer,
    current_a=st.none() | _TENTHS,
    power_w=st.none() | st.integers(0, 60_000).map(float),
    phases=st.none() | st.integers(1, 3),
)
_CAPACITIES = st.builds(
    Capacity,
    amperes=st.none() | st.integers(-50, 1500),
    watts=st.none() | st.integers(-50, 900_000),
)


@st.composite
def takers(draw: st.DrawFn) -> list[Taker]:
    return [
        Taker(
            evse=evse,
            feed=draw(_FEEDS),
            own=draw(_OFFERS),
            least_rate=draw(st.none() | st.just((Unit.W, Decimal(5000)))),
            priority=draw(st.integers(0, 2)),
            since=draw(st.integers(0, 2)),
        )
        for evse in range(1, draw(st.integers(0, 5)) + 1)
    ]


@pytest.mark.requirement("K04.FR.05")
@given(takers(), _CAPACITIES)
def test_offers_together_keep_every_limit(many: list[Taker], capacity: Capacity) -> None:
    found = offers(many, capacity)
    drawn = [each.feed.most(found[each.evse]) for each in many]

    assert capacity.amperes is None or sum(each.amperes for each in drawn) <= max(
        0, capacity.amperes
    )
    assert capacity.watts is None or sum(each.watts for each in drawn) <= max(0, capacity.watts)
    for each in many:
        assert found[each.evse].lowest(each.own) == found[each.evse]


@given(_FEEDS, _OFFERS, _CAPACITIES)
def test_what_is_squeezed_in_fits(feed: Feed, offer: Offer, room: Capacity) -> None:
    taker = Taker(evse=1, feed=feed, own=offer)

    assert room.holds(feed.most(squeezed(taker, offer, room)))


@pytest.mark.parametrize(
    ("feed", "offer", "amount"),
    [
        (THREE, Offer(), Amount(320, 220_000)),
        (THREE, Offer(current_a=16.1), Amount(161, 111_090)),
        (THREE, Offer(current_a=16, phases=1), Amount(160, 36_800)),
        (THREE, Offer(current_a=16, phase_to_use=2), Amount(160, 36_800)),
        (THREE, Offer(power_w=0.0), Amount(0, 0)),
        (ONE, Offer(), Amount(330, 74_000)),
        (DC, Offer(), Amount(725, 500_000)),
        (DC, Offer(power_w=6900.0), Amount(100, 69_000)),
    ],
)
def test_what_flows_at_most_under_an_offer(feed: Feed, offer: Offer, amount: Amount) -> None:
    assert feed.most(offer) == amount


def test_amperes_that_only_follow_from_watts_say_nothing_of_direct_current() -> None:
    follows = Allowed(power=Decimal(23_000), current=Decimal(100))
    given_too = Allowed(power=Decimal(23_000), current=Decimal(90))

    assert DC.offer(follows) == Offer(power_w=23_000.0)
    assert DC.offer(given_too) == Offer(power_w=23_000.0, current_a=90.0)
    assert THREE.offer(follows) == Offer(power_w=23_000.0, current_a=100.0)


def test_who_finds_less_room_than_it_needs_is_offered_nothing() -> None:
    taker = Taker(evse=1, feed=THREE, own=Offer())

    assert squeezed(taker, Offer(), Capacity(amperes=59)).nothing
    assert squeezed(taker, Offer(), Capacity(amperes=60)) == Offer(current_a=6.0)
    assert squeezed(taker, Offer(current_a=5), Capacity(amperes=50)) == Offer(current_a=5.0)


def test_the_minimum_rate_counts_in_both_units() -> None:
    assert THREE.least(Offer(), None) == Amount(60, 41_400)
    assert THREE.least(Offer(phases=1), None) == Amount(60, 13_800)
    assert THREE.least(Offer(), (Unit.A, Decimal(10))) == Amount(100, 69_000)
    assert THREE.least(Offer(), (Unit.W, Decimal(6900))) == Amount(100, 69_000)
    assert DC.least(Offer(), None) == Amount(0, 0)


def test_two_who_ask_for_different_phases_may_use_none() -> None:
    both = Offer(phase_to_use=1, current_a=16).lowest(Offer(phase_to_use=2))

    assert both.nothing
