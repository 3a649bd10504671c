"""E05: a driver whom the CSMS refuses once it knows of the transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, TokenOutcome
from ocppkit.station.settings.behaviour import Storage

from .signing import Signing

V201 = Version.V201
ABC = IdToken("ABC")
STOPS = pytest.mark.parametrize("stop", ["Authorized", "PowerPathClosed", "EnergyTransfer"])


def refuse(payload: dict[str, Any]) -> dict[str, Any]:
    """How a CSMS answers that knows better than its Authorize."""
    return {"idTokenInfo": {"status": "Invalid"}} if "idToken" in payload else {}


async def configure(world: Any, *, stops: bool, stop: str, energy_wh: int = 0) -> None:
    words = "true" if stops else "false"
    assert await world.set_variable("TxCtrlr", "StopTxOnInvalidId", words) == "Accepted"
    assert await world.set_variable("TxCtrlr", "TxStopPoint", stop) == "Accepted"
    status = await world.set_variable("TxCtrlr", "MaxEnergyOnInvalidId", str(energy_wh))
    assert status == "Accepted"
    world.script["TransactionEvent"] = refuse


def last(world: Any) -> tuple[str, str, str, str | None]:
    event = world.sent("TransactionEvent")[-1]
    info = event["transactionInfo"]
    reason = info.get("stoppedReason")
    return event["eventType"], event["triggerReason"], info["chargingState"], reason


@STOPS
@pytest.mark.parametrize("energy_wh", [0, 1000])
@pytest.mark.requirement("E05.FR.10", "E06.FR.04", "E06.FR.08")
async def test_the_transaction_ends_at_once(world: Any, stop: str, energy_wh: int) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop=stop, energy_wh=energy_wh)
        await it.charge()

        assert not it.station.evse(1).energized
    assert last(it) == ("Ended", "Deauthorized", "EVConnected", "DeAuthorized")


@pytest.mark.requirement("E05.FR.11")
async def test_the_cable_stays_until_its_owner_comes(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop="Authorized")
        await it.charge()
        kept = it.hardware.locked(1)
        other = await it.station.evse(1).token_presented(IdToken("XYZ"))
        outcome = await it.station.evse(1).token_presented(ABC)

        assert kept
        assert other is not TokenOutcome.STOPPED
        assert outcome is TokenOutcome.STOPPED
        assert not it.hardware.locked(1)


@pytest.mark.requirement("E05.FR.11")
async def test_who_is_refused_after_its_owner_does_not_get_the_cable(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop="Authorized")
        await it.charge()
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.settle()
        again = await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.settle()
        kept = it.hardware.locked(1)

        assert again is not TokenOutcome.STOPPED
        assert kept
        assert await it.station.evse(1).token_presented(ABC) is TokenOutcome.STOPPED
        assert not it.hardware.locked(1)


@pytest.mark.requirement("E05.FR.11")
async def test_the_owner_waits_for_the_cable_while_another_charges_by_it(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop="Authorized")
        await it.charge()
        it.script["TransactionEvent"] = lambda _: {}
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        await it.advance(2)
        meanwhile = await it.station.evse(1).token_presented(ABC)

        assert it.station.evse(1).energized
        assert it.hardware.locked(1)
        await it.station.evse(1).token_presented(IdToken("XYZ"))
        assert it.hardware.locked(1)
        assert await it.station.evse(1).token_presented(ABC) is TokenOutcome.STOPPED
        assert not it.hardware.locked(1)
    assert meanwhile is TokenOutcome.REFUSED


@pytest.mark.requirement("E05.FR.11")
async def test_after_a_power_cut_a_cable_that_is_nobodys_goes_free(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    before = world(V201, storage=storage)
    async with before.running() as it:
        await configure(it, stops=True, stop="Authorized")
        await it.charge()
        kept = it.hardware.locked(1)
    after = world(V201, storage=storage)
    after.hardware = after.equipment = before.hardware
    async with after.running() as it:
        await it.advance(1)

        assert kept
        assert not it.hardware.locked(1)


@pytest.mark.requirement("E05.FR.09")
@pytest.mark.parametrize("stop", ["EVConnected", "ParkingBayOccupancy"])
async def test_without_such_a_stop_point_only_the_permission_ends(world: Any, stop: str) -> None:
    async with world(V201).running() as it:
        await it.hardware.bay(1, occupied=True)
        await configure(it, stops=True, stop=stop, energy_wh=1000)
        await it.charge()

        assert it.station.evse(1).authorization is None
        assert not it.station.evse(1).energized
        assert it.station.evse(1).transaction is not None
    assert last(it) == ("Updated", "Deauthorized", "EVConnected", None)


@pytest.mark.requirement("E05.FR.02")
@pytest.mark.parametrize("stop", ["EVConnected", "Authorized", "PowerPathClosed"])
async def test_where_the_transaction_is_kept_the_energy_ends(world: Any, stop: str) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=False, stop=stop)
        await it.charge()

        assert not it.station.evse(1).energized
        assert it.station.evse(1).authorization is not None
    assert last(it) == ("Updated", "ChargingStateChanged", "SuspendedEVSE", None)


@pytest.mark.requirement("E05.FR.02")
async def test_who_is_refused_before_the_cable_comes_is_suspended_once_it_does(
    world: Any,
) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=False, stop="Authorized")
        await it.set_variable("TxCtrlr", "TxStartPoint", "Authorized")
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        before = it.events()
        await it.hardware.arrive(SimulatedEv())
        await it.advance(5)

        assert not it.station.evse(1).energized
    assert before == [("Started", "Authorized")]
    assert last(it) == ("Updated", "ChargingStateChanged", "SuspendedEVSE", None)


@pytest.mark.requirement("E05.FR.02", "E06.FR.07")
async def test_the_end_of_the_energy_ends_it_where_that_is_a_stop_point(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=False, stop="EnergyTransfer")
        del it.script["TransactionEvent"]
        it.script["TransactionEvent"] = lambda _: None
        await it.charge()
        it.script["TransactionEvent"] = refuse
        await it.advance(200)

        assert not it.station.evse(1).energized
    assert last(it) == ("Ended", "ChargingStateChanged", "EVConnected", "DeAuthorized")


@pytest.mark.requirement("E05.FR.03")
async def test_until_the_last_energy_is_used_up_it_flows_and_nothing_is_told(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=False, stop="Authorized", energy_wh=100)
        await it.charge()
        await it.advance(20)  # 11 kW: 61 Wh
        flows = it.station.evse(1).energized
        told = last(it)
        await it.advance(20)

        assert flows
        assert told == ("Updated", "ChargingStateChanged", "Charging", None)
        assert not it.station.evse(1).energized
    assert last(it) == ("Updated", "ChargingStateChanged", "SuspendedEVSE", None)
    assert "Deauthorized" not in [trigger for _, trigger in it.events()]


@pytest.mark.requirement("E05.FR.03")
async def test_a_power_cut_does_not_give_the_last_energy_again(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    before = world(V201, storage=storage)
    async with before.running() as it:
        await configure(it, stops=False, stop="Authorized", energy_wh=500)
        await it.set_variable("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "true")
        it.down = True
        await it.drop()
        await it.charge()
        it.down = False
        while "Authorized" not in [trigger for _, trigger in it.events()]:
            await it.advance(1)
        begin = (await it.hardware.meter(1)).energy_wh
        await it.advance(100)  # 11 kW: 306 Wh
        flows = it.station.evse(1).energized
    after = world(V201, storage=storage)
    after.hardware = after.equipment = before.hardware
    async with after.running() as it:
        await it.advance(120)

        assert flows
        assert not it.station.evse(1).energized
        assert 490 <= (await it.hardware.meter(1)).energy_wh - begin <= 520
    assert last(it) == ("Updated", "ChargingStateChanged", "SuspendedEVSE", None)


@pytest.mark.requirement("E05.FR.03")
async def test_who_is_accepted_afterwards_gets_more_than_the_last_energy(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=False, stop="EVConnected", energy_wh=100)
        await it.charge()
        await it.station.evse(1).token_presented(ABC)
        it.script["TransactionEvent"] = lambda _: {}
        await it.station.evse(1).token_presented(ABC)
        await it.advance(300)

        assert it.station.evse(1).energized
    assert last(it) == ("Updated", "ChargingStateChanged", "Charging", None)


async def test_who_only_stops_is_not_refused(world: Any) -> None:
    async with world(V201).running() as it:
        await it.set_variable("TxCtrlr", "TxStopPoint", "EVConnected")
        await it.charge()
        it.script["TransactionEvent"] = refuse
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert last(it) == ("Updated", "StopAuthorized", "EVConnected", None)


@pytest.mark.requirement("E05.FR.04", "E05.FR.05", "E05.FR.06")
async def test_its_events_are_counted_and_its_begin_is_told_and_signed(world: Any) -> None:
    it = world(V201)
    it.equipment = Signing(it.hardware)
    async with it.running():
        await configure(it, stops=True, stop="Authorized")
        await it.charge()

    events = it.sent("TransactionEvent")
    (begin,) = events[0]["meterValue"][0]["sampledValue"]
    assert [each["seqNo"] for each in events] == list(range(len(events)))
    assert begin["context"] == "Transaction.Begin"
    assert "signedMeterValue" in begin


async def test_an_offline_driver_is_refused_once_the_csms_is_back(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop="Authorized")
        await it.set_variable("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "true")
        it.down = True
        await it.drop()
        await it.charge()
        charging = it.station.evse(1).energized
        it.down = False
        await it.advance(60)

    assert charging
    assert last(it) == ("Ended", "Deauthorized", "EVConnected", "DeAuthorized")
    offline = [each.get("offline", False) for each in it.sent("TransactionEvent")]
    assert offline[-1] is False
    assert set(offline[:-1]) == {True}


async def test_the_group_that_the_csms_tells_of_may_stop(world: Any) -> None:
    group = {"idToken": "FLEET", "type": "Central"}

    def know_the_group(payload: dict[str, Any]) -> dict[str, Any]:
        info = {"status": "Accepted", "groupIdToken": group}
        return {"idTokenInfo": info} if "idToken" in payload else {}

    async with world(V201).running() as it:
        it.script["TransactionEvent"] = know_the_group
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.station.evse(1).token_presented(ABC)
        await it.advance(1)
        it.script["Authorize"] = lambda _: {
            "idTokenInfo": {"status": "Accepted", "groupIdToken": group}
        }
        outcome = await it.station.evse(1).token_presented(IdToken("XYZ"))

    assert outcome is TokenOutcome.STOPPED


@pytest.mark.requirement("E05.FR.09", "E03.FR.05")
async def test_without_a_cable_it_ends_only_once_none_has_come_in_time(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop="EVConnected")
        await it.set_variable("TxCtrlr", "TxStartPoint", "Authorized")
        await it.set_variable("TxCtrlr", "EVConnectionTimeOut", "60")
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        refused = it.station.evse(1).authorization, last(it)
        await it.advance(61)

        assert it.station.evse(1).transaction is None
    assert refused == (None, ("Updated", "Deauthorized", "Idle", None))
    assert last(it) == ("Ended", "EVConnectTimeout", "Idle", "Timeout")


@pytest.mark.requirement("E05.FR.09", "E06.FR.02")
async def test_a_cable_that_comes_yet_gets_no_energy_and_ends_it_as_it_goes(world: Any) -> None:
    async with world(V201).running() as it:
        await configure(it, stops=True, stop="EVConnected")
        await it.set_variable("TxCtrlr", "TxStartPoint", "Authorized")
        await it.set_variable("TxCtrlr", "EVConnectionTimeOut", "60")
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(120)
        there = it.station.evse(1).energized, last(it)
        await it.hardware.depart()
        await it.settle()

    assert there == (False, ("Updated", "CablePluggedIn", "EVConnected", None))
    assert last(it)[:2] == ("Ended", "EVCommunicationLost")
