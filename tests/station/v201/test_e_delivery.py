"""E04, E08, E11 - E14: transactions without a connection, and events that are not taken."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.rpc.outbox import Limits
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, TokenOutcome, delivery

from .signing import Signing

V201 = Version.V201
ABC = IdToken("ABC")
INTERVAL = ("SampledDataCtrlr", "TxUpdatedInterval", "10")
ANYBODY = ("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "true")


async def leave(world: Any) -> None:
    world.down = True
    await world.drop()


async def come_back(world: Any) -> None:
    world.down = False
    await world.advance(120)


def contexts(event: dict[str, Any]) -> list[str]:
    return [value["sampledValue"][0]["context"] for value in event.get("meterValue", [])]


@pytest.mark.requirement("E04.FR.01", "E04.FR.02", "E04.FR.03", "E04.FR.04", "E04.FR.05")
@pytest.mark.requirement("E04.FR.06", "E12.FR.01", "E12.FR.02", "E12.FR.03", "E12.FR.07")
async def test_a_transaction_without_a_connection_is_told_in_full_afterwards(world: Any) -> None:
    async with world(V201).running() as it:
        await it.set_variable(*ANYBODY)
        await it.set_variable(*INTERVAL)
        await leave(it)
        await it.charge()
        await it.advance(30)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        meanwhile = it.events()
        await come_back(it)

    events = it.sent("TransactionEvent")
    assert meanwhile == []
    assert [each["seqNo"] for each in events] == list(range(len(events)))
    assert all(each["offline"] for each in events)
    assert [each["eventType"] for each in (events[0], events[-1])] == ["Started", "Ended"]
    assert contexts(events[0]) == ["Transaction.Begin"]
    assert contexts(events[-1]) == ["Transaction.Begin", "Transaction.End"]
    assert [contexts(each) for each in events].count(["Sample.Periodic"]) == 3


@pytest.mark.requirement("E11.FR.01", "E11.FR.02", "E11.FR.03")
async def test_what_happens_while_the_connection_is_lost_is_told_afterwards(world: Any) -> None:
    async with world(V201).running() as it:
        await it.set_variable(*INTERVAL)
        await it.charge()
        await it.advance(10)
        await leave(it)
        before = len(it.events())
        await it.advance(20)
        await it.hardware.ev_power(1, 0)
        meanwhile = len(it.events())
        it.down = False
        await it.advance(30)

    events = it.sent("TransactionEvent")
    assert meanwhile == before
    offline = [each for each in events if each.get("offline")]
    assert [each["seqNo"] for each in events] == list(range(len(events)))
    assert [each["triggerReason"] for each in offline][:3] == [
        "MeterValuePeriodic",
        "MeterValuePeriodic",
        "ChargingStateChanged",
    ]
    assert not any(each.get("offline") for each in events[:before])
    assert not events[-1].get("offline")


@pytest.mark.requirement("E04.FR.07", "E04.FR.08", "E11.FR.04", "E11.FR.05")
@pytest.mark.requirement("E12.FR.04", "E12.FR.05", "J02.FR.12", "J02.FR.13")
@pytest.mark.parametrize("begins", ["online", "offline"])
async def test_where_too_much_waits_updates_in_between_give_way(
    world: Any, monkeypatch: pytest.MonkeyPatch, begins: str
) -> None:
    monkeypatch.setattr(delivery, "_LIMITS", Limits(entries=40, size=1 << 20))
    async with world(V201).running() as it:
        await it.set_variable(*ANYBODY)
        await it.set_variable(*INTERVAL)
        if begins == "online":
            await it.charge()
            await leave(it)
        else:
            await leave(it)
            await it.charge()
        await it.advance(1000)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        await come_back(it)

    events = it.sent("TransactionEvent")
    numbers = [each["seqNo"] for each in events]
    steps = {after - before for before, after in pairwise(numbers)}
    assert [events[0]["eventType"], events[-1]["eventType"]] == ["Started", "Ended"]
    assert numbers == sorted(numbers)
    assert numbers[:3] == [0, 1, 2]  # the driver and the energy are no samples
    assert 20 < len(events) <= 45
    assert len(steps) > 1
    assert max(steps) <= 16  # nowhere is much missing in a row
    assert numbers[-1] == 103


@pytest.mark.requirement("E11.FR.07")
async def test_what_waits_for_the_csms_as_the_connection_goes_is_offline_too(world: Any) -> None:
    async with world(V201).running() as it:
        it.script["TransactionEvent"] = lambda _: None
        await it.charge()
        first = it.sent("TransactionEvent")[0]
        await leave(it)
        del it.script["TransactionEvent"]
        it.script["TransactionEvent"] = lambda _: {}
        await come_back(it)

    again = it.sent("TransactionEvent")[1:]
    assert "offline" not in first
    assert [each["seqNo"] for each in again] == [0, 1, 2]
    assert all(each["offline"] for each in again)


@pytest.mark.requirement("E08.FR.01", "E08.FR.03", "E08.FR.04", "E08.FR.05", "E08.FR.06")
@pytest.mark.requirement("E08.FR.07", "E08.FR.08", "E08.FR.09")
async def test_a_token_stops_what_it_started_without_a_connection(world: Any) -> None:
    async with world(V201).running() as it:
        await it.charge()
        await leave(it)
        before = len(it.events())
        outcome = await it.station.evse(1).token_presented(ABC)
        await it.settle()
        locked, energized = it.hardware.locked(1), it.station.evse(1).energized
        meanwhile = len(it.events())
        await come_back(it)

    events = it.sent("TransactionEvent")
    assert outcome is TokenOutcome.STOPPED
    assert (locked, energized) == (False, False)
    assert meanwhile == before
    assert it.events()[before:] == [("Ended", "StopAuthorized")]
    assert events[-1]["offline"]
    assert contexts(events[-1]) == ["Transaction.Begin", "Transaction.End"]
    assert [each["seqNo"] for each in events] == list(range(len(events)))


@pytest.mark.parametrize(
    "course",
    [
        pytest.param("online", marks=pytest.mark.requirement("E02.FR.14", "E07.FR.12")),
        pytest.param("token first", marks=pytest.mark.requirement("E03.FR.10")),
        pytest.param("started offline", marks=pytest.mark.requirement("E04.FR.10", "E12.FR.10")),
        pytest.param("stopped offline", marks=pytest.mark.requirement("E08.FR.12", "E11.FR.08")),
        pytest.param("unplugged", marks=pytest.mark.requirement("E09.FR.08")),
        pytest.param("suspended", marks=pytest.mark.requirement("E10.FR.07")),
    ],
)
async def test_every_meter_value_is_signed_where_that_is_wanted(world: Any, course: str) -> None:
    it = world(V201)
    it.equipment = Signing(it.hardware)
    async with it.running():
        await it.set_variable(*INTERVAL)
        await it.set_variable(*ANYBODY)
        if course in {"suspended", "unplugged"}:
            stops = "false" if course == "suspended" else "true"
            await it.set_variable("TxCtrlr", "TxStopPoint", "Authorized")
            await it.set_variable("TxCtrlr", "StopTxOnEVSideDisconnect", stops)
        if course == "started offline":
            await leave(it)
        if course == "token first":
            await it.station.evse(1).token_presented(ABC)
            await it.hardware.arrive(SimulatedEv(start_delay=1))
            await it.advance(1)
        else:
            await it.charge()
        await it.advance(10)
        if course == "stopped offline":
            await leave(it)
            await it.advance(10)
        if course in {"suspended", "unplugged"}:
            await it.station.evse(1).unplugged()
        if course != "unplugged":
            await it.station.evse(1).token_presented(ABC)
        await it.settle()
        await come_back(it)

    events = it.sent("TransactionEvent")
    registers = [
        "signedMeterValue" in value
        for event in events
        for sample in event.get("meterValue", [])
        for value in sample["sampledValue"]
        if value["measurand"] == "Energy.Active.Import.Register"
    ]
    assert events[-1]["eventType"] == "Ended"
    assert len(registers) >= 4
    assert all(registers)


@pytest.mark.requirement("E08.FR.02", "E08.FR.03", "E08.FR.04", "E08.FR.07")
async def test_a_token_of_the_same_group_stops_without_a_connection(world: Any) -> None:
    group = {"idToken": "FLEET", "type": "Central"}
    accepted = {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
    other = IdToken("XYZ")
    async with world(V201).running() as it:
        for component, variable in (
            ("AuthCacheCtrlr", "Enabled"),
            ("AuthCtrlr", "LocalAuthorizeOffline"),
        ):
            assert await it.set_variable(component, variable, "true") == "Accepted"
        it.script["Authorize"] = lambda _: accepted
        it.script["TransactionEvent"] = lambda p: accepted if "idToken" in p else {}
        await it.station.evse(1).token_presented(other)
        await it.station.evse(1).token_presented(other)
        await it.charge()
        await leave(it)
        outcome = await it.station.evse(1).token_presented(other)
        await it.settle()
        locked, energized = it.hardware.locked(1), it.station.evse(1).energized
        await come_back(it)

    ended = it.sent("TransactionEvent")[-1]
    assert outcome is TokenOutcome.STOPPED
    assert (locked, energized) == (False, False)
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "StopAuthorized")
    assert ended["idToken"]["idToken"] == "XYZ"
    assert ended["offline"]


@pytest.mark.requirement("E13.FR.01", "E13.FR.02", "E13.FR.03", "E13.FR.04")
@pytest.mark.parametrize("answer", ["InternalError", None])
async def test_an_event_that_is_not_taken_goes_again_later_and_later_and_then_no_more(
    world: Any, answer: str | None
) -> None:
    it = world(V201)
    timeout = 0 if answer else 30
    async with it.running():
        for name, value in (("MessageAttempts", "3"), ("MessageAttemptInterval", "10")):
            data = {
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": name, "instance": "TransactionEvent"},
                "attributeValue": value,
            }
            set_one = await it.call("SetVariables", setVariableData=[data])
            assert set_one["setVariableResult"][0]["attributeStatus"] == "Accepted"
        it.script["TransactionEvent"] = lambda p: answer if p["seqNo"] == 0 else {}
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        counts = []
        for wait in (9 + timeout, 1, 19 + timeout, 1, 200):
            await it.advance(wait)
            counts.append([each["seqNo"] for each in it.sent("TransactionEvent")])
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert counts == [[0], [0, 0], [0, 0], [0, 0, 0], [0, 0, 0]]
    assert it.sent("TransactionEvent")[-1]["seqNo"] == 1


@pytest.mark.requirement("E13.FR.02")
@pytest.mark.parametrize("answer", ["InternalError", None])
async def test_an_event_that_is_taken_at_last_is_sent_no_more(
    world: Any, answer: str | None
) -> None:
    it = world(V201, message_attempts=5, message_retry_interval=10)
    async with it.running():
        it.script["TransactionEvent"] = lambda _: answer
        await it.hardware.arrive(SimulatedEv())
        await it.settle()
        it.script["TransactionEvent"] = lambda _: {}
        await it.advance(300)

    assert [each["seqNo"] for each in it.sent("TransactionEvent")] == [0, 0]


@pytest.mark.requirement("E14.FR.01", "E14.FR.02", "E14.FR.03", "E14.FR.04", "E14.FR.05")
@pytest.mark.requirement("E14.FR.06", "E14.FR.07", "E14.FR.08")
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("ended", [False, True])
async def test_the_csms_learns_how_a_transaction_stands(
    world: Any, waits: bool, ended: bool
) -> None:
    async with world(V201).running() as it:
        await it.charge()
        if waits:
            it.script["TransactionEvent"] = lambda _: None
            await it.hardware.ev_power(1, 0)
        if ended:
            await it.station.evse(1).token_presented(ABC)
        await it.settle()
        known = await it.call("GetTransactionStatus", transactionId="tx-1")
        unknown = await it.call("GetTransactionStatus", transactionId="another")
        anything = await it.call("GetTransactionStatus")

    assert known == {"ongoingIndicator": not ended, "messagesInQueue": waits}
    assert unknown == {"ongoingIndicator": False, "messagesInQueue": False}
    assert anything == {"messagesInQueue": waits}


@pytest.mark.requirement("E14.FR.01", "E14.FR.02", "E14.FR.04")
async def test_the_status_of_a_transaction_is_told_in_whatever_case_its_id_is(world: Any) -> None:
    async with world(V201).running() as it:
        await it.charge()
        it.script["TransactionEvent"] = lambda _: None
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        waiting = await it.call("GetTransactionStatus", transactionId="TX-1")

    assert waiting["messagesInQueue"] is True


@pytest.mark.requirement("E14.FR.02")
async def test_a_transaction_goes_on_in_whatever_case_its_id_is(world: Any) -> None:
    async with world(V201).running() as it:
        await it.charge()
        told = await it.call("GetTransactionStatus", transactionId="TX-1")

    assert told["ongoingIndicator"] is True
