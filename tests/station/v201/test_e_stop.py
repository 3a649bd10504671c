"""E06, E07, E09, E10, E15: when a transaction stops, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    ConnectorDescription,
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    LocalStop,
    StationDescription,
    TokenOutcome,
)

V201 = Version.V201
ABC = IdToken("ABC")
TOKEN = {"idToken": "ABC", "type": "ISO14443"}
TETHERED = StationDescription(
    vendor="ocppkit",
    model="Tethered",
    evses=(EvseDescription(connectors=(ConnectorDescription(tethered=True),)),),
)


async def charging(world: Any, *, stop: str, stops_unplugged: bool = True) -> None:
    """Drive in, plug in, authorize and charge."""
    assert await world.set_variable("TxCtrlr", "TxStartPoint", "ParkingBayOccupancy") == "Accepted"
    assert await world.set_variable("TxCtrlr", "TxStopPoint", stop) == "Accepted"
    words = "true" if stops_unplugged else "false"
    await world.set_variable("TxCtrlr", "StopTxOnEVSideDisconnect", words)
    await world.hardware.bay(1, occupied=True)
    await world.charge()


def last(world: Any) -> tuple[str, str, str, str | None]:
    event = world.sent("TransactionEvent")[-1]
    info = event["transactionInfo"]
    reason = info.get("stoppedReason")
    return event["eventType"], event["triggerReason"], info["chargingState"], reason


async def present(world: Any) -> None:
    await world.station.evse(1).token_presented(ABC)


async def unplug(world: Any) -> None:
    await world.station.evse(1).unplugged()


async def drive_out(world: Any) -> None:
    await world.hardware.bay(1, occupied=False)


async def suspend(world: Any) -> None:
    await world.hardware.ev_power(1, 0)


async def stop_remotely(world: Any) -> None:
    await world.call("RequestStopTransaction", transactionId="tx-1")


async def end_session(world: Any) -> None:
    await world.hardware.ev_stops(1)


Step = Callable[[Any], Awaitable[None]]
STOPPED = ("StopAuthorized", "EVConnected", "Local")
REMOTE = ("RemoteStop", "EVConnected", "Remote")
LOST = ("EVCommunicationLost", "Idle", "EVDisconnected")


@pytest.mark.requirement("E06.FR.01", "E06.FR.02", "E06.FR.03", "E06.FR.06", "E06.FR.07")
@pytest.mark.requirement("E06.FR.08", "E06.FR.15", "E07.FR.05", "E07.FR.06")
@pytest.mark.parametrize(
    ("stop", "step", "expected"),
    [
        ("ParkingBayOccupancy", drive_out, ("EVDeparted", "EVConnected", "EVDisconnected")),
        ("EVConnected", unplug, LOST),
        ("Authorized", present, STOPPED),
        ("Authorized", stop_remotely, REMOTE),
        ("Authorized", unplug, LOST),
        ("PowerPathClosed", present, STOPPED),
        ("PowerPathClosed", stop_remotely, REMOTE),
        ("PowerPathClosed", unplug, LOST),
        ("EnergyTransfer", present, STOPPED),
        ("EnergyTransfer", stop_remotely, REMOTE),
        ("EnergyTransfer", unplug, LOST),
        ("EnergyTransfer", suspend, ("ChargingStateChanged", "EVConnected", "StoppedByEV")),
        (
            "EVConnected,EnergyTransfer",
            suspend,
            ("ChargingStateChanged", "EVConnected", "StoppedByEV"),
        ),
        (
            "Authorized,ParkingBayOccupancy",
            drive_out,
            ("EVDeparted", "EVConnected", "EVDisconnected"),
        ),
    ],
)
async def test_a_transaction_stops_with_the_first_of_its_points(
    world: Any, stop: str, step: Step, expected: tuple[str, str, str]
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop=stop)
        before = [kind for kind, _ in it.events()]
        await step(it)
        await it.settle()

        assert it.station.evse(1).authorization is None
        assert not it.station.evse(1).energized
    assert "Ended" not in before
    assert last(it) == ("Ended", *expected)


@pytest.mark.parametrize(
    ("stop", "step", "trigger"),
    [
        ("EVConnected", present, "StopAuthorized"),
        ("EVConnected", suspend, "ChargingStateChanged"),
        ("EVConnected", drive_out, "EVDeparted"),
        ("ParkingBayOccupancy", unplug, "EVCommunicationLost"),
        ("ParkingBayOccupancy", present, "StopAuthorized"),
        ("ParkingBayOccupancy", stop_remotely, "RemoteStop"),
        ("Authorized", suspend, "ChargingStateChanged"),
    ],
)
@pytest.mark.requirement("E02.FR.17", "E03.FR.12")
async def test_or_only_tells_of_what_is_no_stop_point(
    world: Any, stop: str, step: Step, trigger: str
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop=stop)
        told = len(it.events())
        await step(it)
        await it.settle()

    assert it.events()[told:] == [("Updated", trigger)]


@pytest.mark.parametrize(
    ("step", "reason"), [(present, "Local"), (stop_remotely, "Remote"), (unplug, "EVDisconnected")]
)
async def test_the_reason_is_what_began_the_stopping(world: Any, step: Step, reason: str) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="ParkingBayOccupancy")
        await step(it)
        await it.hardware.depart(force=True)
        await drive_out(it)
        await it.settle()

    assert last(it) == ("Ended", "EVDeparted", "Idle", reason)


async def test_who_stopped_and_starts_again_is_no_reason_any_more(world: Any) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="EVConnected")
        await present(it)
        await present(it)
        await it.advance(2)
        await unplug(it)
        await it.settle()

    assert last(it) == ("Ended", "EVCommunicationLost", "Idle", "EVDisconnected")


@pytest.mark.requirement("E06.FR.10", "E07.FR.07")
@pytest.mark.parametrize(
    ("stop", "step"),
    [("Authorized", present), ("EnergyTransfer", suspend), ("PowerPathClosed", stop_remotely)],
)
async def test_the_cable_goes_free_with_the_end(world: Any, stop: str, step: Step) -> None:
    async with world(V201).running() as it:
        await charging(it, stop=stop)
        locked = it.hardware.locked(1)
        await step(it)
        await it.settle()

        assert locked
        assert not it.hardware.locked(1)


async def test_an_ev_that_takes_energy_again_gets_none_once_its_transaction_has_ended(
    world: Any,
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="EnergyTransfer")
        await suspend(it)
        await it.hardware.ev_power(1, 5000)
        await it.advance(10)

        assert it.hardware.status()["evses"][0]["offer"] is None
    assert it.events()[-1][0] == "Ended"


@pytest.mark.requirement("E06.FR.11", "E07.FR.08", "E09.FR.05", "E10.FR.04", "E15.FR.01")
@pytest.mark.parametrize(
    ("step", "stops_unplugged"),
    [(present, True), (stop_remotely, True), (unplug, True), (unplug, False), (end_session, True)],
)
async def test_the_end_tells_what_the_meter_showed_and_shows(
    world: Any, step: Step, stops_unplugged: bool
) -> None:
    async with world(V201).running() as it:
        stop = "Authorized" if stops_unplugged else "EVConnected"
        await charging(it, stop=stop, stops_unplugged=stops_unplugged)
        await it.advance(60)
        await step(it)
        await it.settle()

    ended = it.sent("TransactionEvent")[-1]
    begin, end = (value["sampledValue"][0] for value in ended["meterValue"])
    assert ended["eventType"] == "Ended"
    assert (begin["context"], end["context"]) == ("Transaction.Begin", "Transaction.End")
    assert end["value"] > begin["value"] == 1_000_000


@pytest.mark.requirement("E06.FR.14", "E07.FR.11", "E09.FR.04", "E10.FR.03")
@pytest.mark.parametrize(
    ("stop", "steps", "stops_unplugged"),
    [
        ("Authorized", (present,), True),
        ("EVConnected", (present, unplug), True),
        ("ParkingBayOccupancy", (unplug, drive_out), True),
        ("Authorized", (unplug, present), False),
    ],
)
async def test_events_are_counted_to_the_end(
    world: Any, stop: str, steps: tuple[Step, ...], stops_unplugged: bool
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop=stop, stops_unplugged=stops_unplugged)
        for step in steps:
            await step(it)
            await it.settle()

    numbers = [each["seqNo"] for each in it.sent("TransactionEvent")]
    assert numbers == list(range(len(numbers)))
    assert it.events()[-1][0] == "Ended"


@pytest.mark.requirement("E07.FR.01", "E07.FR.02")
@pytest.mark.parametrize(("group", "stops"), [("FLEET", True), ("OTHER", False)])
async def test_a_token_of_the_same_group_stops(world: Any, group: str, stops: bool) -> None:
    groups = {"ABC": "FLEET", "XYZ": group}

    def authorize(payload: dict[str, Any]) -> dict[str, Any]:
        of = {"idToken": groups[payload["idToken"]["idToken"]], "type": "Central"}
        return {"idTokenInfo": {"status": "Accepted", "groupIdToken": of}}

    async with world(V201).running() as it:
        it.script["Authorize"] = authorize
        await charging(it, stop="Authorized")
        outcome = await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.settle()

    ended = it.sent("TransactionEvent")[-1]
    assert outcome is (TokenOutcome.STOPPED if stops else TokenOutcome.REFUSED)
    assert (ended["eventType"] == "Ended") is stops
    assert ended.get("idToken") == ({**TOKEN, "idToken": "XYZ"} if stops else None)


@pytest.mark.requirement("E06.FR.08", "E06.FR.16", "E07.FR.06")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.GROUND_FAILURE, "GroundFault"),
        (FaultKind.OVER_CURRENT_FAILURE, "OvercurrentFault"),
        (FaultKind.UNDER_VOLTAGE, "PowerQuality"),
        (FaultKind.HIGH_TEMPERATURE, "Other"),
    ],
)
async def test_a_fault_ends_it_whatever_the_stop_points(
    world: Any, kind: FaultKind, reason: str
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="ParkingBayOccupancy")
        await it.station.evse(1).fault(Fault(kind=kind))
        await it.settle()

    assert last(it) == ("Ended", "AbnormalCondition", "EVConnected", reason)


@pytest.mark.requirement("E06.FR.08", "E07.FR.06", "E15.FR.04")
@pytest.mark.parametrize(
    ("stop", "trigger", "reason"),
    [
        (LocalStop.LOCAL, "StopAuthorized", "Local"),
        (LocalStop.STOPPED_BY_EV, "StopAuthorized", "StoppedByEV"),
        (LocalStop.ENERGY_LIMIT, "EnergyLimitReached", "EnergyLimitReached"),
        (LocalStop.OUT_OF_CREDIT, "EnergyLimitReached", "LocalOutOfCredit"),
        (LocalStop.SOC_LIMIT, "EnergyLimitReached", "SOCLimitReached"),
        (LocalStop.TIME_LIMIT, "TimeLimitReached", "TimeLimitReached"),
        (LocalStop.EMERGENCY_STOP, "AbnormalCondition", "EmergencyStop"),
    ],
)
@pytest.mark.parametrize("point", ["Authorized", "PowerPathClosed", "EnergyTransfer"])
async def test_what_ends_it_on_site_is_told(
    world: Any, point: str, stop: LocalStop, trigger: str, reason: str
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop=point)
        await it.station.evse(1).stopped_locally(stop)
        await it.settle()

        assert not it.station.evse(1).energized
    assert last(it) == ("Ended", trigger, "EVConnected", reason)
    assert "idToken" not in it.sent("TransactionEvent")[-1]


@pytest.mark.requirement("E15.FR.04")
async def test_the_ev_ends_its_session_before_any_energy(world: Any) -> None:
    async with world(V201).running() as it:
        await it.set_variable("TxCtrlr", "TxStopPoint", "EnergyTransfer")
        await it.hardware.arrive(SimulatedEv(start_delay=1000))
        await present(it)
        await end_session(it)
        await it.settle()

    assert last(it) == ("Ended", "StopAuthorized", "EVConnected", "StoppedByEV")


@pytest.mark.requirement("E15.FR.05")
async def test_the_ev_ends_its_session_and_the_transaction_goes_on(world: Any) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="EVConnected")
        await end_session(it)
        await it.settle()
        ended = last(it)
        told = len(it.events())
        await end_session(it)
        await it.settle()
        again = it.events()[told:]
        await unplug(it)
        await it.settle()

    assert ended == ("Updated", "StopAuthorized", "EVConnected", None)
    assert again == []
    assert last(it) == ("Ended", "EVCommunicationLost", "Idle", "StoppedByEV")


@pytest.mark.requirement("E15.FR.04", "E15.FR.05")
async def test_an_ev_that_ends_its_session_after_its_driver_did_is_not_told_of(
    world: Any,
) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="EVConnected")
        await present(it)
        await it.settle()
        told = it.events()
        await end_session(it)
        await it.settle()

    assert it.events() == told


@pytest.mark.requirement("E09.FR.01")
async def test_an_ev_that_comes_back_gets_no_energy_before_its_driver_does(world: Any) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="ParkingBayOccupancy")
        await unplug(it)
        await it.station.evse(1).plugged_in()
        await it.advance(10)
        offered = it.hardware.status()["evses"][0]["offer"]
        await present(it)
        await it.advance(1)
        again = it.hardware.status()["evses"][0]["offer"]

    assert offered is None
    assert again is not None
    assert [kind for kind, _ in it.events()].count("Started") == 1


@pytest.mark.requirement("E10.FR.01")
async def test_where_a_lost_cable_suspends_it_goes_on_with_the_cable(world: Any) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="Authorized", stops_unplugged=False)
        told = len(it.events())
        await unplug(it)
        locked = it.hardware.locked(1)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(1)

    events = it.sent("TransactionEvent")[told:]
    assert locked
    assert [
        (each["eventType"], each["triggerReason"], each["transactionInfo"]["chargingState"])
        for each in events
    ] == [
        ("Updated", "EVCommunicationLost", "Idle"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


@pytest.mark.requirement("E10.FR.02")
@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("Authorized", ("Ended", "EVConnectTimeout", "Idle", "Timeout")),
        ("ParkingBayOccupancy", ("Updated", "EVConnectTimeout", "Idle", None)),
    ],
)
async def test_a_fixed_cable_that_stays_away_for_too_long_deauthorizes(
    world: Any, stop: str, expected: tuple[str, str, str, str | None]
) -> None:
    async with world(V201, TETHERED).running() as it:
        await charging(it, stop=stop, stops_unplugged=False)
        await unplug(it)
        await it.settle()
        status = it.statuses()[-1]
        await it.advance(120)

        assert it.station.evse(1).authorization is None
    assert status == "Available"
    assert last(it) == expected


@pytest.mark.requirement("E02.FR.17")
async def test_a_cable_that_the_csms_frees_is_told_of_in_the_transaction(world: Any) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="EVConnected")
        await present(it)
        await it.call("UnlockConnector", evseId=1, connectorId=1)

    assert last(it)[:2] == ("Updated", "UnlockCommand")


@pytest.mark.requirement("E02.FR.15", "E02.FR.17")
async def test_a_reset_that_ends_it_says_so(world: Any) -> None:
    async with world(V201).running() as it:
        await charging(it, stop="ParkingBayOccupancy")
        await it.call("Reset", type="Immediate")

    ended = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Ended"]
    assert [each["triggerReason"] for each in ended] == ["ResetCommand"]
    assert ended[0]["transactionInfo"]["stoppedReason"] == "ImmediateReset"
