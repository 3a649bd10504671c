"""Boot, connection and delivery, the same in every version."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import ChargingStation, IdToken, StationConfig, TokenOutcome
from ocppkit.station.transaction import Authorization, Cause

ABC = IdToken("ABC")
BOTH = pytest.mark.parametrize("version", list(Version))


@BOTH
@pytest.mark.requirement("B02.FR.02")
@pytest.mark.requirement("B02.FR.08")
@pytest.mark.requirement("1.6 §4.2")
async def test_while_pending_it_sends_only_boots_at_the_interval(
    world: Any, version: Version
) -> None:
    it = world(version)
    it.boot = {"status": "Pending", "interval": 20}
    async with it.running():
        await it.hardware.arrive(SimulatedEv())
        await it.advance(19)
        before = it.actions()
        it.boot = {"status": "Accepted", "interval": 50}
        await it.advance(1)

    assert before == ["BootNotification"]
    assert it.actions()[:2] == ["BootNotification", "BootNotification"]
    assert "StatusNotification" in it.actions()


@pytest.mark.requirement("B02.FR.05")
async def test_while_pending_nothing_is_started_remotely(world: Any) -> None:
    it = world(Version.V16)
    it.boot = {"status": "Pending", "interval": 20}
    async with it.running():
        answer = await it.call("RemoteStartTransaction", idTag="A")

    assert answer == {"status": "Rejected"}


@BOTH
async def test_while_pending_what_is_triggered_goes(world: Any, version: Version) -> None:
    it = world(version)
    it.boot = {"status": "Pending", "interval": 20}
    async with it.running():
        await it.call("TriggerMessage", requestedMessage="Heartbeat")
        await it.call("TriggerMessage", requestedMessage="BootNotification")

    assert it.actions() == ["BootNotification", "Heartbeat", "BootNotification"]


@BOTH
@pytest.mark.requirement("B03.FR.02")
@pytest.mark.requirement("1.6 §4.2")
async def test_rejected_it_is_silent_for_the_interval(world: Any, version: Version) -> None:
    it = world(version)
    it.boot = {"status": "Rejected", "interval": 30}
    async with it.running():
        await it.advance(29)
        before = it.actions()
        await it.advance(1)

    assert before == ["BootNotification"]
    assert it.actions() == ["BootNotification", "BootNotification"]


@BOTH
@pytest.mark.requirement("B02.FR.07")
async def test_without_an_interval_it_chooses_one(world: Any, version: Version) -> None:
    it = world(version)
    it.boot = {"status": "Pending", "interval": 0}
    async with it.running():
        await it.advance(59)
        before = len(it.calls)
        await it.advance(1)

    assert (before, len(it.calls)) == (1, 2)


@BOTH
@pytest.mark.requirement("B01.FR.04")
@pytest.mark.requirement("1.6 §4.2", "1.6 BootNotification")
async def test_the_accepted_interval_is_that_of_heartbeats(world: Any, version: Version) -> None:
    it = world(version)
    it.boot = {"status": "Accepted", "interval": 10}
    async with it.running():
        await it.advance(30)

    assert len(it.sent("Heartbeat")) == 3


@BOTH
async def test_a_boot_that_fails_is_tried_again(world: Any, version: Version) -> None:
    it = world(version)
    it.script["BootNotification"] = lambda _: "InternalError"
    async with it.running():
        del it.script["BootNotification"]
        await it.advance(60)

    assert it.actions()[1] == "BootNotification"
    assert "StatusNotification" in it.actions()


@BOTH
@pytest.mark.requirement("1.6-J errata 3.4")
async def test_it_dials_again_with_back_off(world: Any, version: Version) -> None:
    it = world(version)
    it.down = True
    async with it.running():
        dials = [it.dials]
        for wait in (5, 10, 20):
            await it.advance(wait)
            dials.append(it.dials)

    assert dials == [1, 2, 3, 4]


@BOTH
@pytest.mark.requirement("1.6-J §5.4")
async def test_after_a_lost_connection_only_changes_are_told(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        it.down = True
        await it.drop()
        told = len(it.calls)
        await it.hardware.arrive(SimulatedEv())
        it.down = False
        await it.advance(20)

    later = it.calls[told:]
    assert len(it.sent("BootNotification")) == 1
    assert len([name for name, _ in later if name == "StatusNotification"]) == 1
    assert it.statuses()[-1] in {"Preparing", "Occupied"}


@pytest.mark.requirement("E04.FR.01")
@pytest.mark.requirement("E04.FR.02")
@pytest.mark.requirement("E04.FR.03")
@pytest.mark.requirement("1.6 §3.7")
async def test_what_happens_offline_is_told_in_order_and_marked(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        await it.charge()
        it.down = True
        await it.drop()
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.depart()
        it.down = False
        await it.advance(20)

    events = it.sent("TransactionEvent")
    assert [event["seqNo"] for event in events] == [0, 1, 2, 3]
    assert [event.get("offline", False) for event in events] == [False, False, False, True]


@pytest.mark.requirement("1.6 errata 3.18")
async def test_a_1_6_stop_waits_for_the_number_of_its_start(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        await it.call("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="true")
        it.down = True
        await it.drop()
        await it.charge()
        await it.advance(5)
        await it.station.evse(1).token_presented(ABC)
        it.down = False
        await it.advance(30)

    assert it.sent("Authorize") == []
    assert it.sent("StopTransaction")[0]["transactionId"] == 7
    start, stop = it.actions().index("StartTransaction"), it.actions().index("StopTransaction")
    assert start < stop


@pytest.mark.requirement("1.6 §3.5.4", "1.6 key AllowOfflineTxForUnknownId")
async def test_offline_unknown_drivers_are_refused(world: Any) -> None:
    it = world(Version.V201)
    it.down = True
    async with it.running():
        outcome = await it.station.evse(1).token_presented(ABC)

    assert outcome is TokenOutcome.REFUSED


@BOTH
@pytest.mark.requirement("1.6 §3.7.1", "1.6 key TransactionMessageAttempts")
async def test_a_message_that_fails_is_tried_again_then_dropped(
    world: Any, version: Version
) -> None:
    it = world(version, message_attempts=3, message_retry_interval=10)
    action = "StartTransaction" if version is Version.V16 else "TransactionEvent"
    it.script[action] = lambda _: "InternalError"
    async with it.running():
        await it.hardware.arrive(SimulatedEv(start_delay=1000))
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        counts = [len(it.sent(action))]
        for wait in (10, 20):
            await it.advance(wait)
            counts.append(len(it.sent(action)))

    assert counts[:2] == [1, 2]
    assert counts[2] >= 3


async def test_an_id_that_1_6_cannot_write_is_refused(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        outcome = await it.station.evse(1).token_presented(IdToken("T" * 21))

    assert outcome is TokenOutcome.REFUSED


class Broken:
    """Hardware that hangs and throws."""

    def __init__(self, hardware: Any) -> None:
        self.description = hardware.description
        self._hardware = hardware

    async def allow_charging(self, *_: object) -> None:
        raise RuntimeError("no relay")

    async def stop_charging(self, *_: object) -> None:
        raise RuntimeError("no relay")

    async def meter(self, *_: object) -> Any:
        await asyncio.Event().wait()

    async def lock(self, *_: object) -> bool:
        return True

    async def unlock(self, *_: object) -> bool:
        raise RuntimeError("no lock")

    async def reboot(self, *_: object) -> None:
        raise RuntimeError("no")


async def test_broken_hardware_does_not_take_the_station_down(world: Any) -> None:
    it = world(Version.V201, hardware_timeout=0.01)
    it.equipment = Broken(it.hardware)
    async with it.running():
        await it.station.evse(1).plugged_in()
        await it.station.evse(1).token_presented(ABC)
        await it.station.evse(1).unplugged()
        unlocked = await it.call("UnlockConnector", evseId=1, connectorId=1)

    kinds = [event["eventType"] for event in it.sent("TransactionEvent")]
    assert kinds == ["Started", "Updated", "Ended"]
    assert unlocked["status"] == "UnlockFailed"


async def test_an_evse_that_it_has_not_is_a_programming_fault(world: Any) -> None:
    it = world(Version.V201)
    station = ChargingStation(it.config, hardware=it.hardware, environment=it.environment)

    with pytest.raises(KeyError):
        station.evse(2)
    with pytest.raises(RuntimeError, match="does not run"):
        await station.evse(1).authorize(Authorization(token=ABC), Cause.AUTHORIZED)


def test_a_password_is_not_shown() -> None:
    config = StationConfig(identity="CS001", csms_url="ws://x", password=b"secret")

    assert "secret" not in repr(config)
    assert "04E1A2B3" not in repr(IdToken("04E1A2B3"))
