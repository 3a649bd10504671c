"""E: transactions that a power cut interrupts: never silently gone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import ChargingStation, IdToken, StartReason
from ocppkit.station.transaction import TransactionPoint

from ..power import Plant, virtual

V201 = Version.V201
ABC = IdToken("ABC")
BAY = frozenset({TransactionPoint.PARKING_BAY_OCCUPANCY})


def events(plant: Plant) -> list[dict[str, Any]]:
    return [payload for action, payload in plant.ledger.messages if action == "TransactionEvent"]


async def charge(plant: Plant, station: ChargingStation) -> None:
    await station.wait_online()
    await plant.hardware.arrive(SimulatedEv(start_delay=1))
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(90)


@virtual
@pytest.mark.requirement("E01.FR.07", "E02.FR.07", "E03.FR.06")
async def test_the_sequence_goes_on_and_time_and_phases_with_it(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await charge(plant, station)
    before = len(events(plant))
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(60)
        await station.evse(1).token_presented(ABC)
        await station.wait_delivered()

    told = events(plant)
    times = [each["transactionInfo"].get("timeSpentCharging", 0) for each in told]
    assert [each["seqNo"] for each in told] == list(range(len(told)))
    assert {each["transactionInfo"]["transactionId"] for each in told} == {"tx-1"}
    assert times == sorted(times)
    assert times[-1] > times[before - 1] + 50
    assert [each["numberOfPhasesUsed"] for each in told if "numberOfPhasesUsed" in each] == [3]
    assert not any("idToken" in each for each in told[before:-1])


@virtual
@pytest.mark.requirement("E06.FR.11", "E07.FR.08")
async def test_an_end_by_a_power_cut_tells_the_meter_values_that_were_kept_for_it(
    tmp_path: Path,
) -> None:
    plant = Plant(tmp_path, V201, ended_sample_interval=10)
    async with plant.live() as station:
        await station.wait_online()
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        await asyncio.sleep(45)
        await plant.hardware.ev_power(1, 5000)
        await plant.hardware.ev_power(1, 0)
    await plant.hardware.depart(force=True)
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()

    ended = events(plant)[-1]
    sampled = [value for each in ended["meterValue"] for value in each["sampledValue"]]
    assert ended["transactionInfo"]["stoppedReason"] == "PowerLoss"
    assert [each["context"] for each in sampled].count("Sample.Periodic") >= 4
    assert 40 <= ended["transactionInfo"]["timeSpentCharging"] <= 46


@virtual
@pytest.mark.requirement("E06.FR.08", "E06.FR.16")
async def test_a_transaction_of_a_bay_ends_and_the_ev_that_still_stands_there_starts_another(
    tmp_path: Path,
) -> None:
    plant = Plant(tmp_path, V201, start_points=BAY, stop_points=BAY)
    async with plant.live() as station:
        await station.wait_online()
        await plant.hardware.bay(1, occupied=True)
        await station.wait_delivered()
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()

    assert [
        (
            each["transactionInfo"]["transactionId"],
            each["seqNo"],
            each["triggerReason"],
            each["transactionInfo"].get("stoppedReason"),
        )
        for each in events(plant)
    ] == [
        ("tx-1", 0, "EVDetected", None),
        ("tx-1", 1, "AbnormalCondition", "PowerLoss"),
        ("tx-2", 0, "EVDetected", None),
    ]


@virtual
async def test_a_transaction_that_waited_for_its_bay_to_be_free_still_does(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201, stop_points=BAY)
    await plant.hardware.bay(1, occupied=True)
    async with plant.live() as station:
        await charge(plant, station)
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(10)
        await station.evse(1).token_presented(ABC)
        await plant.hardware.depart(force=True)
        await asyncio.sleep(10)
        going_on = station.evse(1).transaction
        await plant.hardware.bay(1, occupied=False)
        await station.wait_delivered()

    ended = events(plant)[-1]
    assert going_on is not None
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "EVDeparted")
    assert ended["transactionInfo"]["stoppedReason"] == "Local"


@virtual
@pytest.mark.requirement("E06.FR.08")
@pytest.mark.parametrize(
    ("start", "reason"), [(StartReason.WATCHDOG, "Reboot"), (StartReason.POWER_UP, "PowerLoss")]
)
async def test_the_reason_tells_a_power_cut_from_a_watchdog(
    tmp_path: Path, start: StartReason, reason: str
) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await charge(plant, station)
    await plant.hardware.depart(force=True)
    plant.hardware.system.reason = start
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()

    ended = events(plant)[-1]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "AbnormalCondition")
    assert ended["transactionInfo"]["stoppedReason"] == reason
