"""G01, G03 - G05: statuses, being put out of use and back, locks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, TokenOutcome
from ocppkit.station.hardware import ConnectorDescription, EvseDescription, StationDescription
from ocppkit.station.reservations import Reservation
from ocppkit.station.settings.behaviour import Storage

PAIR = EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription()))
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(PAIR, EvseDescription()))
ABC = IdToken("ABC")
ALL = [(1, 1), (1, 2), (2, 1)]


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201, description=TWO).running() as running:
        yield running


async def change(world: Any, status: str, **evse: int) -> str:
    where = {"evse": evse} if evse else {}
    answer = await world.call("ChangeAvailability", operationalStatus=status, **where)
    told: str = answer["status"]
    return told


def told(world: Any, since: int = 0) -> list[tuple[int, int, str]]:
    """Every status that was sent, from the one of this number on."""
    return [
        (each["evseId"], each["connectorId"], each["connectorStatus"])
        for each in world.sent("StatusNotification")[since:]
    ]


def now(world: Any) -> list[str]:
    """What the CSMS was told last of each connector."""
    last = {(evse, connector): status for evse, connector, status in told(world)}
    return [last[place] for place in ALL]


async def state(world: Any, component: str, **evse: int) -> str:
    named = {"name": component, **({"evse": evse} if evse else {})}
    data = [{"component": named, "variable": {"name": "AvailabilityState"}}]
    answer = await world.call("GetVariables", getVariableData=data)
    value: str = answer["getVariableResult"][0]["attributeValue"]
    return value


async def reserve(world: Any) -> None:
    """Reserve EVSE 1 for ABC for a minute."""
    expires = world.clock.utc_now() + timedelta(seconds=60)
    reservation = Reservation(id=7, expires=expires, holder="ABC", evse=1)
    await world.station._core.reservations.make(reservation)
    world.station._core.reservations.announce(reservation)
    await world.settle()


@pytest.mark.requirement("G01.FR.01", "G01.FR.03", "G01.FR.04", "G01.FR.08")
async def test_g01_a_plug_occupies_its_connector_alone(two: Any) -> None:
    start = len(two.sent("StatusNotification"))
    await two.hardware.arrive(SimulatedEv(), connector=2)
    await two.settle()
    await two.hardware.depart(connector=2)
    await two.settle()

    assert told(two, start) == [(1, 2, "Occupied"), (1, 2, "Available")]


@pytest.mark.requirement("G01.FR.09", "G03.FR.09", "G01.FR.06")
async def test_g01_a_reserved_connector_is_occupied_by_its_own_driver_only(two: Any) -> None:
    await reserve(two)
    reserved = now(two)
    await two.hardware.arrive(SimulatedEv())
    await two.settle()
    plugged = now(two)
    wrong = await two.station.evse(1).token_presented(IdToken("XYZ"))
    refused = now(two)
    right = await two.station.evse(1).token_presented(ABC)
    await two.settle()

    assert reserved == plugged == refused == ["Reserved", "Reserved", "Available"]
    assert (wrong, right) == (TokenOutcome.REFUSED, TokenOutcome.ACCEPTED)
    assert now(two) == ["Occupied", "Available", "Available"]


@pytest.mark.requirement("G01.FR.05")
async def test_g01_where_the_cable_ends_the_transaction_it_is_unavailable_then(two: Any) -> None:
    await two.set_variable("TxCtrlr", "TxStopPoint", "EVConnected")
    await two.charge()
    await change(two, "Inoperative", id=1)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()
    before = now(two)
    await two.hardware.depart()
    await two.settle()

    assert before == ["Occupied", "Available", "Available"]
    assert now(two) == ["Unavailable", "Unavailable", "Available"]


async def test_g01_states_are_read_at_every_level(two: Any) -> None:
    await two.hardware.arrive(SimulatedEv(), connector=2)
    await change(two, "Inoperative", id=2)

    assert await state(two, "ChargingStation") == "Available"
    assert (await state(two, "EVSE", id=1), await state(two, "EVSE", id=2)) == (
        "Occupied",
        "Unavailable",
    )
    assert await state(two, "Connector", id=1, connectorId=1) == "Available"
    assert await state(two, "Connector", id=1, connectorId=2) == "Occupied"


async def test_g01_a_status_that_does_not_last_is_not_told(two: Any) -> None:
    await two.set_variable("ChargingStation", "MinimumStatusDuration", "10")
    start = len(two.sent("StatusNotification"))
    await two.hardware.arrive(SimulatedEv())
    await two.advance(9)
    await two.hardware.depart()
    await two.advance(20)
    short = told(two, start)
    await two.hardware.arrive(SimulatedEv())
    await two.advance(11)

    assert short == []
    assert told(two, start) == [(1, 1, "Occupied")]


@pytest.mark.requirement("B04.FR.01")
async def test_g01_after_a_long_absence_every_connector_is_told(two: Any) -> None:
    await two.set_variable("OCPPCommCtrlr", "OfflineThreshold", "60")
    two.down = True
    await two.drop()
    await two.advance(100)
    start = len(two.sent("StatusNotification"))
    two.down = False
    await two.advance(300)

    assert [place[:2] for place in told(two, start)] == ALL


@pytest.mark.requirement("B04.FR.02")
async def test_g01_after_a_short_absence_only_what_changed(two: Any) -> None:
    await two.set_variable("OCPPCommCtrlr", "OfflineThreshold", "1000")
    two.down = True
    await two.drop()
    await two.hardware.arrive(SimulatedEv())
    start = len(two.sent("StatusNotification"))
    two.down = False
    await two.advance(300)

    assert told(two, start) == [(1, 1, "Occupied")]


@pytest.mark.requirement("G03.FR.01", "G03.FR.02", "G03.FR.04", "G03.FR.06", "G01.FR.07")
async def test_g03_an_evse_goes_with_its_connectors(two: Any) -> None:
    start = len(two.sent("StatusNotification"))
    status = await change(two, "Inoperative", id=1)

    assert status == "Accepted"
    assert told(two, start) == [(1, 1, "Unavailable"), (1, 2, "Unavailable")]


@pytest.mark.requirement("G03.FR.07")
async def test_g03_what_was_out_of_use_before_stays_so_when_the_evse_returns(two: Any) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "PowerPathClosed")
    await change(two, "Inoperative", id=1, connectorId=2)
    await two.hardware.arrive(SimulatedEv())
    await change(two, "Inoperative", id=1)
    away = now(two)
    await change(two, "Operative", id=1)

    assert away == ["Unavailable", "Unavailable", "Available"]
    assert now(two) == ["Occupied", "Unavailable", "Available"]


async def test_g03_a_cable_changes_nothing_of_what_is_unavailable(two: Any) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
    await change(two, "Inoperative", id=1)
    await two.hardware.arrive(SimulatedEv())
    await two.settle()
    away, events = now(two), two.events()
    await change(two, "Operative", id=1)

    assert away == ["Unavailable", "Unavailable", "Available"]
    assert events == []
    assert now(two) == ["Occupied", "Available", "Available"]
    assert two.events() == [("Started", "CablePluggedIn")]


@pytest.mark.requirement("G03.FR.06")
async def test_g03_a_faulted_connector_stays_faulted(two: Any) -> None:
    await two.station.evse(1).fault(Fault(kind=FaultKind.GROUND_FAILURE), connector=1)
    await change(two, "Inoperative", id=1)

    assert now(two) == ["Faulted", "Unavailable", "Available"]


@pytest.mark.requirement("G03.FR.03")
@pytest.mark.parametrize("place", [{"id": 1}, {"id": 1, "connectorId": 1}])
async def test_g03_what_is_so_already_is_accepted(two: Any, place: dict[str, int]) -> None:
    statuses = [
        await change(two, status, **place)
        for status in ("Operative", "Inoperative", "Inoperative", "Operative")
    ]

    assert statuses == ["Accepted"] * 4


@pytest.mark.requirement("G03.FR.05")
@pytest.mark.parametrize("place", [{"id": 1}, {"id": 1, "connectorId": 1}])
async def test_g03_during_a_transaction_it_waits_for_its_end(
    two: Any, place: dict[str, int]
) -> None:
    await two.set_variable("TxCtrlr", "TxStopPoint", "Authorized")
    await two.charge()
    start = len(two.sent("StatusNotification"))
    status = await change(two, "Inoperative", **place)
    during = told(two, start)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()

    assert status == "Scheduled"
    assert during == []
    assert now(two)[0] == "Unavailable"


async def test_g03_what_is_scheduled_can_be_taken_back(two: Any) -> None:
    await two.set_variable("TxCtrlr", "TxStopPoint", "Authorized")
    await two.charge()
    await change(two, "Inoperative", id=1)
    status = await change(two, "Operative", id=1)
    await two.station.evse(1).token_presented(ABC)
    await two.hardware.depart()
    await two.settle()

    assert status == "Accepted"
    assert now(two) == ["Available"] * 3


async def test_g03_a_connector_that_is_not_charged_at_goes_at_once(two: Any) -> None:
    await two.charge()

    assert await change(two, "Inoperative", id=1, connectorId=2) == "Accepted"
    assert now(two) == ["Occupied", "Unavailable", "Available"]


@pytest.mark.requirement("G03.FR.02")
async def test_g03_what_is_not_there_is_rejected(two: Any) -> None:
    assert await change(two, "Inoperative", id=3) == "Rejected"
    assert await change(two, "Inoperative", id=2, connectorId=2) == "Rejected"


@pytest.mark.requirement("G03.FR.08", "G01.FR.02", "G04.FR.09")
async def test_g03_station_evses_and_connectors_are_kept_apart_over_a_restart(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V201, description=TWO, storage=storage).running() as it:
        await change(it, "Inoperative")
        await change(it, "Inoperative", id=1, connectorId=2)
        await change(it, "Inoperative", id=2)
    async with world(Version.V201, description=TWO, storage=storage).running() as it:
        after = now(it)
        await change(it, "Operative")
        station = now(it)
        await change(it, "Operative", id=2)
        evse = now(it)
        await change(it, "Operative", id=1, connectorId=2)

        assert after == ["Unavailable"] * 3
        assert station == ["Available", "Unavailable", "Unavailable"]
        assert evse == ["Available", "Unavailable", "Available"]
        assert now(it) == ["Available"] * 3


@pytest.mark.requirement(
    "G04.FR.01", "G04.FR.02", "G04.FR.03", "G04.FR.05", "G04.FR.07", "G04.FR.08"
)
async def test_g04_the_station_goes_with_all_and_returns_them_as_they_were(two: Any) -> None:
    await change(two, "Inoperative", id=2)
    status = await change(two, "Inoperative")
    away = now(two)
    station = await state(two, "ChargingStation")
    await change(two, "Operative")

    assert status == "Accepted"
    assert away == ["Unavailable"] * 3
    assert station == "Unavailable"
    assert now(two) == ["Available", "Available", "Unavailable"]


@pytest.mark.requirement("G04.FR.04", "G04.FR.05")
@pytest.mark.parametrize("status", ["Operative", "Inoperative"])
async def test_g04_what_is_so_already_is_accepted_and_told_again(two: Any, status: str) -> None:
    await change(two, status)
    start = len(two.sent("StatusNotification"))
    answer = await change(two, status)

    assert answer == "Accepted"
    assert [place[:2] for place in told(two, start)] == ALL


@pytest.mark.requirement("G04.FR.06")
async def test_g04_during_a_transaction_only_the_other_evses_go(two: Any) -> None:
    await two.set_variable("TxCtrlr", "TxStopPoint", "Authorized")
    await two.charge()
    status = await change(two, "Inoperative")
    during = now(two)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()

    assert status == "Scheduled"
    assert during == ["Occupied", "Available", "Unavailable"]
    assert now(two) == ["Unavailable"] * 3


@pytest.mark.requirement("G04.FR.07")
async def test_g04_a_faulted_station_makes_the_rest_unavailable(two: Any) -> None:
    await two.station.evse(2).fault(Fault(kind=FaultKind.GROUND_FAILURE))
    await two.station.fault(Fault(kind=FaultKind.UNDER_VOLTAGE))
    await two.settle()

    assert now(two) == ["Unavailable", "Unavailable", "Faulted"]
    assert await state(two, "ChargingStation") == "Faulted"


@pytest.mark.requirement("G05.FR.01", "G05.FR.02")
async def test_g05_without_a_lock_nothing_is_charged_and_the_csms_is_told(two: Any) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "PowerPathClosed")
    two.hardware.lock_behaviour(evse=1, works=False)
    await two.charge()
    await two.advance(5)

    (event,) = two.sent("NotifyEvent")
    (data,) = event["eventData"]
    assert two.station.evse(1).energized is False
    assert two.events() == []
    assert (data["trigger"], data["actualValue"]) == ("Delta", "true")
    assert data["component"] == {
        "name": "ConnectorPlugRetentionLock",
        "evse": {"id": 1, "connectorId": 1},
    }
    assert data["variable"] == {"name": "Problem"}


@pytest.mark.requirement("G05.FR.02")
async def test_g05_a_lock_that_works_again_is_told_as_well(two: Any) -> None:
    two.hardware.lock_behaviour(evse=1, works=False)
    await two.charge()
    await two.hardware.depart()
    await two.settle()

    values = [each["eventData"][0]["actualValue"] for each in two.sent("NotifyEvent")]
    assert values == ["true", "false"]
