"""The EV obeys what it is offered, whatever it is and whatever is offered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.simulation.ev import Draw, EvKind, Supply
from ocppkit.station.hardware import Offer
from ocppkit.station.metering import Quantity
from ocppkit.testing import advance, settle, virtual_environment

TOLERANCE = 1 + 1e-9

powers = st.floats(0, 400_000)
currents = st.floats(0, 500)
offers = st.builds(
    Offer,
    power_w=st.none() | powers,
    current_a=st.none() | currents,
    phases=st.none() | st.integers(1, 3),
    phase_to_use=st.none() | st.integers(1, 3),
)
supplies = st.builds(
    Supply,
    max_power_w=powers,
    phases=st.sampled_from([0, 1, 3]),
    voltage_v=st.sampled_from([120.0, 230.0, 400.0]),
)
evs = st.builds(
    SimulatedEv,
    kind=st.sampled_from(EvKind),
    battery_wh=st.floats(1, 100_000),
    stored_wh=st.floats(0, 100_000),
    max_power_w=st.floats(1, 400_000),
    max_current_a=st.floats(1, 500),
    min_current_a=st.floats(0, 16),
    phases=st.integers(1, 3),
    demand_w=st.none() | powers,
)


@given(evs, offers, supplies)
def test_an_ev_never_takes_more_than_any_limit(
    ev: SimulatedEv, offer: Offer, supply: Supply
) -> None:
    draw = ev.draw(offer, supply)
    current = draw.power_w / (supply.voltage_v * (draw.phases or 1))

    assert 0 <= draw.power_w <= supply.max_power_w * TOLERANCE
    assert draw.power_w <= ev.max_power_w * TOLERANCE
    if offer.power_w is not None:
        assert draw.power_w <= offer.power_w * TOLERANCE
    if offer.current_a is not None:
        assert current <= offer.current_a * TOLERANCE
    if ev.demand_w is not None:
        assert draw.power_w <= ev.demand_w * TOLERANCE
    assert draw.phases <= min(ev.phases, supply.phases)
    if offer.phases is not None:
        assert draw.phases <= offer.phases
    if offer.nothing:
        assert draw.power_w == 0


@pytest.mark.parametrize("phases", [0, 3])
def test_an_ev_that_draws_no_current_takes_nothing(phases: int) -> None:
    ev = SimulatedEv.described({"current_a": 0})

    assert ev.draw(Offer(), Supply(phases=phases)) == Draw()


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_the_phase_that_is_to_be_used_is_used(phase: int) -> None:
    draw = SimulatedEv(phases=3).draw(Offer(power_w=7000, phase_to_use=phase), Supply())

    assert draw == Draw(power_w=7000, phases=1, first_phase=phase)


@given(st.floats(1, 100_000), st.floats(0, 100_000), st.lists(st.floats(0, 50_000), max_size=9))
def test_a_battery_never_holds_more_than_it_can(
    battery_wh: float, stored_wh: float, charged: list[float]
) -> None:
    ev = SimulatedEv(battery_wh=battery_wh, stored_wh=min(stored_wh, battery_wh))
    for energy_wh in charged:
        ev.charge(energy_wh)

    assert ev.stored_wh <= battery_wh * TOLERANCE
    assert ev.soc <= 100


def test_an_ev_that_is_offered_less_than_its_least_current_takes_nothing() -> None:
    ev = SimulatedEv(phases=3, min_current_a=6)

    assert ev.draw(Offer(current_a=5.9), Supply()) == Draw()
    assert ev.draw(Offer(current_a=6), Supply()).power_w == pytest.approx(6 * 690)


def test_a_described_ev_keeps_what_iso_15118_needs() -> None:
    ev = SimulatedEv.described(
        {"kind": "iso15118", "payment": "contract", "transfer": "DC", "emaid": "DE1"}
    )

    assert (ev.kind, ev.payment, ev.transfer, ev.emaid) == ("iso15118", "contract", "DC", "DE1")


@given(st.lists(st.tuples(offers, st.floats(0.1, 60)), min_size=1, max_size=6), st.integers(0, 99))
async def test_what_the_meter_counts_was_offered(
    plan: list[tuple[Offer, float]], seed: int
) -> None:
    hardware = SimulatedHardware(environment=virtual_environment(), step=10)
    await hardware.arrive(SimulatedEv.arriving(seed))
    for offer, seconds in plan:
        before = (await hardware.meter(1)).energy_wh
        await hardware.allow_charging(1, offer)
        await advance(seconds)
        counted = (await hardware.meter(1)).energy_wh - before
        limit = 22_000.0 if offer.power_w is None else min(offer.power_w, 22_000.0)

        assert counted <= limit * seconds / 3600 * TOLERANCE + 1e-9
    hardware.close()
    await settle()


async def test_an_ev_fills_up_and_suspends() -> None:
    hardware = SimulatedHardware(environment=virtual_environment())
    ev = SimulatedEv(battery_wh=1000, stored_wh=900, max_power_w=7000, phases=1)
    await hardware.arrive(ev)
    await hardware.allow_charging(1, Offer())
    await advance(3600)
    reading = await hardware.meter(1)
    hardware.close()

    assert reading.soc == 100
    assert reading.power_w == 0
    assert reading.energy_wh == pytest.approx(100, abs=2)


async def test_a_meter_shows_every_quantity_in_one_form() -> None:
    hardware = SimulatedHardware()
    reading = await hardware.meter(1)
    values: list[Any] = [(each.quantity, each.phase) for each in reading.measured()]

    assert values[0] == (Quantity.ENERGY_ACTIVE_IMPORT_REGISTER, None)
    assert (Quantity.VOLTAGE, "L3-N") in values
    assert (Quantity.POWER_ACTIVE_IMPORT, "L1") in values
    assert len(values) == len(set(values))
