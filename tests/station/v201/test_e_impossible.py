"""E01: what is not to be used begins no transaction, and offers no energy outside of one."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station import (
    ConnectorDescription,
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    LocalStop,
    StationDescription,
)

V201 = Version.V201
ABC = IdToken("ABC")
BROKEN = Fault(kind=FaultKind.GROUND_FAILURE)
TWO = StationDescription(
    vendor="ocppkit",
    model="Two",
    evses=(EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),),
)


class Stuck(SimulatedHardware):
    """Cannot open its power path."""

    async def stop_charging(self, evse: int) -> None:
        raise RuntimeError(evse)


async def begins_at(world: Any, start: str) -> None:
    assert await world.set_variable("TxCtrlr", "TxStartPoint", start) == "Accepted"


async def available(world: Any, status: str, place: dict[str, int] | None) -> str:
    where = {} if place is None else {"evse": place}
    answer = await world.call("ChangeAvailability", operationalStatus=status, **where)
    said: str = answer["status"]
    return said


@pytest.mark.requirement("E01.FR.02", "E02.FR.05")
@pytest.mark.parametrize("of_station", [True, False])
async def test_a_cable_at_what_is_faulted_begins_one_only_once_that_is_over(
    world: Any, of_station: bool
) -> None:
    async with world(V201).running() as it:
        faulty = it.station if of_station else it.station.evse(1)
        await begins_at(it, "EVConnected")
        await faulty.fault(BROKEN)
        await it.hardware.arrive(SimulatedEv())
        await it.settle()
        during = it.events()
        await faulty.fault_cleared()
        await it.settle()

    assert during == []
    assert "Occupied" not in it.statuses()[:-1]
    assert it.statuses()[-1] == "Occupied"
    assert it.events() == [("Started", "CablePluggedIn")]


@pytest.mark.requirement("E01.FR.01")
async def test_a_bay_of_which_one_connector_works_begins_one(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await begins_at(it, "ParkingBayOccupancy")
        await it.station.evse(1).fault(BROKEN, connector=1)
        await it.hardware.bay(1, occupied=True)
        await it.settle()

    assert it.events() == [("Started", "EVDetected")]


@pytest.mark.requirement("E01.FR.01")
async def test_a_bay_whose_evse_is_faulted_begins_one_only_once_that_is_over(world: Any) -> None:
    async with world(V201).running() as it:
        await begins_at(it, "ParkingBayOccupancy")
        await it.station.evse(1).fault(BROKEN)
        await it.hardware.bay(1, occupied=True)
        await it.settle()
        during = it.events()
        await it.station.evse(1).fault_cleared()
        await it.settle()

    assert during == []
    assert it.events() == [("Started", "EVDetected")]


@pytest.mark.requirement("E01.FR.05", "E01.FR.06")
@pytest.mark.parametrize("start", ["EVConnected", "PowerPathClosed", "EnergyTransfer"])
@pytest.mark.parametrize("place", [None, {"id": 1}, {"id": 1, "connectorId": 1}])
async def test_a_driver_whose_evse_goes_out_of_use_before_the_cable_comes_has_to_wait(
    world: Any, start: str, place: dict[str, int] | None
) -> None:
    async with world(V201).running() as it:
        await begins_at(it, start)
        await it.station.evse(1).token_presented(ABC)
        status = await available(it, "Inoperative", place)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(10)
        energized, during = it.station.evse(1).energized, it.events()
        await available(it, "Operative", place)
        await it.advance(10)

        assert (status, during) == ("Accepted", [])
        assert not energized
        assert it.station.evse(1).energized
    assert it.events()[0][0] == "Started"
    assert it.sent("TransactionEvent")[0]["idToken"]["idToken"] == "ABC"


@pytest.mark.requirement("E01.FR.03", "E01.FR.05", "E06.FR.07")
@pytest.mark.parametrize("start", ["Authorized", "PowerPathClosed"])
async def test_a_driver_who_comes_back_after_the_end_of_the_energy_begins_another(
    world: Any, start: str
) -> None:
    async with world(V201).running() as it:
        await begins_at(it, start)
        await it.set_variable("TxCtrlr", "TxStopPoint", "EnergyTransfer")
        await it.charge()
        await it.hardware.ev_power(1, 0)
        before = it.events()[-1]
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert it.station.evse(1).transaction is not None
    assert before == ("Ended", "ChargingStateChanged")
    assert it.events()[-1] == ("Started", "Authorized")


@pytest.mark.requirement("E01.FR.03", "E06.FR.01")
async def test_the_next_driver_begins_one_after_the_ev_has_left_its_bay(world: Any) -> None:
    async with world(V201).running() as it:
        await begins_at(it, "Authorized")
        await it.set_variable("TxCtrlr", "TxStopPoint", "ParkingBayOccupancy")
        await it.hardware.bay(1, occupied=True)
        await it.charge()
        await it.hardware.bay(1, occupied=False)
        before = it.events()[-1]
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert before == ("Ended", "EVDeparted")
    assert ("Started", "Authorized") in it.events()[-2:]


@pytest.mark.requirement("E01.FR.06")
async def test_energy_that_begins_to_flow_as_the_evse_is_out_of_use_is_cut(world: Any) -> None:
    async with world(V201).running() as it:
        await begins_at(it, "EnergyTransfer")
        await it.hardware.arrive(SimulatedEv(start_delay=5))
        await it.station.evse(1).token_presented(ABC)
        await available(it, "Inoperative", {"id": 1})
        await it.advance(10)
        energized, during = it.station.evse(1).energized, it.events()
        await available(it, "Operative", {"id": 1})
        await it.advance(10)

        assert (energized, during) == (False, [])
        assert it.station.evse(1).energized
    assert it.events() == [("Started", "ChargingStateChanged")]


@pytest.mark.requirement("E06.FR.08", "E07.FR.06")
@pytest.mark.parametrize("emergency", [True, False])
async def test_a_power_path_that_stays_closed_is_not_why_the_transaction_ended(
    world: Any, emergency: bool
) -> None:
    it = world(V201)
    it.hardware = it.equipment = Stuck(DEFAULT_DESCRIPTION, environment=it.environment)
    async with it.running():
        await it.charge()
        if emergency:
            await it.station.evse(1).stopped_locally(LocalStop.EMERGENCY_STOP)
        else:
            await it.station.evse(1).fault(BROKEN)
        await it.settle()

    reason = it.sent("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"]
    assert reason == ("EmergencyStop" if emergency else "GroundFault")
    assert it.statuses()[-1] == "Faulted"
