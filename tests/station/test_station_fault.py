"""Faults of the station as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    StationDescription,
    TokenOutcome,
)

V16, V201 = Version.V16, Version.V201
BOTH = pytest.mark.parametrize("version", list(Version))
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
POWER = Fault(kind=FaultKind.UNDER_VOLTAGE, info="phase L2 is missing")
GROUND = Fault(kind=FaultKind.GROUND_FAILURE)
XYZ = IdToken("XYZ")


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(V16, description=TWO).running() as running:
        yield running


def told(it: Any, connector: int) -> list[tuple[str, str]]:
    """Status and error of a 1.6 connector, in order."""
    sent = it.sent("StatusNotification")
    return [
        (each["status"], each["errorCode"]) for each in sent if each["connectorId"] == connector
    ]


@pytest.mark.requirement("1.6 §4.9", "1.6 StatusNotification")
async def test_4_9_connector_0_is_faulted_with_the_station_and_comes_back(two: Any) -> None:
    await two.station.fault(POWER)
    await two.settle()
    during = [each for each in two.sent("StatusNotification") if each["connectorId"] == 0][-1]
    await two.station.fault_cleared()
    await two.settle()

    assert during["info"] == "phase L2 is missing"
    for connector in (0, 1, 2):
        assert told(two, connector) == [
            ("Available", "NoError"),
            ("Faulted", "UnderVoltage"),
            ("Available", "NoError"),
        ]


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_connector_0_is_unavailable_again_after_a_fault(two: Any) -> None:
    await two.call("ChangeAvailability", connectorId=0, type="Inoperative")
    await two.station.fault(POWER)
    await two.station.fault_cleared(kind=FaultKind.UNDER_VOLTAGE)
    await two.settle()

    assert [status for status, _ in told(two, 0)] == [
        "Available",
        "Unavailable",
        "Faulted",
        "Unavailable",
    ]


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_connector_0_has_nothing_to_do_with_the_fault_of_an_evse(two: Any) -> None:
    await two.station.evse(1).fault(GROUND)
    await two.settle()

    assert told(two, 0) == [("Available", "NoError")]


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_a_connector_keeps_its_own_fault_when_the_stations_is_over(two: Any) -> None:
    await two.station.evse(1).fault(POWER)
    await two.station.evse(2).fault(GROUND)
    await two.station.fault(POWER)
    await two.settle()
    during = [told(two, number)[-1] for number in (0, 1, 2)]
    await two.station.fault_cleared()
    await two.settle()

    assert during == [
        ("Faulted", "UnderVoltage"),
        ("Faulted", "UnderVoltage"),
        ("Faulted", "GroundFailure"),
    ]
    assert told(two, 0)[-1] == ("Available", "NoError")
    assert told(two, 1)[-1] == ("Faulted", "UnderVoltage")
    assert told(two, 2)[-1] == ("Faulted", "GroundFailure")


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_of_several_faults_of_the_station_each_has_to_go(two: Any) -> None:
    await two.station.fault(POWER)
    await two.station.fault(GROUND)
    await two.station.fault(GROUND)
    await two.settle()
    await two.station.fault_cleared(kind=FaultKind.GROUND_FAILURE)
    await two.settle()

    assert [error for _, error in told(two, 0)] == [
        "NoError",
        "UnderVoltage",
        "GroundFailure",
        "UnderVoltage",
    ]


@pytest.mark.requirement("1.6 §4.9", "1.6 §4.2")
async def test_4_9_a_fault_of_before_the_boot_is_told_after_it(world: Any) -> None:
    it = world(V16, description=TWO)
    it.boot["status"] = "Pending"
    async with it.running():
        await it.station.fault(POWER)
        it.boot["status"] = "Accepted"
        await it.advance(300)

        assert told(it, 0) == told(it, 1) == [("Faulted", "UnderVoltage")]


@BOTH
@pytest.mark.requirement("1.6 §4.9", "G01.FR.01")
async def test_nobody_charges_while_the_station_is_faulted(world: Any, version: Version) -> None:
    it = world(version, description=TWO)
    async with it.running():
        await it.charge()
        await it.station.fault(POWER)
        await it.settle()
        ended = it.station.evse(1).transaction
        refused = await it.station.evse(2).token_presented(XYZ)
        await it.station.fault_cleared()
        accepted = await it.station.evse(2).token_presented(XYZ)

        assert ended is None
        assert refused is TokenOutcome.REFUSED
        assert accepted is TokenOutcome.ACCEPTED


@pytest.mark.requirement("G01.FR.01", "G04.FR.07")
async def test_in_2_0_1_the_station_is_faulted_and_its_connectors_are_unavailable(
    world: Any,
) -> None:
    it = world(V201, description=TWO)

    async def state() -> str:
        variable = {
            "component": {"name": "ChargingStation"},
            "variable": {"name": "AvailabilityState"},
        }
        answer = await it.call("GetVariables", getVariableData=[variable])
        value: str = answer["getVariableResult"][0]["attributeValue"]
        return value

    async with it.running():
        await it.station.fault(POWER)
        await it.settle()
        during = await state()
        await it.station.fault_cleared()
        await it.settle()
        sent = it.sent("StatusNotification")

        assert during == "Faulted"
        assert await state() == "Available"
        for evse in (1, 2):
            statuses = [each["connectorStatus"] for each in sent if each["evseId"] == evse]
            assert statuses == ["Available", "Unavailable", "Available"]


async def test_the_simulated_equipment_has_such_faults(world: Any) -> None:
    it = world(V16, description=TWO)
    async with it.running():
        await it.hardware.arrive(SimulatedEv())
        await it.hardware.set_fault(POWER, evse=0)
        await it.settle()
        during = told(it, 0)[-1]
        await it.hardware.clear_fault(evse=0)
        await it.settle()

        assert during == ("Faulted", "UnderVoltage")
        assert told(it, 0)[-1] == ("Available", "NoError")
