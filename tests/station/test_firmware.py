"""Updates of the firmware, whatever version began them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.firmware_job import FirmwareJob, FirmwareStatus
from ocppkit.station.settings.behaviour import Storage


class Files:
    """A file server without a wire."""

    async def download(self, url: str, target: Path, **more: Any) -> None:
        del url, more
        await asyncio.to_thread(target.write_bytes, b"firmware")

    async def upload(self, source: Path, url: str, **more: Any) -> None:
        raise NotImplementedError


@pytest.mark.requirement("B11.FR.06")
@pytest.mark.parametrize("kind", ["Immediate", "OnIdle"])
async def test_b11_a_reset_does_not_interrupt_an_installation(world: Any, kind: str) -> None:
    async with world(Version.V201).running() as it:
        firmware = it.station.core.files.firmware
        it.station.core.files.use(Files())
        await firmware.request(
            FirmwareJob(location="https://files.example/f", retrieve_at=it.clock.utc_now())
        )
        firmware.begin()
        await it.advance(1)
        status = firmware.status
        during = await it.call("Reset", type=kind)
        await it.advance(60)
        after = await it.call("Reset", type=kind)

    assert status is FirmwareStatus.INSTALLING
    assert during == {"status": "Rejected", "statusInfo": {"reasonCode": "FwUpdateInProgress"}}
    assert after == {"status": "Accepted"}


async def test_what_cannot_be_read_after_a_restart_is_no_update(
    world: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as it:
        later = it.clock.utc_now() + timedelta(hours=1)
        core = it.station.core
        await core.files.firmware.request(FirmwareJob(location="https://x/f", retrieve_at=later))
        await core.store.key_values.put("firmware", {"job": '{"location": 5}', "last": "[1]"})
        await core.store.key_values.put("log_upload", {"untold": "{", "begun": "7"})
    async with world(Version.V16, storage=storage).running() as it:
        await it.advance(7200)
        core = it.station.core
        answer = await it.call("GetDiagnostics", location="https://x/")

        assert core.files.firmware.status is FirmwareStatus.IDLE
        assert "fileName" in answer
        assert core.online
    assert "cannot be read" in caplog.text
