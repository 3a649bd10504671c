"""What comes out of the block in which a station runs, and what the integrator runs in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.errors import CallRefused
from ocppkit.message import Version
from ocppkit.station import StationDescription
from ocppkit.station.settings.equipment import StationTable
from ocppkit.testing import settle


@pytest.fixture
async def station(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running.station


async def test_what_the_block_raises_comes_out_as_itself(world: Any) -> None:
    refused = CallRefused(
        action="Reset", message_id="1", code="NotSupported", description="", details={}
    )
    it = world(Version.V16)

    with pytest.raises(CallRefused) as raised:
        async with it.running():
            raise refused

    assert raised.value is refused


async def test_a_block_that_is_cancelled_is_cancelled(world: Any) -> None:
    async def run() -> None:
        async with world(Version.V16).running():
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await settle()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_spawned_is_logged_where_it_fails_and_the_station_goes_on(
    station: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def watch() -> None:
        msg = "the pilot is gone"
        raise OSError(msg)

    caplog.set_level(logging.ERROR)
    task = station.spawn(watch(), name="pilot of EVSE 1")
    await task

    assert "pilot of EVSE 1 failed" in caplog.text
    assert "the pilot is gone" in caplog.text
    assert station.online


async def test_what_is_spawned_ends_with_the_station(world: Any) -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    it = world(Version.V16)
    async with it.running():
        task = it.station.spawn(for_ever(), name="reader")

    assert task.cancelled()
    with pytest.raises(RuntimeError, match="does not run"):
        it.station.spawn(for_ever(), name="reader")


@pytest.mark.parametrize(("own", "told"), [(None, "SN-7"), ("HW-1", "HW-1")])
async def test_a_serial_number_of_the_configuration_counts_where_the_equipment_has_none(
    world: Any, own: str | None, told: str
) -> None:
    it = world(
        Version.V16,
        StationDescription(vendor="Acme", model="Box", serial_number=own),
        station=StationTable(identity="CS001", serial_number="SN-7"),
    )
    async with it.running():
        (boot,) = it.sent("BootNotification")

    assert boot["chargePointSerialNumber"] == told
