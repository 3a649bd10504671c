"""A store that fails while somebody charges: they get their cable back, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import ChargingStation, IdToken
from ocppkit.testing import settle

from .power import Plant, virtual

V16, V201 = Version.V16, Version.V201
ABC = IdToken("ABC")


async def charge(plant: Plant, station: ChargingStation) -> None:
    await station.wait_online()
    await plant.hardware.arrive(SimulatedEv(start_delay=1))
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(90)


def ends(plant: Plant) -> list[dict[str, Any]]:
    return [
        payload
        for action, payload in plant.ledger.messages
        if action == "StopTransaction" or payload.get("eventType") == "Ended"
    ]


@pytest.mark.requirement("1.6 §3.7", "E04.FR.01")
@pytest.mark.parametrize("version", [V16, V201])
@virtual
async def test_an_end_while_the_disk_is_full_is_told_and_kept_once_there_is_room(
    tmp_path: Path, version: Version
) -> None:
    plant = Plant(tmp_path, version)
    async with plant.live() as station:
        await charge(plant, station)
        plant.network.down = True
        plant.network.cut("CS001")
        plant.mains.full = True
        await station.evse(1).token_presented(ABC)
        await plant.hardware.depart()  # raises where the cable is locked
        left = plant.hardware.ev(1)
        over = station.evse(1).transaction is None
        plant.mains.full = False
        await asyncio.sleep(60)
        await settle()
    plant.network.down = False
    await plant.drain()

    assert over
    assert left is None
    assert len(ends(plant)) == 1


@pytest.mark.requirement("1.6 §3.7", "E04.FR.01")
@pytest.mark.parametrize("version", [V16, V201])
async def test_an_end_that_the_journal_does_not_take_frees_the_cable_and_is_told_later(
    world: Any, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(version).running() as it:
        await it.charge()
        outbox = it.station.core.delivery._outbox
        append = outbox.append
        broken = True

        async def failing(draft: Any) -> Any:
            if broken:
                raise RuntimeError("the store cannot write, not even in memory")
            return await append(draft)

        monkeypatch.setattr(outbox, "append", failing)
        before = len(it.calls)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        held = await it.station.core.delivery.holds(None)
        over = it.station.evse(1).transaction is None
        await it.hardware.depart()  # raises where the cable is locked
        silent = len([name for name in it.actions()[before:] if "Transaction" in name])
        broken = False
        await it.advance(20)

        told = [payload for name, payload in it.calls[before:] if "Transaction" in name]
        assert over
        assert held
        assert silent == 0
        assert len(told) >= 1
        assert not await it.station.core.delivery.holds(None)
        if version is V16:
            assert [each["transactionId"] for each in told] == [7]
        else:
            numbers = [each["seqNo"] for each in it.sent("TransactionEvent")]
            assert numbers == list(range(len(numbers)))


async def test_what_waits_in_memory_goes_in_order_and_is_bounded(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocppkit.station.record_writer._MOST", 20)
    async with world(V201, sample_interval=10).running() as it:
        writer = it.station.core.delivery._writer
        write, broken = writer._write, True

        async def failing(draft: Any) -> Any:
            if broken:
                raise OSError("nothing works")
            return await write(draft)

        monkeypatch.setattr(writer, "_write", failing)
        await it.charge()
        await it.advance(1000)
        await it.station.evse(1).token_presented(ABC)
        waiting = len(writer._waiting)
        broken = False
        await it.advance(20)

        kinds = [kind for kind, _ in it.events()]
        numbers = [each["seqNo"] for each in it.sent("TransactionEvent")]
        assert waiting <= 21
        assert (kinds[0], kinds[-1]) == ("Started", "Ended")
        assert numbers == sorted(numbers)


async def test_a_consequence_that_fails_does_not_keep_the_cable(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(V16).running() as it:
        await it.charge()

        async def failing(*_: Any) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(it.station.core.reservations, "spend", failing)
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.depart()
        await it.settle()

        assert it.station.evse(1).transaction is None
        assert len(it.sent("StopTransaction")) == 1
