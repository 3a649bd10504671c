"""E: what events tell beside: phases, cable, time; and what gives way where memory is short."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, Offer
from ocppkit.station.recorder import MOST_SAMPLES

V201 = Version.V201
ABC = IdToken("ABC")


def told(world: Any, name: str) -> list[Any]:
    return [each.get(name) for each in world.sent("TransactionEvent")]


@pytest.mark.requirement("E02.FR.18", "E03.FR.13")
@pytest.mark.parametrize("token_first", [True, False])
@pytest.mark.parametrize("phases", [1, 3])
async def test_the_number_of_phases_is_told_once_energy_flows(
    world: Any, phases: int, token_first: bool
) -> None:
    async with world(V201).running() as it:
        if token_first:
            await it.station.evse(1).token_presented(ABC)
        await it.hardware.arrive(SimulatedEv(start_delay=1, phases=phases))
        if not token_first:
            await it.station.evse(1).token_presented(ABC)
        await it.advance(1)
        await it.hardware.ev_power(1, 0)
        await it.hardware.ev_power(1, 5000)
        await it.settle()

    assert told(it, "numberOfPhasesUsed") == [None, None, phases, None, None]
    assert it.sent("TransactionEvent")[2]["transactionInfo"]["chargingState"] == "Charging"


@pytest.mark.requirement("E02.FR.19", "E03.FR.14")
@pytest.mark.parametrize("interval", ["0", "10"])
async def test_another_number_of_phases_is_told(world: Any, interval: str) -> None:
    async with world(V201).running() as it:
        await it.set_variable("SampledDataCtrlr", "TxUpdatedInterval", interval)
        await it.charge()
        await it.station.evse(1).limit(Offer(phases=1))
        await it.advance(20)

    assert [phases for phases in told(it, "numberOfPhasesUsed") if phases] == [3, 1]


async def test_a_meter_that_does_not_know_its_phases_tells_none(world: Any) -> None:
    async with world(V201).running() as it:
        await it.hardware.arrive(SimulatedEv(start_delay=1000))
        await it.station.evse(1).token_presented(ABC)
        await it.station.evse(1).ev_resumed()
        await it.settle()

    assert set(told(it, "numberOfPhasesUsed")) == {None}


async def test_the_cable_is_told_of_with_its_connector(world: Any) -> None:
    async with world(V201).running() as it:
        await it.station.evse(1).token_presented(ABC)
        await it.station.evse(1).plugged_in(cable_max_current_a=32)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert told(it, "cableMaxCurrent") == [None, 32, None]


async def test_the_time_that_energy_flowed_is_told(world: Any) -> None:
    async with world(V201).running() as it:
        await it.charge()
        await it.advance(100)
        await it.hardware.ev_power(1, 0)
        await it.advance(500)
        await it.hardware.ev_power(1, 5000)
        await it.advance(60)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    times = [info.get("timeSpentCharging") for info in told(it, "transactionInfo")]
    assert times == [None, None, None, 100, 100, 160]


async def present(world: Any) -> None:
    await world.station.evse(1).token_presented(ABC)


async def unplug(world: Any) -> None:
    await world.station.evse(1).unplugged()


async def end_session(world: Any) -> None:
    await world.hardware.ev_stops(1)


async def present_offline(world: Any) -> None:
    world.down = True
    await world.drop()
    await present(world)
    world.down = False
    await world.advance(60)


@pytest.mark.parametrize(
    ("step", "stops_unplugged"),
    [
        pytest.param(
            present,
            True,
            marks=pytest.mark.requirement("E06.FR.12", "E06.FR.13", "E07.FR.09", "E07.FR.10"),
        ),
        pytest.param(
            present_offline,
            True,
            marks=pytest.mark.requirement("E08.FR.10", "E08.FR.11", "E12.FR.08", "E12.FR.09"),
        ),
        pytest.param(unplug, True, marks=pytest.mark.requirement("E09.FR.06", "E09.FR.07")),
        pytest.param(unplug, False, marks=pytest.mark.requirement("E10.FR.05", "E10.FR.06")),
        pytest.param(end_session, True, marks=pytest.mark.requirement("E15.FR.02", "E15.FR.03")),
    ],
)
async def test_of_too_many_samples_every_second_one_gives_way(
    world: Any, step: Callable[[Any], Awaitable[None]], stops_unplugged: bool
) -> None:
    async with world(V201).running() as it:
        words = "true" if stops_unplugged else "false"
        await it.set_variable("TxCtrlr", "StopTxOnEVSideDisconnect", words)
        await it.set_variable("SampledDataCtrlr", "TxEndedInterval", "1")
        await it.charge()
        await it.advance(120)
        await step(it)
        await it.settle()

    ended = it.sent("TransactionEvent")[-1]
    values = ended["meterValue"]
    found = [value["sampledValue"][0]["context"] for value in values]
    between = [value["timestamp"][17:19] for value in values[1:-1]]
    assert ended["eventType"] == "Ended"
    assert (found[0], found[-1]) == ("Transaction.Begin", "Transaction.End")
    assert 50 < len(between) < MOST_SAMPLES
    assert len(set(between)) < len(between)  # of more than one minute: none end is left out
