"""Faults that come together: resets, stores that fail, equipment that is broken at the start."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    StationDescription,
)

V16, V201 = Version.V16, Version.V201
BOTH = pytest.mark.parametrize("version", list(Version))
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
ABC, XYZ = IdToken("ABC"), IdToken("XYZ")


@pytest.mark.requirement("B12.FR.01")
async def test_no_energy_flows_without_a_transaction_before_a_scheduled_reset(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await it.charge()
        await it.station.evse(2).token_presented(XYZ)
        await it.call("Reset", type="OnIdle")
        await it.hardware.arrive(SimulatedEv(start_delay=1), evse=2)
        await it.advance(5)

        assert it.station.evse(2).transaction is None
        assert not it.station.evse(2).energized


@BOTH
@pytest.mark.parametrize("broken", ["events", "journal"])
async def test_a_reset_goes_through_with_a_store_that_fails(
    world: Any, version: Version, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(version)
    async with it.running():
        core = it.station.core

        async def failing(*_: Any, **__: Any) -> Any:
            raise RuntimeError("the store cannot write, not even in memory")

        if broken == "events":
            monkeypatch.setattr(core.security.events, "add", failing)
        else:
            monkeypatch.setattr(core.store.journal, "holds", failing)
        boots = len(it.sent("BootNotification"))
        await it.call("Reset", type="Hard" if version is V16 else "Immediate")
        await it.advance(60)

        assert len(it.sent("BootNotification")) == boots + 1


async def test_a_record_is_written_once_where_no_room_can_be_made_for_it(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(V201).running() as it:
        outbox = it.station.core.delivery._outbox

        async def failing(*_: Any) -> None:
            raise RuntimeError("the store cannot write")

        monkeypatch.setattr(outbox, "_make_room", failing)
        monkeypatch.setattr("ocppkit.rpc.outbox.policy.Limits.excess", lambda *_: True)
        await it.charge()
        await it.advance(30)

        numbers = [each["seqNo"] for each in it.sent("TransactionEvent")]
        assert numbers == list(range(len(numbers)))


async def test_a_record_that_is_being_written_is_not_mistaken_for_another(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from ocppkit.station.record_writer import RecordWriter
    from ocppkit.store import Draft

    monkeypatch.setattr("ocppkit.station.record_writer._MOST", 3)
    written: list[str] = []
    broken, slow = True, asyncio.Event()

    async def write(draft: Draft) -> None:
        if broken:
            raise OSError("nothing works")
        await slow.wait()
        written.append(draft.payload)

    def draft(name: str, **flags: bool) -> Draft:
        return Draft(
            lane="transaction", name=name, payload=name, created_at=datetime.now(UTC), **flags
        )

    writer = RecordWriter(write=write, sleep=asyncio.sleep)
    running = asyncio.create_task(writer.run())
    await writer.write(draft("sample", thinnable=True))
    await writer.write(draft("end", essential=True))
    await writer.write(draft("start", essential=True))
    broken = False
    await asyncio.sleep(11)
    await writer.write(draft("next end", essential=True))
    slow.set()
    await asyncio.sleep(1)
    running.cancel()

    assert written == ["sample", "end", "start", "next end"]


@BOTH
async def test_a_fault_that_is_found_at_the_start_ends_what_goes_on(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        it.hardware.faulty = True
        real = it.station.core.hardware.connector_state

        async def state(evse: int, connector: int) -> Any:
            from attrs import evolve
            return evolve(
                await real(evse, connector), fault=Fault(kind=FaultKind.GROUND_FAILURE)
            )

        it.station.core.hardware.connector_state = state
        await it.station.core.look()
        await it.settle()

        assert it.station.evse(1).transaction is None
        assert not it.station.evse(1).energized
