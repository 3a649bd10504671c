from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ocppkit import v16
from ocppkit.connection import Backoff, KeepAlive, NetworkProfile
from ocppkit.csms import CsmsServer
from ocppkit.errors import CallRefused
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.connection_events import (
    Connected,
    ConnectionEvent,
    ConnectionFailed,
    Disconnected,
)

AT_ONCE = Backoff(wait_minimum_s=0.0, random_range_s=0.0, repeat_times=0)


class Modem(SimulatedHardware):
    """Equipment whose first interface is broken."""

    async def bring_up(self, interface: str) -> None:
        if interface == "Wireless0":
            raise OSError(interface)


@asynccontextmanager
async def _happening(
    station: ChargingStation,
) -> AsyncIterator[asyncio.Queue[ConnectionEvent]]:
    events: asyncio.Queue[ConnectionEvent] = asyncio.Queue()
    station.events.subscribe(events.put_nowait)
    async with asyncio.timeout(10), station:
        yield events


async def test_a_csms_that_says_nothing_is_given_up_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        config = StationConfig(
            identity="CS001", csms_url=f"ws://127.0.0.1:{port}", connect_timeout=0.05
        )
        station = ChargingStation(config, hardware=SimulatedHardware())
        async with _happening(station) as events:
            while not isinstance(failed := await events.get(), ConnectionFailed):
                pass

    assert "timed out" in failed.reason


async def test_a_message_that_is_too_large_is_not_taken() -> None:
    async with CsmsServer(port=0) as csms:
        config = StationConfig(
            identity="CS001", csms_url=csms.url, versions=(Version.V16,), max_message_size=300
        )
        async with asyncio.timeout(10), ChargingStation(config, hardware=SimulatedHardware()):
            handle = await csms.wait_for("CS001")
            with pytest.raises(CallRefused, match="larger than 300 octets"):
                await handle.call(v16.DataTransferRequest(vendor_id="v", data="x" * 1000))
            answer = await handle.call(v16.DataTransferRequest(vendor_id="v", data="x"))

    assert answer.status is v16.DataTransferStatus.UNKNOWN_VENDOR_ID


@pytest.mark.parametrize("compression", [False, True])
async def test_compression_is_offered_where_it_is_configured(compression: bool) -> None:
    asked: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        config = StationConfig(
            identity="CS001", csms_url=f"ws://127.0.0.1:{port}", compression=compression
        )
        station = ChargingStation(config, hardware=SimulatedHardware())
        async with _happening(station) as events:
            while not isinstance(await events.get(), ConnectionFailed):
                pass

    assert ("permessage-deflate" in asked[0]) is compression


async def test_the_equipment_brings_interfaces_up() -> None:
    async with CsmsServer(port=0) as csms:
        profiles = tuple(
            NetworkProfile(slot=slot, url=csms.url, interface=interface)
            for slot, interface in enumerate(("Wireless0", "Wired0"))
        )
        config = StationConfig(identity="CS001", profiles=profiles, backoff=AT_ONCE)
        station = ChargingStation(config, hardware=Modem())
        async with _happening(station) as events:
            while not isinstance(connected := await events.get(), Connected):
                pass

    assert connected.profile.interface == "Wired0"


async def test_pings_can_be_changed_while_the_station_runs() -> None:
    async with CsmsServer(port=0) as csms:
        config = StationConfig(identity="CS001", csms_url=csms.url, ping_interval=0)
        station = ChargingStation(config, hardware=SimulatedHardware())
        assert station.keep_alive == KeepAlive(interval=None, timeout=config.pong_timeout)
        async with _happening(station) as events:
            await station.wait_online()
            station.keep_alive = KeepAlive(interval=0.001, timeout=0.000001)
            while not isinstance(gone := await events.get(), Disconnected):
                pass

    assert "no pong" in gone.reason
