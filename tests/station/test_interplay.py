"""What goes wrong together: resets, stores that fail, broken equipment, refused drivers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    Offer,
    StationDescription,
)
from ocppkit.station.record_writer import RecordWriter
from ocppkit.station.records import read_saved
from ocppkit.station.settings.values import KeyValue, VariableId, VariableValue
from ocppkit.station.transaction import ChargingState
from ocppkit.store import Draft

V16, V201 = Version.V16, Version.V201
BOTH = pytest.mark.parametrize("version", list(Version))
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
KEEPS: dict[Version, dict[str, Any]] = {
    V16: {"configuration": (KeyValue(name="StopTransactionOnInvalidId", value="false"),)},
    V201: {
        "variables": (
            VariableValue(
                id=VariableId(component="TxCtrlr", variable="StopTxOnInvalidId"), value="false"
            ),
        )
    },
}
ABC, XYZ = IdToken("ABC"), IdToken("XYZ")


@pytest.mark.requirement("B12.FR.01")
async def test_no_energy_flows_without_a_transaction_before_a_scheduled_reset(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        points = await it.set_variable("TxCtrlr", "TxStartPoint", "PowerPathClosed")
        await it.charge()
        await it.station.evse(2).token_presented(XYZ)
        await it.call("Reset", type="OnIdle")
        await it.hardware.arrive(SimulatedEv(start_delay=1), evse=2)
        await it.advance(5)

        assert points == "Accepted"
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


def draft(name: str, *, essential: bool = False, thinnable: bool = False) -> Draft:
    return Draft(
        lane="transaction",
        name=name,
        payload=name,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        essential=essential,
        thinnable=thinnable,
    )


class Disk:
    """Takes records, unless it is broken, once it is ready."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.broken = True
        self.ready = asyncio.Event()

    async def write(self, draft: Draft) -> None:
        if self.broken:
            raise OSError("nothing works")
        await self.ready.wait()
        self.written.append(draft.payload)


async def test_a_record_that_is_being_written_is_not_mistaken_for_another(
    world: Any,  # noqa: ARG001  # for its time
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ocppkit.station.record_writer._MOST", 3)
    disk = Disk()
    writer = RecordWriter(write=disk.write, sleep=asyncio.sleep)
    running = asyncio.create_task(writer.run())
    await writer.write(draft("sample", thinnable=True))
    await writer.write(draft("end", essential=True))
    await writer.write(draft("start", essential=True))
    disk.broken = False
    await asyncio.sleep(11)
    await writer.write(draft("next end", essential=True))
    disk.ready.set()
    await asyncio.sleep(1)
    running.cancel()

    assert disk.written == ["sample", "end", "start", "next end"]


@pytest.mark.requirement("E04.FR.08")
@pytest.mark.parametrize("thinnable", [True, False])
async def test_of_what_waits_in_memory_every_second_record_in_the_middle_goes(
    world: Any,  # noqa: ARG001  # for its time
    monkeypatch: pytest.MonkeyPatch,
    thinnable: bool,
) -> None:
    monkeypatch.setattr("ocppkit.station.record_writer._MOST", 6)
    disk = Disk()
    writer = RecordWriter(write=disk.write, sleep=asyncio.sleep)
    running = asyncio.create_task(writer.run())
    await writer.write(draft("start", essential=True))
    for number in range(1, 6):
        await writer.write(draft(str(number), thinnable=thinnable))
    await writer.write(draft("end", essential=True))
    disk.broken = False
    disk.ready.set()
    await asyncio.sleep(11)
    running.cancel()

    assert disk.written == ["start", "2", "4", "end"]


@BOTH
async def test_a_fault_that_is_found_at_the_start_ends_what_goes_on(
    world: Any, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        real = it.station.core.hardware.connector_state

        async def state(evse: int, connector: int) -> Any:
            found = await real(evse, connector)
            return evolve(found, fault=Fault(kind=FaultKind.GROUND_FAILURE))

        monkeypatch.setattr(it.station.core.hardware, "connector_state", state)
        await it.station.core.look()
        await it.settle()

        assert it.station.evse(1).transaction is None
        assert not it.station.evse(1).energized


@BOTH
async def test_an_offer_that_is_taken_back_before_the_ev_draws_ends(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        evse = it.station.evse(1)
        nothing = Offer(current_a=0.0)
        await evse.limit(nothing)
        await it.settle()
        await evse.limit(Offer())
        await it.settle()
        between = evse.energized, evse.state
        await evse.limit(nothing)
        await it.advance(5)

        assert between == (True, ChargingState.SUSPENDED_EVSE)
        assert not evse.energized


@BOTH
async def test_a_refusal_of_a_driver_who_is_suspended_already_outlasts_a_power_cut(
    world: Any, version: Version
) -> None:
    it = world(version, **KEEPS[version])
    it.script["StartTransaction"] = lambda _: {
        "transactionId": 7,
        "idTagInfo": {"status": "Blocked"},
    }
    it.script["TransactionEvent"] = lambda p: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in p else {}
    )
    async with it.running():
        await it.station.evse(1).limit(Offer(current_a=0.0))
        await it.charge()
        await it.advance(1)
        saved = [
            read_saved(each.state) for each in await it.station.core.store.open_transactions.all()
        ]

        assert [(each.state, each.refused) for each in saved] == [
            (ChargingState.SUSPENDED_EVSE, True)
        ]


@pytest.mark.requirement("1.6 §4.9", "G01.FR.01")
async def test_a_fault_of_the_station_ends_charging_everywhere_at_once(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(V16, description=TWO)
    async with it.running():
        for number in (1, 2):
            await it.hardware.arrive(SimulatedEv(start_delay=1), evse=number)
            await it.station.evse(number).token_presented(IdToken(f"T{number}"))
        await it.advance(2)
        stop = it.hardware.stop_charging

        async def stuck(evse: int) -> None:
            if evse == 1:
                await asyncio.sleep(3)
            await stop(evse)

        monkeypatch.setattr(it.hardware, "stop_charging", stuck)
        ending = asyncio.create_task(it.station.fault(Fault(kind=FaultKind.GROUND_FAILURE)))
        await it.settle()
        before = it.station.evse(1).transaction, it.station.evse(2).transaction
        await ending

        assert before[0] is not None
        assert before[1] is None
        assert it.station.evse(1).transaction is None


@pytest.mark.requirement("1.6 §4.8")
async def test_a_driver_is_refused_also_where_the_cost_cannot_be_kept(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(V16)
    blocked = {"transactionId": 7, "idTagInfo": {"status": "Blocked"}}
    it.script["StartTransaction"] = lambda _: blocked
    async with it.running():

        async def failing(*_: Any) -> None:
            raise RuntimeError("the store cannot write, not even in memory")

        monkeypatch.setattr(it.station.core.dialect._cost, "learn", failing)
        await it.charge()
        await it.settle()

        assert it.station.evse(1).transaction is None


@pytest.mark.requirement("1.6 errata 3.20")
async def test_a_cable_whose_lock_failed_waits_no_longer_than_others_for_a_driver(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(V16, connection_timeout=60)
    async with it.running():

        async def failing(*_: Any) -> None:
            raise OSError("the bolt is stuck")

        monkeypatch.setattr(it.hardware, "lock", failing)
        await it.hardware.arrive(SimulatedEv())
        await it.station.evse(1).token_presented(ABC)
        await it.station.evse(1).fault_cleared()
        await it.settle()
        before = it.statuses()[-1]
        await it.advance(61)

        assert before == "Preparing"
        assert it.statuses()[-1] == "Finishing"
