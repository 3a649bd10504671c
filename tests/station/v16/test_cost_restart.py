"""Cost and price over restarts and power cuts: "OCPP & California Pricing Requirements"."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import ChargingStation, IdToken
from ocppkit.station.capabilities import ConnectorState
from ocppkit.station.kept import UNPLUGGING
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import KeyValue
from ocppkit.testing import run_virtual, settle

from ..power import Plant, virtual
from .test_cost_and_price import ABC, RUNNING, VENDOR, put, shown, tell, unplugged

V16 = Version.V16
IDLE_FEE = (KeyValue(name="CustomIdleFeeAfterStop", value="true"),)
OFFLINE = (*IDLE_FEE, KeyValue(name="AllowOfflineTxForUnknownId", value="true"))


def kept(it: Any) -> list[str]:
    return list(it.station.core.kept.all(UNPLUGGING))


def standing(it: Any, *, plugged: bool | None) -> Any:
    """What the equipment knows of the cable as the station starts."""

    async def connector_state(*_: int) -> ConnectorState:
        return ConnectorState(plugged=plugged)

    it.hardware.connector_state = connector_state
    return it


# --- ConnectorUnplugged


def gone(plant: Plant) -> list[int]:
    """The transactions whose ConnectorUnplugged the CSMS has."""
    told = [payload for action, payload in plant.ledger.others if action == "DataTransfer"]
    assert all(each["messageId"] == "ConnectorUnplugged" for each in told)
    return [json.loads(each["data"])["transactionId"] for each in told]


async def charge(plant: Plant, station: ChargingStation) -> None:
    await station.wait_online()
    await plant.hardware.arrive(SimulatedEv(start_delay=1))
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(5)
    data = json.dumps({**RUNNING, "transactionId": 100})
    await plant.ledger.call("DataTransfer", vendorId=VENDOR, messageId="RunningCost", data=data)


async def leave(plant: Plant, station: ChargingStation) -> None:
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(5)
    await plant.hardware.depart(force=True)
    await settle()


async def _cut_as_the_driver_leaves(
    folder: Path, steps: int, *, offline: bool
) -> tuple[bool, list[int]]:
    """Cut the power some steps after the price was told.

    Returns:
        Whether the driver had not left by then, and what the CSMS has heard of cables.
    """
    plant = Plant(folder / str(steps), V16, sample_interval=0)
    async with plant.live() as station:

        async def visit() -> None:
            await charge(plant, station)
            plant.mains.cut_at = plant.mains.steps + steps
            if offline:
                plant.network.down = True
                plant.network.cut("CS001")
            await leave(plant, station)

        await plant.until_cut(visit)
        was_cut = plant.mains.off
    plant.network.down = False
    await plant.drain()
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(5)
        assert not kept_of(station), steps
    return was_cut, gone(plant)


def kept_of(station: ChargingStation) -> dict[str, str]:
    return dict(station.core.kept.all(UNPLUGGING))


@pytest.mark.long
@pytest.mark.requirement("1.6 §3.7.1", "1.6 DataTransfer")
@pytest.mark.parametrize("offline", [False, True])
def test_a_cable_that_goes_is_told_wherever_the_power_is_cut(
    tmp_path: Path, *, offline: bool
) -> None:
    told: dict[int, list[int]] = {}
    was_cut = True
    while was_cut:
        steps = len(told)
        cutting = _cut_as_the_driver_leaves(tmp_path, steps, offline=offline)
        was_cut, told[steps] = run_virtual(cutting)

    assert len(told) > 10
    assert {steps: each for steps, each in told.items() if set(each) != {100}} == {}
    assert max(map(len, told.values())) <= 2  # doubled where the answer was lost, and only there


@pytest.mark.requirement("1.6 §3.7.1", "1.6 DataTransfer")
async def test_a_whole_visit_offline_with_restarts_is_told_after_its_stop(
    world: Any, tmp_path: Path
) -> None:
    config = {"storage": Storage(state_dir=tmp_path), "configuration": OFFLINE}
    async with world(V16, **config).running() as first:
        first.down = True
        await first.drop()
        await first.charge()
        await first.station.evse(1).unplugged()
        at = first.clock.utc_now()
        await first.advance(5)
    second = standing(world(V16, **config), plugged=False)
    second.down = True
    async with second.running():
        await second.advance(30)
        second.down = False
        await second.advance(60)

        wanted = {"StartTransaction", "StopTransaction", "DataTransfer"}
        assert [each for each in second.actions() if each in wanted] == [
            "StartTransaction",
            "StopTransaction",
            "DataTransfer",
        ]
        assert unplugged(second) == [
            {"transactionId": 7, "timestamp": at.isoformat().replace("+00:00", "Z")}
        ]
        assert kept(second) == []


@pytest.mark.requirement("1.6 §3.7.1", "1.6 key TransactionMessageAttempts")
@pytest.mark.parametrize("answer", [None, "InternalError"])
async def test_a_csms_that_does_not_answer_is_told_again_as_of_transactions(
    world: Any, answer: str | None
) -> None:
    async with world(V16, configuration=IDLE_FEE).running() as it:
        await put(it, "TransactionMessageAttempts", "3")
        await put(it, "TransactionMessageRetryInterval", "60")
        it.script["DataTransfer"] = lambda _: answer
        await it.charge()
        await it.station.evse(1).unplugged()
        await it.advance(59 if answer else 89)  # it is waited for 30 s
        before = len(unplugged(it))
        await it.advance(2)
        again = len(unplugged(it))
        it.script["DataTransfer"] = lambda _: {"status": "Accepted"}
        await it.advance(600)

        assert (before, again) == (1, 2)
        assert len(unplugged(it)) == 3
        assert kept(it) == []


@pytest.mark.requirement("1.6 §3.7.1", "1.6 key TransactionMessageAttempts")
async def test_a_csms_that_never_answers_is_given_up_in_the_end(world: Any) -> None:
    async with world(V16, configuration=IDLE_FEE).running() as it:
        await put(it, "TransactionMessageAttempts", "2")
        await put(it, "TransactionMessageRetryInterval", "10")
        it.script["DataTransfer"] = lambda _: "InternalError"
        await it.charge()
        await it.station.evse(1).unplugged()
        await it.advance(3600)

        assert len(unplugged(it)) == 2
        assert kept(it) == []


async def test_where_the_csms_never_takes_the_stop_it_learns_of_the_cable(world: Any) -> None:
    async with world(V16, configuration=IDLE_FEE).running() as it:
        it.script["StopTransaction"] = lambda _: "InternalError"
        await put(it, "TransactionMessageAttempts", "2")
        await it.charge()
        await it.station.evse(1).unplugged()
        await it.advance(3600)

        assert [each["transactionId"] for each in unplugged(it)] == [7]


async def test_a_transaction_that_the_csms_never_took_costs_nothing(world: Any) -> None:
    async with world(V16, configuration=IDLE_FEE).running() as it:
        it.script["StartTransaction"] = lambda _: "InternalError"
        await put(it, "TransactionMessageAttempts", "1")
        await it.charge()
        await it.station.evse(1).unplugged()
        await it.advance(600)

        assert unplugged(it) == []
        assert kept(it) == []


async def test_weeks_without_the_csms_keep_no_more_than_there_is_room_for(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocppkit.station.v16.cost_uses._MOST", 5)
    async with world(V16, configuration=OFFLINE).running() as it:
        it.down = True
        await it.drop()
        for _ in range(8):
            await it.charge()
            await it.hardware.depart(force=True)
            await it.advance(5)

        assert kept(it) == [f"tx-{number}" for number in range(4, 9)]


# --- what a transaction costs


@virtual
async def test_extra_meter_values_come_also_after_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16, sample_interval=0)

    def others() -> list[str]:
        values = [each for action, each in plant.ledger.messages if action == "MeterValues"]
        read = [each["meterValue"][0]["sampledValue"][0] for each in values]
        return [each["value"] for each in read if each["context"] == "Other"]

    async with plant.live() as station:
        await station.wait_online()
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        await asyncio.sleep(5)
        soon = plant.clock.utc_now() + timedelta(minutes=1)
        triggers = {"atTime": soon.isoformat(), "atEnergykWh": 2, "atCPStatus": ["Finishing"]}
        data = {**RUNNING, "transactionId": 100, "triggerMeterValue": triggers}
        await plant.ledger.call(
            "DataTransfer", vendorId=VENDOR, messageId="RunningCost", data=json.dumps(data)
        )
        await asyncio.sleep(90)
        timed = others()
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(60)
        again = others()
        await asyncio.sleep(3600)
        full = others()
        await station.evse(1).token_presented(ABC)
        await settle()
        ended = others()

    assert len(timed) == 1
    assert again == timed  # what has come does not come again
    assert len(full) == 2
    assert float(full[1]) >= 2000
    assert len(ended) == 3


@virtual
async def test_what_a_transaction_costs_is_shown_again_after_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16)
    async with plant.live() as station:
        await charge(plant, station)
    plant.hardware.system.shown.clear()
    async with plant.live() as station:
        await station.wait_online()
        await settle()
        text = plant.hardware.system.shown.get(1)
        data = json.dumps({**RUNNING, "transactionId": 100, "cost": 2})
        answer = await plant.ledger.call(
            "DataTransfer", vendorId=VENDOR, messageId="RunningCost", data=data
        )
        later = plant.hardware.system.shown.get(1)

    assert text is not None
    assert text.content == "Charging: 1.50"
    assert answer["status"] == "Accepted"
    assert later is not None
    assert later.content == "Charging: 2.00"


@virtual
async def test_the_drivers_price_is_shown_again_after_a_power_cut(tmp_path: Path) -> None:
    told = (KeyValue(name="DefaultPrice", value='{"priceText": "dear"}'),)
    plant = Plant(tmp_path, V16, configuration=told)
    async with plant.live() as station:
        await station.wait_online()
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        data = json.dumps({"idToken": "ABC", "priceText": "cheap"})
        await plant.ledger.call(
            "DataTransfer", vendorId=VENDOR, messageId="SetUserPrice", data=data
        )
        await asyncio.sleep(5)
    plant.hardware.system.shown.clear()
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(60)
        text = plant.hardware.system.shown.get(1)

    assert text is not None
    assert text.content == "cheap"


async def test_an_idle_fee_and_the_final_cost_go_on_after_a_restart(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(V16, storage=storage).running() as before:
        await before.charge()
        await tell(before, "RunningCost", RUNNING)
        await before.station.evse(1).token_presented(ABC)
        await before.settle()
    after = standing(world(V16, storage=storage), plugged=True)
    async with after.running():
        idle = await tell(after, "RunningCost", {**RUNNING, "state": "Idle", "cost": 2})
        first = shown(after)
        final = await tell(after, "FinalCost", {"transactionId": 7, "cost": 3})
    again = standing(world(V16, storage=storage), plugged=True)
    async with again.running():
        second = shown(again)
        await again.station.evse(1).unplugged()
        await again.advance(61)

        assert (idle, final) == ("Accepted", "Accepted")
        assert (first, second) == ("Idle: 2.00", "Total: 3.00")
        assert shown(again) is None
        assert [each["transactionId"] for each in unplugged(again)] == [7]
        assert kept(again) == []


async def test_the_next_driver_takes_the_place_of_what_was_kept(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(V16, storage=storage).running() as before:
        await before.charge()
        await tell(before, "RunningCost", RUNNING)
        await before.station.evse(1).token_presented(ABC)
        await before.settle()
        was = kept(before)
    after = standing(world(V16, storage=storage), plugged=True)
    async with after.running():
        await after.station.evse(1).token_presented(IdToken("XYZ"))
        await after.settle()

        assert was == ["tx-1"]
        assert kept(after) == []
        assert await tell(after, "RunningCost", {**RUNNING, "transactionId": 6}) == "Rejected"


async def test_an_extra_meter_value_does_not_keep_the_next_prices_away(world: Any) -> None:
    async with world(V16).running() as it:
        await it.charge()
        start = it.clock.utc_now()
        soon, later = start + timedelta(minutes=1), start + timedelta(minutes=10)
        data = {
            **RUNNING,
            "nextPeriod": {"atTime": later.isoformat(), "chargingPrice": {"kWhPrice": 0.2}},
            "triggerMeterValue": {"atTime": soon.isoformat()},
        }
        await tell(it, "RunningCost", data)
        await it.advance(601)

        assert shown(it) == "Charging: 1.50\n0.20 per kWh"
