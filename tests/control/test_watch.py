"""Changes become events as they happen, each once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import wraps
from itertools import pairwise
from typing import Any

import pytest
from attrs import frozen

from ocppkit import v16, v201
from ocppkit.control.hub import Hub, Subscription
from ocppkit.control.view import station_view
from ocppkit.control.watch import Watch
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import IdToken, StationConfig
from ocppkit.station.firmware_job import FirmwareNotice, FirmwareStatus
from ocppkit.station.hardware import Fault, FaultKind
from ocppkit.station.log_upload import UploadNotice, UploadStatus
from ocppkit.testing import Connected, advance, connected, run_virtual, settle

BOTH = pytest.mark.parametrize("version", list(Version))
ABC = "ABC"
TOKEN = IdToken(ABC)


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(**fixtures: Any) -> None:
        run_virtual(test(**fixtures))

    return run


@frozen(kw_only=True)
class Watched:
    """A station that is watched."""

    plant: Connected
    hardware: SimulatedHardware
    client: Subscription

    async def events(self, *names: str) -> list[dict[str, Any]]:
        """What has been told since the last time; of these names only, where there are any."""
        self.client.offer("status", b'{"event":"mark"}')
        found = []
        while (event := json.loads(await self.client.next() or b""))["event"] != "mark":
            if not names or event["event"] in names:
                found.append(event)
        return found


@asynccontextmanager
async def watched(version: Version, **config: Any) -> AsyncIterator[Watched]:
    hardware: list[SimulatedHardware] = []
    told = StationConfig(
        identity="CS001", csms_url="ws://nowhere", versions=(version,), sample_interval=0, **config
    )

    def make(environment: Any) -> SimulatedHardware:
        hardware.append(SimulatedHardware(environment=environment))
        return hardware[0]

    hub, client = Hub(), Subscription()
    hub.add(client)
    watch = Watch(hub)
    async with connected(told, hardware=make) as plant:
        hardware[0].attach(plant.station)
        _ = plant.station.events.subscribe(watch.connection)
        watch.follow(plant.station.core.files)
        watch.begin(plant.station.core)
        await plant.station.wait_online()
        await settle()
        yield Watched(plant=plant, hardware=hardware[0], client=client)
        hardware[0].close()


@BOTH
@virtual
async def test_what_is_at_first_is_told_once(version: Version) -> None:
    async with watched(version) as it:
        first = await it.events()
        await advance(3600)
        later = await it.events()

    assert [event["event"] for event in first] == ["status", "connected", "registration"]
    assert first[0]["status"] == "Available"
    assert later == []


@BOTH
@virtual
async def test_visits_that_take_no_time_are_all_told_in_order_and_once(version: Version) -> None:
    visits = 30
    async with watched(version) as it:
        await it.events()
        for _ in range(visits):
            await it.hardware.arrive(SimulatedEv(start_delay=0))
            await it.plant.station.evse(1).token_presented(TOKEN)
            await it.plant.station.evse(1).token_presented(TOKEN)
            await it.hardware.depart(force=True)
            await advance(1)  # or a 1.6 CSMS takes the next visit for the same one
        told = await it.events("transaction", "status")
        await it.plant.station.wait_delivered()
        await settle()
        known = it.plant.csms.record("CS001").transactions

    transactions = [event for event in told if event["event"] == "transaction"]
    statuses = [event["status"] for event in told if event["event"] == "status"]
    edges = [event for event in transactions if event["what"] != "updated"]
    assert [event["what"] for event in edges] == ["started", "ended"] * visits
    assert len({event["id"] for event in edges}) == visits == len(known)
    assert all(one != following for one, following in pairwise(transactions))
    assert all(one != following for one, following in pairwise(statuses))
    assert statuses.count("Available") == visits
    assert statuses.count("Preparing") >= visits


@BOTH
@virtual
async def test_the_token_of_a_transaction_is_told_when_it_is_known(version: Version) -> None:
    async with watched(version) as it:
        await it.hardware.arrive(SimulatedEv(start_delay=0))
        await it.events()
        await it.plant.station.evse(1).token_presented(TOKEN)
        told = await it.events("transaction")

    assert told[-1]["token"] == ABC


@BOTH
@virtual
async def test_time_that_runs_out_is_told_when_it_does(version: Version) -> None:
    async with watched(version, connection_timeout=60) as it:
        await it.plant.station.evse(1).token_presented(TOKEN)
        await it.events()
        await advance(59.9)
        before = await it.events("status")
        await advance(0.1)
        after = await it.events("status")

    assert before == []
    assert [event["status"] for event in after] == ["Available"]


@BOTH
@virtual
async def test_a_fault_and_what_the_csms_does_are_told_at_once(version: Version) -> None:
    request: Any = (
        v16.ChangeAvailabilityRequest(connector_id=0, type=v16.AvailabilityType.INOPERATIVE)
        if version is Version.V16
        else v201.ChangeAvailabilityRequest(
            operational_status=v201.OperationalStatusEnumType.INOPERATIVE
        )
    )
    async with watched(version) as it:
        await it.events()
        await it.hardware.set_fault(Fault(kind=FaultKind.GROUND_FAILURE), evse=1, connector=1)
        await it.hardware.clear_fault(evse=1, connector=1)
        here = await it.events("status")
        await it.plant.csms.station("CS001").call(request)
        await settle()
        there = await it.events("status")

    assert [event["status"] for event in here] == ["Faulted", "Available"]
    assert [(event["connector"], event["status"]) for event in there] == [
        (0, "Unavailable"),
        (1, "Unavailable"),
    ]


@BOTH
@virtual
async def test_a_lost_connection_is_told_in_its_order(version: Version) -> None:
    async with watched(version) as it:
        await it.events()
        it.plant.station.go_offline()
        await settle()
        it.plant.station.go_online()
        await it.plant.station.wait_online()
        told = [event["event"] for event in await it.events()]

    assert told[:2] == ["disconnected", "connected"]
    assert "status" not in told


def fail(_: int) -> None:
    raise ZeroDivisionError


@virtual
async def test_a_listener_that_fails_keeps_nobody_from_anything() -> None:
    async with watched(Version.V16) as it:
        end = it.plant.station.changes.subscribe(fail)
        await it.events()
        await it.hardware.arrive(SimulatedEv())
        end()
        end()
        told = await it.events("status")

    assert [event["status"] for event in told] == ["Preparing"]


@BOTH
@virtual
async def test_a_lock_that_fails_on_resuming_is_told(version: Version) -> None:
    async with watched(version) as it:
        await it.hardware.arrive(SimulatedEv(start_delay=0))
        await it.plant.station.evse(1).token_presented(TOKEN)
        await it.hardware.pause(1)
        await it.hardware.unlock(1, 1)
        it.hardware.lock_behaviour(evse=1, works=False)
        await settle()
        await it.events()
        await it.hardware.resume(1)
        await settle()
        told = await it.events("status")

    assert [event["status"] for event in told][-1:] == ["Faulted"]


@virtual
async def test_a_reserved_connector_is_told_as_the_csms_is_told() -> None:
    async with watched(Version.V16) as it:
        await it.events()
        await it.plant.csms.station("CS001").call(
            v16.ReserveNowRequest(
                connector_id=1,
                reservation_id=1,
                id_tag="XYZ",
                expiry_date=datetime(2100, 1, 1, tzinfo=UTC),
            )
        )
        await settle()
        reserved = await it.events("status")
        await it.hardware.arrive(SimulatedEv())
        await settle()
        there = await it.events("status")
        view = await station_view(it.plant.station.core)

    assert [event["status"] for event in reserved] == ["Reserved"]
    assert there == []
    assert view["evses"][0]["connectors"][0]["status"] == "Reserved"


@BOTH
@virtual
async def test_a_stop_is_told_without_a_detour(version: Version) -> None:
    async with watched(version) as it:
        await it.hardware.arrive(SimulatedEv(start_delay=0))
        await it.plant.station.evse(1).token_presented(TOKEN)
        await advance(5)
        await it.events()
        await it.plant.station.evse(1).token_presented(TOKEN)
        await advance(5)
        stopped = await it.events("status")

    assert [event["status"] for event in stopped] == ["Finishing"]


@BOTH
@virtual
async def test_the_csms_s_id_of_a_transaction_is_told_once_known(version: Version) -> None:
    async with watched(version) as it:
        await it.hardware.arrive(SimulatedEv(start_delay=0))
        await it.plant.station.evse(1).token_presented(TOKEN)
        await it.plant.station.wait_delivered()
        await settle()
        told = await it.events("transaction")
        view = await station_view(it.plant.station.core)
        (known,) = it.plant.csms.record("CS001").transactions

    numbers = [event["csms_transaction_id"] for event in told]
    assert numbers[-1] == view["transactions"][0]["csms_transaction_id"]
    assert str(numbers[-1]) == str(known.transaction_id)
    if version is Version.V16:
        assert numbers[0] is None
        assert isinstance(numbers[-1], int)


@BOTH
@virtual
async def test_a_fault_of_the_whole_station_is_told(version: Version) -> None:
    async with watched(version) as it:
        await it.events()
        await it.hardware.set_fault(Fault(kind=FaultKind.INTERNAL_ERROR), evse=0)
        faulted = await it.events("status")
        view = await station_view(it.plant.station.core)
        await it.hardware.clear_fault(evse=0)
        mended = await it.events("status")

    whole = {"event": "status", "evse": 0, "connector": 0}
    assert faulted[0] == {**whole, "status": "Faulted"}
    assert (view["status"], view["fault"]) == ("Faulted", "InternalError")
    assert mended[0] == {**whole, "status": "Available"}


@BOTH
@virtual
async def test_each_step_of_an_update_and_of_an_upload_is_told(version: Version) -> None:
    firmware = ["Downloading", "Downloaded", "Installing", "InstallRebooting", "Installed"]
    async with watched(version) as it:
        await it.events()
        files = it.plant.station.core.files
        for status in firmware:
            files.firmware.announcer.add(FirmwareNotice(status=FirmwareStatus(status)))
        files.logs.announcer.add(
            UploadNotice(status=UploadStatus.UPLOADING, request_id=3, name="log.zip")
        )
        told = await it.events("firmware", "log")

    assert [event["status"] for event in told[:-1]] == firmware
    log = {"event": "log", "status": "Uploading", "request_id": 3, "file_name": "log.zip"}
    assert told[-1] == log
