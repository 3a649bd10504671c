"""Whatever instruction the power is cut at, the CSMS learns of each transaction once and whole."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import ChargingStation, IdToken
from ocppkit.testing import run_virtual

from .power import Plant, check_16, check_201

CHECKS = {Version.V16: check_16, Version.V201: check_201}
ABC = IdToken("ABC")


async def _visit(plant: Plant, station: ChargingStation) -> None:
    """A driver comes, charges for two samples, and goes."""
    await station.wait_online()
    await plant.hardware.arrive(SimulatedEv(start_delay=1))
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(130)
    await station.evse(1).token_presented(ABC)
    await plant.hardware.depart(force=True)
    await asyncio.sleep(1)


async def _cut_in_a_visit(folder: Path, version: Version, cut_at: int) -> tuple[bool, int]:
    """Whether the power was cut before the visit was over, and how many transactions there were."""
    plant = Plant(folder / str(cut_at), version)
    async with plant.live(cut_at) as station:
        await plant.until_cut(lambda: _visit(plant, station))
        cut = plant.mains.off
    await plant.drain()
    return cut, CHECKS[version](plant.ledger, plant.charged, cuts=1)


def _cut_at_every(folder: Path, version: Version, stride: int) -> None:
    at = 0
    while run_virtual(_cut_in_a_visit(folder, version, at))[0]:
        at += stride
    assert at > 200


@pytest.mark.parametrize("version", list(Version))
def test_a_cut_at_some_steps_of_a_visit(tmp_path: Path, version: Version) -> None:
    _cut_at_every(tmp_path, version, 17)


@pytest.mark.long
@pytest.mark.parametrize("version", list(Version))
def test_a_cut_at_every_step_of_a_visit(tmp_path: Path, version: Version) -> None:
    _cut_at_every(tmp_path, version, 1)


async def _live_a_life(plant: Plant, station: ChargingStation, chance: random.Random) -> None:
    """Drivers come and go, connections break, until the power is cut."""
    hardware = plant.hardware
    while True:
        match chance.randrange(7):
            case 0 | 1:
                if hardware.ev(1) is None:
                    await hardware.arrive(SimulatedEv(start_delay=1))
            case 2 | 3:
                await station.evse(1).token_presented(ABC)
            case 4:
                await hardware.depart(force=True)
            case 5:
                plant.network.down = True
                plant.network.cut("CS001")
                await asyncio.sleep(chance.uniform(1, 200))
                plant.network.down = False
                plant.ledger.connections_cut += 1
            case 6:
                await asyncio.sleep(chance.uniform(0, 150))
        await asyncio.sleep(chance.choice([0.5, 3, 61]))


async def _lives(folder: Path, version: Version, seed: int, transactions: int) -> int:
    chance = random.Random(seed)  # noqa: S311  # a test
    plant = Plant(folder, version)
    seen = 0
    while seen < transactions:
        plant.network.down = False
        async with plant.live(chance.randrange(40, 1500)) as station:
            await plant.until_cut(lambda: _live_a_life(plant, station, chance))
        seen = len(plant.charged)
        await asyncio.sleep(1)  # nobody restarts at once: two starts of one instant look the same
    plant.network.down = False
    await plant.drain()
    cuts = plant.lives + plant.ledger.connections_cut
    return CHECKS[version](plant.ledger, plant.charged, cuts)


@pytest.mark.parametrize("version", list(Version))
def test_many_transactions_with_cuts_anywhere(tmp_path: Path, version: Version) -> None:
    assert run_virtual(_lives(tmp_path, version, seed=1, transactions=40)) >= 40


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("version", list(Version))
def test_hundreds_of_transactions_with_cuts_anywhere(
    tmp_path: Path, version: Version, seed: int
) -> None:
    assert run_virtual(_lives(tmp_path, version, seed=seed, transactions=200)) >= 200
