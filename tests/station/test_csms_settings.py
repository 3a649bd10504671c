"""What the CSMS sets is obeyed at once, read back, and kept over a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.connection import KeepAlive
from ocppkit.message import Version
from ocppkit.station import IdToken

from .power import Plant, virtual

V16, V201 = Version.V16, Version.V201

SETTINGS_16 = {
    "ClockAlignedDataInterval": "900",
    "ConnectionTimeOut": "33",
    "HeartbeatInterval": "44",
    "MeterValuesAlignedData": "Voltage,SoC",
    "StopTransactionOnEVSideDisconnect": "false",
    "StopTxnAlignedData": "Voltage",
    "StopTxnSampledData": "SoC",
    "TransactionMessageAttempts": "7",
    "TransactionMessageRetryInterval": "8",
    "UnlockConnectorOnEVSideDisconnect": "false",
    "WebSocketPingInterval": "55",
}
SETTINGS_201 = {
    ("AlignedDataCtrlr", "Interval", None): "900",
    ("AlignedDataCtrlr", "SendDuringIdle", None): "true",
    ("AlignedDataCtrlr", "TxEndedInterval", None): "1800",
    ("AlignedDataCtrlr", "TxEndedMeasurands", None): "Voltage,SoC",
    ("OCPPCommCtrlr", "HeartbeatInterval", None): "44",
    ("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"): "8",
    ("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"): "7",
    ("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", None): "9",
    ("OCPPCommCtrlr", "RetryBackOffRandomRange", None): "1",
    ("OCPPCommCtrlr", "RetryBackOffRepeatTimes", None): "2",
    ("OCPPCommCtrlr", "RetryBackOffWaitMinimum", None): "3",
    ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", None): "false",
    ("OCPPCommCtrlr", "WebSocketPingInterval", None): "55",
    ("SampledDataCtrlr", "TxEndedInterval", None): "600",
    ("TxCtrlr", "EVConnectionTimeOut", None): "33",
    ("TxCtrlr", "StopTxOnEVSideDisconnect", None): "false",
}


def _data(component: str, name: str, instance: str | None) -> dict[str, Any]:
    variable = {"name": name} if instance is None else {"name": name, "instance": instance}
    return {"component": {"name": component}, "variable": variable}


async def set_201(
    world: Any, value: str, component: str, name: str, instance: str | None = None
) -> str:
    data = {**_data(component, name, instance), "attributeValue": value}
    answer = await world.call("SetVariables", setVariableData=[data])
    status: str = answer["setVariableResult"][0]["attributeStatus"]
    return status


async def read_201(call: Any) -> dict[tuple[str, str, str | None], str]:
    data = [_data(*key) for key in SETTINGS_201]
    answer = await call("GetVariables", getVariableData=data)
    results = answer["getVariableResult"]
    return {
        key: result.get("attributeValue") for key, result in zip(SETTINGS_201, results, strict=True)
    }


async def read_16(call: Any) -> dict[str, str]:
    answer = await call("GetConfiguration", key=list(SETTINGS_16))
    return {each["key"]: each["value"] for each in answer["configurationKey"]}


@virtual
async def test_in_1_6_each_is_read_back_also_after_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16)
    async with plant.live() as station:
        await station.wait_online()
        for key, value in SETTINGS_16.items():
            answer = await plant.ledger.call("ChangeConfiguration", key=key, value=value)
            assert answer == {"status": "Accepted"}, key
        before = await read_16(plant.ledger.call)
    async with plant.live() as station:
        await station.wait_online()
        after = await read_16(plant.ledger.call)
        pings = station.keep_alive.interval

    assert before == after == SETTINGS_16
    assert pings == 55


@virtual
async def test_in_2_0_1_each_is_read_back_also_after_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await station.wait_online()
        for key, value in SETTINGS_201.items():
            assert await set_201(plant.ledger, value, *key) == "Accepted", key
        before = await read_201(plant.ledger.call)
    async with plant.live() as station:
        await station.wait_online()
        after = await read_201(plant.ledger.call)
        plan, pings = station._core.keeper.plan, station.keep_alive.interval

    assert before == after == SETTINGS_201
    assert pings == 55
    assert plan.attempts == 9
    backoff = plan.backoff
    assert (backoff.random_range_s, backoff.repeat_times, backoff.wait_minimum_s) == (1, 2, 3)


async def set_pings(world: Any, value: str) -> str:
    if world.version is V16:
        key = "WebSocketPingInterval"
        answer = await world.call("ChangeConfiguration", key=key, value=value)
        status: str = answer["status"]
        return status
    return await set_201(world, value, "OCPPCommCtrlr", "WebSocketPingInterval")


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 key WebSocketPingInterval")
async def test_pings_are_set_while_the_connection_lasts(world: Any, version: Version) -> None:
    async with world(version, ping_interval=60.0).running() as it:
        intervals = [it.station.keep_alive.interval]
        for value in ("10", "0"):
            assert await set_pings(it, value) == "Accepted"
            intervals.append(it.station.keep_alive.interval)
        refused = await set_pings(it, "-1")

    assert intervals == [60, 10, None]
    assert refused == "Rejected"


@pytest.mark.parametrize("version", [V16, V201])
async def test_what_the_program_sets_is_read_back(world: Any, version: Version) -> None:
    async with world(version).running() as it:
        it.station.keep_alive = KeepAlive(interval=12.0, timeout=3.0)
        if version is V16:
            told = (await read_16(it.call))["WebSocketPingInterval"]
        else:
            told = (await read_201(it.call))["OCPPCommCtrlr", "WebSocketPingInterval", None]
        assert await set_pings(it, "20") == "Accepted"
        now = it.station.keep_alive

    assert told == "12"
    assert (now.interval, now.timeout) == (20, 3.0)


async def test_each_version_keeps_its_own_pings(world: Any) -> None:
    it = world(V16, ping_interval=60.0)
    async with it.running():
        other = it.station._speaking.dialect(V201)
        other.policy.ping_interval = 5
        it.station._core.adopt_connecting(other.policy)
        before = it.station.keep_alive.interval
        it.station._core.speak(other)
        after = it.station.keep_alive.interval

    assert (before, after) == (60, 5)


@pytest.mark.parametrize("version", [V16, V201])
async def test_another_heartbeat_interval_counts_at_once(world: Any, version: Version) -> None:
    async with world(version).running() as it:
        if version is V16:
            await it.call("ChangeConfiguration", key="HeartbeatInterval", value="10")
        else:
            await set_201(it, "10", "OCPPCommCtrlr", "HeartbeatInterval")
        await it.advance(10)

        assert len(it.sent("Heartbeat")) == 1


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 key ConnectionTimeOut")
async def test_another_connection_timeout_counts_for_the_next_driver(
    world: Any, version: Version
) -> None:
    async with world(version).running() as it:
        if version is V16:
            await it.call("ChangeConfiguration", key="ConnectionTimeOut", value="10")
        else:
            await set_201(it, "10", "TxCtrlr", "EVConnectionTimeOut")
        await it.station.evse(1).token_presented(IdToken("ABC"))
        before = it.station.evse(1).authorization
        await it.advance(11)

        assert before is not None
        assert it.station.evse(1).authorization is None


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 key TransactionMessageRetryInterval")
async def test_another_retry_interval_counts_for_what_waits_already(
    world: Any, version: Version
) -> None:
    action = "StartTransaction" if version is V16 else "TransactionEvent"
    async with world(version, message_retry_interval=600).running() as it:
        answer = it.script[action]
        it.script[action] = lambda _: "InternalError"
        await it.charge()
        before = len(it.sent(action))
        it.script[action] = answer
        if version is V16:
            key = "TransactionMessageRetryInterval"
            await it.call("ChangeConfiguration", key=key, value="5")
        else:
            of = ("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent")
            assert await set_201(it, "5", *of) == "Accepted"
        await it.advance(6)

        assert before == 1
        assert len(it.sent(action)) > 1


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 key TransactionMessageAttempts")
async def test_fewer_attempts_count_for_what_is_tried_next(world: Any, version: Version) -> None:
    action = "StartTransaction" if version is V16 else "TransactionEvent"
    async with world(version, message_retry_interval=10).running() as it:
        it.script[action] = lambda _: "InternalError"
        if version is V16:
            key = "TransactionMessageAttempts"
            await it.call("ChangeConfiguration", key=key, value="1")
        else:
            of = ("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent")
            assert await set_201(it, "1", *of) == "Accepted"
        await it.charge()
        tries = [payload.get("seqNo") for payload in it.sent(action)]
        await it.advance(100)

        assert len(tries) == len(set(tries))
        assert len(it.sent(action)) == len(tries)


async def test_another_back_off_counts_for_the_next_loss(world: Any) -> None:
    async with world(V201).running() as it:
        for name, value in (("WaitMinimum", "100"), ("RepeatTimes", "0"), ("RandomRange", "0")):
            status = await set_201(it, value, "OCPPCommCtrlr", f"RetryBackOff{name}")
            assert status == "Accepted"
        it.down = True
        dials = it.dials
        await it.drop()
        await it.advance(99)
        early = it.dials - dials
        await it.advance(2)
        first = it.dials - dials
        await it.advance(100)

        assert (early, first, it.dials - dials) == (0, 1, 2)


@pytest.mark.parametrize("version", [V16, V201])
async def test_a_number_that_nobody_can_reckon_with_is_refused(
    world: Any, version: Version
) -> None:
    async with world(version).running() as it:
        assert await set_pings(it, "9" * 400) == "Rejected"
        assert await set_pings(it, str(2**31 - 1)) == "Accepted"
        if version is V16:
            told = (await read_16(it.call))["WebSocketPingInterval"]
        else:
            told = (await read_201(it.call))["OCPPCommCtrlr", "WebSocketPingInterval", None]

    assert told == str(2**31 - 1)
