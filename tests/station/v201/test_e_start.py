"""E01 - E03: when a transaction starts, and what its first events tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    Capability,
    ConnectorDescription,
    Environment,
    EvseDescription,
    IdToken,
    StationDescription,
)
from ocppkit.station.reservations import Reservation
from ocppkit.station.transaction import TransactionPoint

from .signing import Signing

V201 = Version.V201
ABC = IdToken("ABC")
TOKEN = {"idToken": "ABC", "type": "ISO14443"}
TWO = StationDescription(
    vendor="ocppkit",
    model="Two",
    evses=(EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),),
)


async def points(world: Any, *, start: str, stop: str = "EVConnected") -> None:
    assert await world.set_variable("TxCtrlr", "TxStartPoint", start) == "Accepted"
    assert await world.set_variable("TxCtrlr", "TxStopPoint", stop) == "Accepted"


async def visit(world: Any) -> list[dict[str, Any]]:
    """Drive in, plug in, authorize and charge; what was told after each step."""
    told: list[dict[str, Any]] = []
    steps: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: world.hardware.bay(1, occupied=True),
        lambda: world.hardware.arrive(SimulatedEv(start_delay=5)),
        lambda: world.station.evse(1).token_presented(ABC),
        lambda: world.advance(5),
    )
    for number, step in enumerate(steps):
        await step()
        await world.settle()
        sent = world.sent("TransactionEvent")
        told += [{**each, "step": number} for each in sent[len(told) :]]
    return told


@pytest.mark.requirement("E01.FR.01", "E01.FR.02", "E01.FR.03", "E01.FR.05", "E01.FR.06")
@pytest.mark.requirement("E01.FR.10", "E01.FR.15", "E01.FR.16")
@pytest.mark.parametrize(
    ("start", "step", "trigger", "state"),
    [
        ("ParkingBayOccupancy", 0, "EVDetected", "Idle"),
        ("EVConnected", 1, "CablePluggedIn", "EVConnected"),
        ("Authorized", 2, "Authorized", "EVConnected"),
        ("PowerPathClosed", 2, "Authorized", "EVConnected"),
        ("EnergyTransfer", 3, "ChargingStateChanged", "Charging"),
        ("EnergyTransfer,EVConnected", 1, "CablePluggedIn", "EVConnected"),
        ("Authorized,ParkingBayOccupancy", 0, "EVDetected", "Idle"),
    ],
)
async def test_a_transaction_starts_with_the_first_of_its_points(
    world: Any, start: str, step: int, trigger: str, state: str
) -> None:
    async with world(V201).running() as it:
        await points(it, start=start)
        first, *others = await visit(it)

    assert (first["step"], first["eventType"], first["triggerReason"]) == (step, "Started", trigger)
    assert first["transactionInfo"]["chargingState"] == state
    assert {each["eventType"] for each in others} <= {"Updated"}
    everything = [first, *others]
    assert [each["idToken"] for each in everything if "idToken" in each] == [TOKEN]
    places = [each["evse"] for each in everything if "evse" in each]
    assert places[-1] == {"id": 1, "connectorId": 1}


@pytest.mark.requirement("E01.FR.04")
@pytest.mark.parametrize("remote", [False, True])
async def test_it_starts_once_the_meter_has_signed(world: Any, remote: bool) -> None:
    it = world(V201)
    it.equipment = Signing(it.hardware)
    async with it.running():
        await points(it, start="DataSigned")
        if remote:
            await it.call("RequestStartTransaction", remoteStartId=7, idToken=TOKEN)
        else:
            await it.station.evse(1).token_presented(ABC)
        before = it.events()
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(1)

    first, second = it.sent("TransactionEvent")
    assert before == []
    assert first["triggerReason"] == ("RemoteStart" if remote else "SignedDataReceived")
    assert (first["eventType"], first["idToken"]) == ("Started", TOKEN)
    assert first["evse"] == {"id": 1, "connectorId": 1}
    (value,) = first["meterValue"]
    assert value["sampledValue"][0]["context"] == "Transaction.Begin"
    assert "signedMeterData" in value["sampledValue"][0]["signedMeterValue"]
    assert second["transactionInfo"]["chargingState"] == "Charging"


async def test_a_meter_that_fails_to_sign_starts_it_with_the_energy_at_the_latest(
    world: Any,
) -> None:
    it = world(V201)
    it.equipment = Signing(it.hardware)
    it.equipment.fails = True
    async with it.running():
        await points(it, start="DataSigned")
        await it.charge()

    assert it.events() == [("Started", "ChargingStateChanged")]


@pytest.mark.parametrize("start", ["EVConnected", "ParkingBayOccupancy"])
async def test_no_energy_flows_outside_of_a_transaction(world: Any, start: str) -> None:
    async with world(V201).running() as it:
        await points(it, start=start, stop="Authorized")
        await it.charge()
        await it.station.evse(1).token_presented(ABC)
        await it.station.evse(1).token_presented(ABC)
        await it.advance(1)

    sent = it.sent("TransactionEvent")
    started = [each for each in sent if each["eventType"] == "Started"][-1]
    last, again = sent[-1]["transactionInfo"], started["transactionInfo"]
    assert sent.index(started) > 1
    assert last["chargingState"] == "Charging"
    assert last["transactionId"] == again["transactionId"]
    assert started["idToken"] == TOKEN


@pytest.mark.parametrize(
    ("point", "without"),
    [
        ("ParkingBayOccupancy", Capability.PARKING_BAY),
        ("DataSigned", Capability.SIGNED_METER),
    ],
)
async def test_a_point_that_the_equipment_never_reaches_is_rejected(
    world: Any, point: str, without: Capability
) -> None:
    it = world(V201)
    it.hardware.capabilities -= {without}
    async with it.running():
        assert await it.set_variable("TxCtrlr", "TxStartPoint", point) == "Rejected"


async def test_what_is_signed_never_stops_a_transaction(world: Any) -> None:
    it = world(V201)
    it.equipment = Signing(it.hardware)
    async with it.running():
        assert await it.set_variable("TxCtrlr", "TxStartPoint", "DataSigned") == "Accepted"
        assert await it.set_variable("TxCtrlr", "TxStopPoint", "DataSigned") == "Rejected"


async def test_an_ev_that_stands_there_at_the_start_is_taken_in(world: Any) -> None:
    it = world(V201, start_points=frozenset({TransactionPoint.PARKING_BAY_OCCUPANCY}))
    await it.hardware.bay(1, occupied=True)
    async with it.running():
        await it.hardware.bay(1, occupied=True)
        await it.settle()

    assert it.events() == [("Started", "EVDetected")]


@pytest.mark.requirement("E01.FR.08", "E02.FR.08")
async def test_no_transaction_id_comes_twice() -> None:
    ids = {Environment().new_id() for _ in range(100)}

    assert len(ids) == 100
    assert max(map(len, ids)) <= 36


@pytest.mark.requirement("E02.FR.05")
async def test_a_cable_makes_the_connector_occupied(world: Any) -> None:
    async with world(V201).running() as it:
        await it.hardware.bay(1, occupied=True)
        await it.settle()
        before = it.statuses()
        await it.hardware.arrive(SimulatedEv())
        await it.settle()

    assert before == ["Available"]
    assert it.statuses() == ["Available", "Occupied"]


@pytest.mark.requirement("E01.FR.09", "E02.FR.09", "E03.FR.07")
@pytest.mark.parametrize("token_first", [True, False])
async def test_the_start_tells_what_the_meter_shows(world: Any, token_first: bool) -> None:
    async with world(V201).running() as it:
        measurands = "Energy.Active.Import.Register,Voltage"
        await it.set_variable("SampledDataCtrlr", "TxStartedMeasurands", measurands)
        if token_first:
            await it.station.evse(1).token_presented(ABC)
        await it.hardware.arrive(SimulatedEv())
        await it.settle()

    started = it.sent("TransactionEvent")[0]
    values = started["meterValue"][0]["sampledValue"]
    assert {each["context"] for each in values} == {"Transaction.Begin"}
    assert values[0]["value"] == 1_000_000
    assert "Voltage" in {each["measurand"] for each in values}


@pytest.mark.requirement("E02.FR.10", "E02.FR.16", "E03.FR.08")
@pytest.mark.parametrize("token_first", [True, False])
async def test_its_course_tells_what_the_meter_shows(world: Any, token_first: bool) -> None:
    async with world(V201).running() as it:
        await it.set_variable("SampledDataCtrlr", "TxUpdatedInterval", "30")
        if token_first:
            await it.station.evse(1).token_presented(ABC)
            await it.hardware.arrive(SimulatedEv(start_delay=1))
            await it.advance(60)
        else:
            await it.charge()
            await it.advance(60)

    updated = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Updated"]
    periodic = [each for each in updated if each["triggerReason"] == "MeterValuePeriodic"]
    contexts = {v["sampledValue"][0]["context"] for each in periodic for v in each["meterValue"]}
    assert len(periodic) == 2
    assert contexts == {"Sample.Periodic"}


@pytest.mark.requirement("E01.FR.13", "E02.FR.03", "E03.FR.03")
@pytest.mark.parametrize("start", ["EVConnected", "Authorized", "PowerPathClosed"])
async def test_the_reservation_that_it_ends_is_told_once(world: Any, start: str) -> None:
    async with world(V201).running() as it:
        await points(it, start=start)
        expires = it.clock.utc_now() + timedelta(hours=1)
        reservation = Reservation(id=42, expires=expires, holder="ABC", evse=1)
        await it.station.core.reservations.make(reservation)
        await it.charge()

    told = {e.get("reservationId"): e for e in it.sent("TransactionEvent")}
    assert [e.get("reservationId") for e in it.sent("TransactionEvent")].count(42) == 1
    assert told[42]["idToken"] == TOKEN


@pytest.mark.requirement("E01.FR.14")
async def test_another_connector_of_the_evse_starts_none(world: Any) -> None:
    async with world(V201, TWO).running() as it:
        await it.charge()
        await it.station.evse(1).plugged_in(2)
        await it.advance(5)

    assert [kind for kind, _ in it.events()].count("Started") == 1


@pytest.mark.requirement("E01.FR.18", "E01.FR.19", "E02.FR.13")
async def test_each_charging_state_is_told(world: Any) -> None:
    async with world(V201).running() as it:
        await points(it, start="Authorized", stop="Authorized")
        await it.set_variable("TxCtrlr", "StopTxOnEVSideDisconnect", "false")
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(1)
        await it.hardware.ev_power(1, 0)
        await it.hardware.ev_power(1, 5000)
        await it.hardware.pause(1)
        await it.hardware.resume(1)
        await it.advance(2)
        await it.station.evse(1).unplugged()
        await it.settle()

    states = [each["transactionInfo"]["chargingState"] for each in it.sent("TransactionEvent")]
    assert states == [
        "Idle",
        "EVConnected",
        "Charging",
        "SuspendedEV",
        "Charging",
        "SuspendedEVSE",
        "Charging",
        "Idle",
    ]


@pytest.mark.requirement("E02.FR.20")
async def test_a_driver_who_is_refused_is_not_told_of_in_the_transaction(world: Any) -> None:
    async with world(V201).running() as it:
        await it.hardware.arrive(SimulatedEv())
        it.script["Authorize"] = lambda _: {"idTokenInfo": {"status": "Blocked"}}
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.settle()
        refused = it.events()
        it.script["Authorize"] = lambda _: {"idTokenInfo": {"status": "Accepted"}}
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert refused == [("Started", "CablePluggedIn")]
    last = it.sent("TransactionEvent")[-1]
    assert (last["triggerReason"], last["idToken"]) == ("Authorized", TOKEN)


@pytest.mark.requirement("E03.FR.05", "C01.FR.26")
@pytest.mark.parametrize("stop", ["EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"])
async def test_without_a_cable_in_time_it_ends_whatever_the_stop_points(
    world: Any, stop: str
) -> None:
    async with world(V201).running() as it:
        await points(it, start="Authorized", stop=stop)
        await it.hardware.bay(1, occupied=True)
        await it.station.evse(1).token_presented(ABC)
        await it.advance(119)
        before = it.events()
        await it.advance(1)

        assert it.station.evse(1).authorization is None
    last = it.sent("TransactionEvent")[-1]
    assert before == [("Started", "Authorized")]
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "EVConnectTimeout")
    assert last["transactionInfo"]["stoppedReason"] == "Timeout"


@pytest.mark.requirement("E03.FR.15", "E06.FR.01")
async def test_or_once_the_ev_leaves_its_bay(world: Any) -> None:
    async with world(V201).running() as it:
        await points(it, start="ParkingBayOccupancy", stop="ParkingBayOccupancy")
        await it.hardware.bay(1, occupied=True)
        await it.station.evse(1).token_presented(ABC)
        await it.advance(120)
        timed_out = it.events()
        authorization = it.station.evse(1).authorization
        await it.hardware.bay(1, occupied=False)
        await it.settle()

    assert timed_out[-1] == ("Updated", "EVConnectTimeout")
    assert authorization is None
    assert it.events()[-1] == ("Ended", "EVDeparted")
    assert it.sent("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Timeout"


@pytest.mark.requirement("E02.FR.07", "E03.FR.06")
@pytest.mark.parametrize("token_first", [True, False])
async def test_events_are_counted_from_zero_without_a_gap(world: Any, token_first: bool) -> None:
    async with world(V201).running() as it:
        if token_first:
            await it.station.evse(1).token_presented(ABC)
            await it.hardware.arrive(SimulatedEv(start_delay=1))
            await it.advance(1)
        else:
            await it.charge()
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    numbers = [each["seqNo"] for each in it.sent("TransactionEvent")]
    assert numbers == list(range(len(numbers)))
    assert it.events()[-1][0] == "Ended"
