"""Reservations of connector 0 over power cuts: one connector stays free, as long as they last."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, TokenOutcome
from ocppkit.testing import run_virtual, settle

from ..power import Plant, virtual
from .test_reservation import TWO

ABC, XYZ, DEF = IdToken("ABC"), IdToken("XYZ"), IdToken("DEF")
USERS = ((1, XYZ), (2, DEF))
ACCEPTED, REFUSED = TokenOutcome.ACCEPTED, TokenOutcome.REFUSED


def two(folder: Path) -> Plant:
    plant = Plant(folder, Version.V16, sample_interval=0)
    plant.hardware = SimulatedHardware(TWO, environment=plant.environment, meter_start_wh=0)
    return plant


async def reserve(plant: Plant, station: ChargingStation, *, seconds: float = 3600) -> str:
    await station.wait_online()
    expiry = plant.clock.utc_now() + timedelta(seconds=seconds)
    answer = await plant.ledger.call(
        "ReserveNow", connectorId=0, expiryDate=expiry.isoformat(), idTag="ABC", reservationId=9
    )
    status: str = answer["status"]
    return status


async def cancel(plant: Plant) -> str:
    status: str = (await plant.ledger.call("CancelReservation", reservationId=9))["status"]
    return status


def starts(plant: Plant) -> list[dict[str, Any]]:
    return [each for action, each in plant.ledger.messages if action == "StartTransaction"]


@pytest.mark.requirement("1.6 §5.13", "1.6 ReserveNow")
@virtual
async def test_5_13_after_a_power_cut_connector_0_keeps_one_connector_free(tmp_path: Path) -> None:
    plant = two(tmp_path)
    async with plant.live() as station:
        await station.wait_online()
        made = await reserve(plant, station)
    async with plant.live() as station:
        await station.wait_online()
        first = await station.evse(1).token_presented(XYZ)
        second = await station.evse(2).token_presented(DEF)
        owner = await station.evse(2).token_presented(ABC)
        await plant.hardware.arrive(SimulatedEv(), evse=2)
        await asyncio.sleep(5)
        left = await cancel(plant)

    assert made == "Accepted"
    assert (first, second, owner) == (ACCEPTED, REFUSED, ACCEPTED)
    assert starts(plant)[0]["reservationId"] == 9
    assert left == "Rejected"


@pytest.mark.requirement("1.6 §5.13", "1.6 CancelReservation")
@virtual
async def test_5_1_after_a_power_cut_a_reservation_of_connector_0_can_be_cancelled(
    tmp_path: Path,
) -> None:
    plant = two(tmp_path)
    async with plant.live() as station:
        await reserve(plant, station)
    async with plant.live() as station:
        await station.wait_online()
        gone = await cancel(plant)
        both = [await station.evse(number).token_presented(each) for number, each in USERS]
    async with plant.live() as station:
        await station.wait_online()
        again = await cancel(plant)

    assert (gone, again) == ("Accepted", "Rejected")
    assert both == [ACCEPTED, ACCEPTED]


@pytest.mark.requirement("1.6 §5.13")
@virtual
async def test_5_13_a_reservation_of_connector_0_ends_also_while_the_power_is_off(
    tmp_path: Path,
) -> None:
    plant = two(tmp_path)
    async with plant.live() as station:
        await reserve(plant, station, seconds=60)
    await asyncio.sleep(61)
    async with plant.live() as station:
        await station.wait_online()
        both = [await station.evse(number).token_presented(each) for number, each in USERS]
        left = await cancel(plant)
    async with plant.live() as station:
        await station.wait_online()
        kept = dict(station.core.kept.all("reservations"))

    assert both == [ACCEPTED, ACCEPTED]
    assert left == "Rejected"
    assert kept == {}


async def _cut_as_it_is_used(folder: Path, steps: int) -> bool:
    """Cut the power some steps after it was reserved; whether its driver had not begun by then."""
    plant = two(folder / str(steps))
    async with plant.live() as station:

        async def visit() -> None:
            assert await reserve(plant, station) == "Accepted"
            plant.mains.cut_at = plant.mains.steps + steps
            await plant.hardware.arrive(SimulatedEv(start_delay=1))
            await station.evse(1).token_presented(ABC)
            await asyncio.sleep(5)

        await plant.until_cut(visit)
        was_cut = plant.mains.off
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()
        await settle()
        if station.evse(1).transaction is None:
            assert await cancel(plant) == "Accepted", steps
        else:
            assert starts(plant)[0]["reservationId"] == 9, steps
            assert await station.evse(2).token_presented(XYZ) is ACCEPTED, steps
            assert await cancel(plant) == "Rejected", steps
    return was_cut


@pytest.mark.long
@pytest.mark.requirement("1.6 §5.13", "1.6 §4.8")
def test_5_13_a_reservation_of_connector_0_is_used_once_wherever_the_power_is_cut(
    tmp_path: Path,
) -> None:
    steps = 0
    while run_virtual(_cut_as_it_is_used(tmp_path, steps)):
        steps += 1

    assert steps > 20
