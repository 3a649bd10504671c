"""B11, B12: resets of the station and of one EVSE."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import EvseDescription, IdToken, StationDescription, TokenOutcome
from ocppkit.station.capabilities import Capability
from ocppkit.station.evse import Evse
from ocppkit.station.reservations import Reservation
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.transaction import Cause

V201 = Version.V201
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
ABC, XYZ = IdToken("ABC"), IdToken("XYZ")
TYPES = pytest.mark.parametrize("kind", ["Immediate", "OnIdle"])


def told(it: Any, evse: int) -> list[str]:
    """What was told of the connector of an EVSE."""
    sent = it.sent("StatusNotification")
    return [each["connectorStatus"] for each in sent if each["evseId"] == evse]


def watched(it: Any) -> list[int]:
    """Which EVSEs the equipment is asked to reset, from now on."""
    reset: list[int] = []

    async def reset_evse(evse: int) -> None:
        reset.append(evse)

    it.hardware.reset_evse = reset_evse
    return reset


async def charge_at(it: Any, evse: int, token: IdToken) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=evse)
    await it.station.evse(evse).token_presented(token)
    await it.advance(2)


@TYPES
@pytest.mark.requirement("B11.FR.01", "B11.FR.03", "B11.FR.04", "B01.FR.03")
async def test_b11_an_idle_station_is_reset_at_once_and_boots(world: Any, kind: str) -> None:
    it = world(V201)
    async with it.running():
        answer = await it.call("Reset", type=kind)
        await it.settle()

    assert answer == {"status": "Accepted"}
    assert [each.value for each in it.hardware.reboots] == ["SoftReset"]
    assert [each["reason"] for each in it.sent("BootNotification")] == ["PowerUp", "RemoteReset"]


@pytest.mark.requirement("B11.FR.02", "B12.FR.06")
async def test_b11_what_was_out_of_use_is_so_after_the_reset(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await it.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2})
        await it.call("Reset", type="OnIdle")
        await it.settle()

    assert told(it, 1)[-1] == "Available"
    assert told(it, 2) == ["Available", "Unavailable", "Unavailable"]


@pytest.mark.requirement("B11.FR.02", "B01.FR.07", "B01.FR.09", "B01.FR.03")
async def test_b11_where_the_reset_ends_the_process_the_next_start_knows_why(
    world: Any, tmp_path: Any
) -> None:
    it = world(V201, storage=Storage(state_dir=tmp_path))

    async def ends_the_process(_: object) -> None:
        await asyncio.Event().wait()

    it.hardware.reboot = ends_the_process
    async with it.running():
        await it.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
        await it.call("Reset", type="OnIdle")
        await it.settle()
    async with it.running():
        pass
    async with it.running():
        pass

    reasons = [each["reason"] for each in it.sent("BootNotification")]
    assert reasons == ["PowerUp", "RemoteReset", "PowerUp"]
    assert told(it, 1)[-1] == "Unavailable"


@pytest.mark.requirement("B11.FR.07", "B12.FR.01", "B12.FR.03")
async def test_b12_on_idle_it_waits_for_all_transactions(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await charge_at(it, 1, ABC)
        await charge_at(it, 2, XYZ)
        answer = await it.call("Reset", type="OnIdle")
        await it.station.evse(1).token_presented(ABC)
        await it.advance(30)
        meanwhile = list(it.hardware.reboots)
        await it.station.evse(2).token_presented(XYZ)
        await it.advance(30)

    assert answer == {"status": "Scheduled"}
    assert meanwhile == []
    assert len(it.hardware.reboots) == 1
    ended = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Ended"]
    assert [each["transactionInfo"]["stoppedReason"] for each in ended] == ["Local", "Local"]
    assert it.sent("BootNotification")[-1]["reason"] == "ScheduledReset"


@pytest.mark.requirement("B12.FR.02", "B12.FR.04")
async def test_b12_immediately_all_transactions_are_ended_first(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await charge_at(it, 1, ABC)
        await charge_at(it, 2, XYZ)
        answer = await it.call("Reset", type="Immediate")
        await it.settle()

    assert answer == {"status": "Accepted"}
    ended = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Ended"]
    assert len(ended) == 2
    for event in ended:
        assert event["triggerReason"] == "ResetCommand"
        assert event["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    actions = it.actions()
    last_event = max(i for i, each in enumerate(actions) if each == "TransactionEvent")
    assert last_event < max(i for i, each in enumerate(actions) if each == "BootNotification")


@pytest.mark.requirement("B12.FR.05")
async def test_b12_an_end_that_is_not_answered_in_time_goes_after_the_boot(world: Any) -> None:
    it = world(V201, call_timeout=10.0)
    answers = it.script["TransactionEvent"]
    async with it.running():
        await it.charge()
        it.script["TransactionEvent"] = lambda _: None
        await it.call("Reset", type="Immediate")
        await it.advance(9)
        early = len(it.hardware.reboots)
        it.script["TransactionEvent"] = answers
        await it.advance(120)

    assert early == 0
    boot = [i for i, each in enumerate(it.calls) if each[0] == "BootNotification"][-1]
    after = [payload for action, payload in it.calls[boot:] if action == "TransactionEvent"]
    assert [each["eventType"] for each in after][-1] == "Ended"


@pytest.mark.requirement("B12.FR.01")
async def test_b12_an_immediate_reset_takes_the_place_of_a_scheduled_one(world: Any) -> None:
    it = world(V201)
    async with it.running():
        await it.charge()
        await it.call("Reset", type="OnIdle")
        answer = await it.call("Reset", type="Immediate")
        await it.advance(60)

    assert answer == {"status": "Accepted"}
    assert len(it.hardware.reboots) == 1
    assert it.sent("BootNotification")[-1]["reason"] == "RemoteReset"


@TYPES
@pytest.mark.requirement("B11.FR.09", "B12.FR.09")
async def test_b11_an_evse_that_cannot_be_reset_alone_is_not(world: Any, kind: str) -> None:
    it = world(V201)
    it.hardware.capabilities -= {Capability.EVSE_RESET}
    async with it.running():
        idle = await it.call("Reset", type=kind, evseId=1)
        await it.charge()
        charging = await it.call("Reset", type=kind, evseId=1)

    rejected = {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedRequest"}}
    assert (idle, charging) == (rejected, rejected)
    assert it.events()[-1][0] != "Ended"


@pytest.mark.requirement("B11.FR.10")
@pytest.mark.parametrize("able", [True, False])
async def test_b11_it_says_whether_an_evse_can_be_reset_alone(world: Any, able: bool) -> None:
    it = world(V201)
    if not able:
        it.hardware.capabilities -= {Capability.EVSE_RESET}
    async with it.running():
        answer = await it.call(
            "GetVariables",
            getVariableData=[
                {
                    "component": {"name": "EVSE", "evse": {"id": 1}},
                    "variable": {"name": "AllowReset"},
                }
            ],
        )

    assert answer["getVariableResult"][0]["attributeValue"] == str(able).lower()


@TYPES
@pytest.mark.requirement("B11.FR.01", "B11.FR.08")
async def test_b11_an_idle_evse_is_reset_and_nothing_else(world: Any, kind: str) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        reset = watched(it)
        await charge_at(it, 1, ABC)
        answer = await it.call("Reset", type=kind, evseId=2)
        await it.advance(1)
        goes_on = it.station.evse(1).transaction is not None

    assert answer == {"status": "Accepted"}
    assert reset == [2]
    assert goes_on
    assert it.hardware.reboots == []
    assert len(it.sent("BootNotification")) == 1
    assert told(it, 2) == ["Available", "Unavailable", "Available"]


@pytest.mark.requirement("B11.FR.08")
async def test_b11_an_evse_that_does_not_exist_is_not_reset(world: Any) -> None:
    it = world(V201)
    async with it.running():
        answer = await it.call("Reset", type="Immediate", evseId=2)

    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}


@pytest.mark.requirement("B12.FR.02", "B12.FR.08")
async def test_b12_immediately_the_transaction_of_the_evse_ends_and_no_other(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        reset = watched(it)
        await charge_at(it, 1, ABC)
        await charge_at(it, 2, XYZ)
        answer = await it.call("Reset", type="Immediate", evseId=2)
        await it.advance(1)
        others = it.station.evse(1).transaction is not None

    assert answer == {"status": "Accepted"}
    ended = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Ended"]
    assert len(ended) == 1
    assert ended[0]["triggerReason"] == "ResetCommand"
    assert ended[0]["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert ended[0]["transactionInfo"]["chargingState"] == "EVConnected"
    assert reset == [2]
    assert others


@pytest.mark.requirement("B12.FR.01", "B12.FR.07")
async def test_b12_on_idle_the_evse_waits_for_its_own_transaction_only(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        reset = watched(it)
        await charge_at(it, 1, ABC)
        await charge_at(it, 2, XYZ)
        answer = await it.call("Reset", type="OnIdle", evseId=2)
        await it.advance(30)
        early = list(reset)
        await it.station.evse(2).token_presented(XYZ)
        await it.advance(30)

    assert answer == {"status": "Scheduled"}
    assert early == []
    assert reset == [2]
    ended = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Ended"]
    assert [each["transactionInfo"]["stoppedReason"] for each in ended] == ["Local"]


@pytest.mark.requirement("B12.FR.07")
async def test_b12_until_its_reset_nobody_begins_at_an_evse(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await charge_at(it, 2, XYZ)
        await it.call("Reset", type="OnIdle", evseId=2)
        await it.hardware.arrive(SimulatedEv(), evse=1)
        elsewhere = await it.station.evse(1).token_presented(ABC)
        await it.station.evse(2).token_presented(XYZ)
        at_once = await it.station.evse(2).token_presented(XYZ)
        await it.advance(30)
        later = await it.station.evse(2).token_presented(XYZ)

    assert elsewhere is TokenOutcome.ACCEPTED
    assert at_once is TokenOutcome.REFUSED
    assert later is TokenOutcome.ACCEPTED


@pytest.mark.requirement("B11.FR.05", "B12.FR.06")
async def test_b11_an_evse_is_reserved_or_out_of_use_after_its_reset_as_before(
    world: Any,
) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        reservations = it.station.core.reservations
        until = it.clock.utc_now() + timedelta(hours=1)
        await reservations.make(Reservation(id=1, evse=1, holder="XYZ", expires=until))
        await it.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2})
        await it.call("Reset", type="Immediate", evseId=1)
        await it.call("Reset", type="Immediate", evseId=2)
        await it.advance(1)
        reserved = reservations.holds(1, 1)

    assert reserved
    assert told(it, 1)[-1] == "Reserved"
    assert told(it, 2)[-1] == "Unavailable"


@pytest.mark.requirement("B12.FR.10")
async def test_b12_while_an_evse_is_reset_no_other_reset_begins_there(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        it.script["TransactionEvent"] = lambda _: None
        await charge_at(it, 2, XYZ)
        await it.call("Reset", type="Immediate", evseId=2)
        again = await it.call("Reset", type="Immediate", evseId=2)
        station = await it.call("Reset", type="Immediate")
        elsewhere = await it.call("Reset", type="Immediate", evseId=1)

    rejected = {"status": "Rejected", "statusInfo": {"reasonCode": "ResetInProgress"}}
    assert (again, station) == (rejected, rejected)
    assert elsewhere == {"status": "Accepted"}


@pytest.mark.requirement("B11.FR.08")
async def test_b11_a_reset_that_fails_is_tried_again_and_ends_all_the_same(world: Any) -> None:
    it = world(V201)
    tries: list[int] = []

    async def reset_evse(evse: int) -> None:
        tries.append(evse)
        raise OSError("no answer from the board")

    async with it.running():
        it.hardware.reset_evse = reset_evse
        await it.call("Reset", type="Immediate", evseId=1)
        await it.advance(1)
        usable = it.station.evse(1).usable

    assert tries == [1, 1]  # ResetRetries
    assert usable


@pytest.mark.requirement("B12.FR.04", "B12.FR.08")
@pytest.mark.parametrize("evse", [None, 1])
async def test_b12_a_transaction_that_cannot_be_ended_keeps_no_reset_from_coming(
    world: Any, monkeypatch: pytest.MonkeyPatch, evse: int | None
) -> None:
    it = world(V201, description=TWO)
    stop = Evse.stop

    async def broken(self: Evse, cause: Cause) -> None:
        if self.id == 1:
            raise RuntimeError("it cannot")
        await stop(self, cause)

    async with it.running():
        reset = watched(it)
        await charge_at(it, 1, ABC)
        await charge_at(it, 2, XYZ)
        monkeypatch.setattr(Evse, "stop", broken)
        await it.call("Reset", type="Immediate", **({} if evse is None else {"evseId": evse}))
        await it.advance(60)
        monkeypatch.undo()

    assert len([*it.hardware.reboots, *reset]) == 1
    ended = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Ended"]
    assert [each["evse"]["id"] for each in ended if "evse" in each] in ([], [2])
    assert bool(ended) is (evse is None)
