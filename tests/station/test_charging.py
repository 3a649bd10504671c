"""What becomes of a cable and its transaction when the EV is unplugged, or the lock fails."""

from __future__ import annotations

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
    StationDescription,
    TokenOutcome,
)
from ocppkit.station.capabilities import Capability

V16, V201 = Version.V16, Version.V201
ABC = IdToken("ABC")
TETHERED = StationDescription(
    vendor="ocppkit",
    model="Tethered",
    evses=(EvseDescription(connectors=(ConnectorDescription(tethered=True),)),),
)
STOP_201 = ("TxCtrlr", "StopTxOnEVSideDisconnect")
UNLOCK_201 = ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect")


async def configure(world: Any, *, stop: bool = True, unlock: bool = True) -> None:
    """Set both, and start and stop a 2.0.1 transaction by its permission alone."""
    words = {True: "true", False: "false"}
    if world.version is V16:
        for key, value in (
            ("StopTransactionOnEVSideDisconnect", stop),
            ("UnlockConnectorOnEVSideDisconnect", unlock),
        ):
            answer = await world.call("ChangeConfiguration", key=key, value=words[value])
            assert answer == {"status": "Accepted"}
        return
    assert await world.set_variable("TxCtrlr", "TxStopPoint", "Authorized") == "Accepted"
    assert await world.set_variable(*STOP_201, words[stop]) == "Accepted"
    assert await world.set_variable(*UNLOCK_201, words[unlock]) == "Accepted"


async def unplug(world: Any) -> None:
    """The EV lets go of the cable, which stays in the station's socket."""
    await world.station.evse(1).unplugged()
    await world.settle()


def ended(world: Any) -> bool:
    if world.version is V16:
        return bool(world.sent("StopTransaction"))
    return any(kind == "Ended" for kind, _ in world.events())


@pytest.mark.requirement("E09.FR.02")
@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 §4.10", "1.6 key UnlockConnectorOnEVSideDisconnect")
async def test_unplugging_the_ev_ends_the_transaction_and_frees_the_cable(
    world: Any, version: Version
) -> None:
    async with world(version).running() as it:
        await configure(it)
        await it.charge()
        locked = it.hardware.locked(1)
        await unplug(it)

        assert locked
        assert ended(it)
        assert not it.hardware.locked(1)
        assert it.statuses()[-1] == "Available"


@pytest.mark.requirement("E09.FR.03")
@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 §4.10", "1.6 key UnlockConnectorOnEVSideDisconnect")
async def test_where_configured_the_cable_goes_free_only_to_its_owner(
    world: Any, version: Version
) -> None:
    async with world(version).running() as it:
        await configure(it, unlock=False)
        await it.charge()
        await unplug(it)
        kept, status = it.hardware.locked(1), it.statuses()[-1]
        told = it.sent("StatusNotification")[-1]
        outcome = await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert ended(it)
        assert kept
        assert status == ("Finishing" if version is V16 else "Occupied")
        assert told.get("info") == ("EV side disconnected" if version is V16 else None)
        assert outcome is TokenOutcome.STOPPED
        assert not it.hardware.locked(1)
        assert it.statuses()[-1] == "Available"


@pytest.mark.parametrize("version", [V16, V201])
async def test_the_csms_frees_a_cable_that_is_held(world: Any, version: Version) -> None:
    async with world(version).running() as it:
        await configure(it, unlock=False)
        await it.charge()
        await unplug(it)
        where = {} if version is V16 else {"evseId": 1}
        answer = await it.call("UnlockConnector", connectorId=1, **where)

        assert answer["status"] == "Unlocked"
        assert not it.hardware.locked(1)
        assert it.statuses()[-1] == "Available"
        assert not it.station.evse(1).holds_cable_of(ABC)


@pytest.mark.parametrize("version", [V16, V201])
async def test_a_cable_is_held_for_its_owner_whoever_charges_meanwhile(
    world: Any, version: Version
) -> None:
    async with world(version).running() as it:
        await configure(it, unlock=False)
        await it.charge()
        await unplug(it)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.advance(1)

        charging = it.statuses()[-1]
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        kept = it.hardware.locked(1)
        outcome = await it.station.evse(1).token_presented(ABC)

        assert charging == ("Charging" if version is V16 else "Occupied")
        assert kept
        assert outcome is TokenOutcome.STOPPED
        assert not it.hardware.locked(1)


TWO = StationDescription(
    vendor="ocppkit",
    model="Two",
    evses=(EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),),
)


async def test_a_cable_is_held_while_another_connector_is_used(world: Any) -> None:
    async with world(V16, TWO).running() as it:
        await configure(it, unlock=False)
        await it.charge()
        await unplug(it)
        await it.hardware.arrive(SimulatedEv(start_delay=1), connector=2)
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.advance(1)
        both = it.statuses(1)[-1], it.statuses(2)[-1]
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        locked = it.hardware.locked(1, 1), it.hardware.locked(1, 2)
        outcome = await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert both == ("Finishing", "Charging")
        assert locked == (True, False)
        assert outcome is TokenOutcome.STOPPED
        assert not it.hardware.locked(1, 1)
        assert it.statuses(1)[-1] == "Available"


async def test_at_another_connector_nobody_takes_over_a_transaction_whose_ev_is_gone(
    world: Any,
) -> None:
    async with world(V16, TWO).running() as it:
        await configure(it, stop=False)
        await it.charge()
        await unplug(it)
        await it.hardware.arrive(SimulatedEv(start_delay=1), connector=2)
        await it.advance(5)
        offered = it.hardware.status()["evses"][0]["offer"]
        waiting = it.statuses(1)[-1]
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert offered is None
        assert waiting == "SuspendedEV"
        assert ended(it)
        assert not it.hardware.locked(1, 1)
        assert it.station.evse(1).in_use == 2
        assert it.statuses(2)[-1] == "Preparing"


@pytest.mark.requirement("E10.FR.01")
@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 §4.10", "1.6 key StopTransactionOnEVSideDisconnect")
async def test_where_configured_the_transaction_outlasts_the_unplugging(
    world: Any, version: Version
) -> None:
    async with world(version).running() as it:
        await configure(it, stop=False)
        await it.charge()
        await unplug(it)
        kept, status, offered = it.hardware.locked(1), it.statuses()[-1], it.hardware.ev(1)
        gone = ended(it)
        await it.advance(500)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(2)
        again = it.statuses()[-1]
        outcome = await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert offered is not None
        assert (gone, kept) == (False, True)
        assert status == ("SuspendedEV" if version is V16 else "Occupied")
        assert again == ("Charging" if version is V16 else "Occupied")
        assert outcome is TokenOutcome.STOPPED
        assert ended(it)
        assert not it.hardware.locked(1)
        starts = it.sent("StartTransaction") if version is V16 else it.events()[:1]
        assert len(starts) == 1


@pytest.mark.parametrize("version", [V16, V201])
async def test_the_owner_ends_a_transaction_whose_ev_is_gone(world: Any, version: Version) -> None:
    async with world(version).running() as it:
        await configure(it, stop=False)
        await it.charge()
        await unplug(it)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert ended(it)
        assert not it.hardware.locked(1)
        assert it.statuses()[-1] == "Available"


async def test_in_2_0_1_a_transaction_without_its_ev_tells_so(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stop=False)
        await it.charge()
        await unplug(it)

        last = it.sent("TransactionEvent")[-1]
        assert (last["eventType"], last["triggerReason"]) == ("Updated", "EVCommunicationLost")
        assert last["transactionInfo"]["chargingState"] == "Idle"


async def test_a_stop_point_ends_it_all_the_same_and_the_cable_stays(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stop=False)
        await it.set_variable("TxCtrlr", "TxStopPoint", "EVConnected")
        await it.charge()
        await unplug(it)

        assert it.events()[-1] == ("Ended", "EVCommunicationLost")
        assert it.hardware.locked(1)
        assert it.station.evse(1).authorization is None
        assert await it.station.evse(1).token_presented(ABC) is TokenOutcome.STOPPED
        assert not it.hardware.locked(1)


@pytest.mark.requirement("E10.FR.02")
@pytest.mark.parametrize("tethered", [True, False])
async def test_where_no_lock_holds_the_cable_the_transaction_is_given_up_after_a_while(
    world: Any, tethered: bool
) -> None:
    it = world(V201, TETHERED if tethered else None)
    if not tethered:
        it.hardware.capabilities -= {Capability.CABLE_LOCK}
    async with it.running():
        assert await it.set_variable("TxCtrlr", "TxStopPoint", "Authorized") == "Accepted"
        assert await it.set_variable(*STOP_201, "false") == "Accepted"
        await it.charge()
        await unplug(it)
        await it.advance(119)
        before = ended(it)
        await it.advance(2)

        last = it.sent("TransactionEvent")[-1]
        assert not before
        assert (last["eventType"], last["triggerReason"]) == ("Ended", "EVConnectTimeout")
        assert last["transactionInfo"]["stoppedReason"] == "Timeout"


@pytest.mark.requirement("1.6 key UnlockConnectorOnEVSideDisconnect")
async def test_in_1_6_a_fixed_cable_is_never_unlocked_nor_can_it_be_configured(world: Any) -> None:
    async with world(V16, TETHERED).running() as it:
        key = "UnlockConnectorOnEVSideDisconnect"
        status = await it.call("ChangeConfiguration", key=key, value="true")
        known = await it.call("GetConfiguration", key=[key])

    assert status == {"status": "Rejected"}
    assert known["configurationKey"] == [{"key": key, "readonly": True, "value": "false"}]


async def test_in_2_0_1_a_fixed_cable_is_never_unlocked_nor_can_it_be_configured(
    world: Any,
) -> None:
    async with world(V201, TETHERED).running() as it:
        assert await it.set_variable(*UNLOCK_201, "true") == "Rejected"


@pytest.mark.requirement("G05.FR.01")
@pytest.mark.requirement("1.6 §4.9")
async def test_in_1_6_a_lock_that_fails_is_told_as_a_fault(world: Any) -> None:
    async with world(V16).running() as it:
        it.hardware.lock_behaviour(evse=1, works=False)
        await it.charge()
        told = it.sent("StatusNotification")[-1]
        offered = it.hardware.status()["evses"][0]["offer"]
        await unplug(it)

        assert (told["status"], told["errorCode"]) == ("Faulted", "ConnectorLockFailure")
        assert offered is None
        assert it.sent("StartTransaction") == []
        assert it.statuses()[-1] == "Available"


def lock_events(world: Any) -> list[tuple[str, str, str, dict[str, int], str]]:
    return [
        (
            event["trigger"],
            event["component"]["name"],
            event["variable"]["name"],
            event["component"]["evse"],
            event["actualValue"],
        )
        for payload in world.sent("NotifyEvent")
        for event in payload["eventData"]
    ]


@pytest.mark.requirement("G05.FR.02")
async def test_in_2_0_1_a_lock_that_fails_is_told_as_an_event(world: Any) -> None:
    async with world(V201).running() as it:
        it.hardware.lock_behaviour(evse=1, works=False)
        await it.charge()
        offered = it.hardware.status()["evses"][0]["offer"]
        problem = await it.call(
            "GetVariables",
            getVariableData=[
                {
                    "component": {
                        "name": "ConnectorPlugRetentionLock",
                        "evse": {"id": 1, "connectorId": 1},
                    },
                    "variable": {"name": "Problem"},
                }
            ],
        )
        await unplug(it)

        where = {"id": 1, "connectorId": 1}
        lock = ("Delta", "ConnectorPlugRetentionLock", "Problem", where)
        assert lock_events(it) == [(*lock, "true"), (*lock, "false")]
        assert offered is None
        assert problem["getVariableResult"][0]["attributeValue"] == "true"
        assert "Faulted" in it.statuses()


@pytest.mark.requirement("G05.FR.02")
async def test_a_lock_that_the_equipment_reports_is_told_once_the_csms_is_back(world: Any) -> None:
    async with world(V201).running() as it:
        it.down = True
        await it.drop()
        await it.station.evse(1).fault(Fault(kind=FaultKind.CONNECTOR_LOCK_FAILURE))
        await it.settle()
        before = lock_events(it)
        it.down = False
        await it.advance(60)

        assert before == []
        assert [value for *_, value in lock_events(it)] == ["true"]
