from __future__ import annotations

import pytest

from ocppkit.simulation import SimulatedEv, SimulatedHardware, SimulatedMeter
from ocppkit.station import Environment


def test_a_meter_adds_up_power_over_time() -> None:
    now = [0.0]
    meter = SimulatedMeter(monotonic=lambda: now[0], energy_wh=100)
    meter.set_power(3600, phases=1)
    now[0] = 10
    meter.set_power(0, phases=0)
    now[0] = 20

    assert meter.read().energy_wh == pytest.approx(110)
    assert meter.read().power_w == 0


def test_a_meter_tells_the_current_of_each_phase() -> None:
    meter = SimulatedMeter(monotonic=lambda: 0.0)
    meter.set_power(2300, phases=1)

    assert meter.read().current_a == (10, 0, 0)
    assert meter.read().voltage_v == (230, 230, 230)


def test_an_ev_takes_no_more_than_it_is_offered_nor_than_it_can() -> None:
    ev = SimulatedEv(max_power_w=11_000)

    assert ev.power(6_000) == 6_000
    assert ev.power(22_000) == 11_000


def test_an_ev_takes_less_as_it_gets_full_and_then_nothing() -> None:
    ev = SimulatedEv(battery_wh=10_000, stored_wh=9_000, max_power_w=10_000)
    before = ev.power(22_000)
    taken = ev.charge(5_000)

    assert before == pytest.approx(5_000)
    assert taken == 1_000
    assert ev.soc == 100
    assert ev.power(22_000) == 0


def test_the_same_seed_brings_the_same_ev() -> None:
    assert SimulatedEv.arriving(1) == SimulatedEv.arriving(1)
    assert len({str(SimulatedEv.arriving(seed)) for seed in range(9)}) > 1


async def test_a_locked_cable_keeps_the_ev_here() -> None:
    hardware = SimulatedHardware(environment=Environment())
    await hardware.lock(1, 1)

    with pytest.raises(RuntimeError, match="locked"):
        await hardware.depart()


@pytest.mark.parametrize("lockless", [frozenset(), frozenset({(1, 1)})])
async def test_a_connector_without_a_lock_is_never_locked(
    lockless: frozenset[tuple[int, int]],
) -> None:
    heard: list[str] = []
    hardware = SimulatedHardware(lockless=lockless)
    hardware.listen(lambda happening: heard.append(happening.kind))

    assert await hardware.lock(1, 1)
    assert hardware.locked(1) is not bool(lockless)
    assert await hardware.unlock(1, 1)
    assert heard == ([] if lockless else ["lock", "lock"])
