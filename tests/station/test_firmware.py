"""Updates of the firmware, whatever version began them."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import EvseDescription, IdToken, StationDescription
from ocppkit.station.file_place import FilePlace
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


async def test_who_asks_for_the_folder_at_once_gets_the_same_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)
    numbers = itertools.count()

    def slow(**_: Any) -> str:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # where one waits for the other they do not meet
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return str(folder)

    monkeypatch.setattr("tempfile.mkdtemp", slow)
    place = FilePlace(None)

    folders = await asyncio.gather(*(asyncio.to_thread(place.folder) for _ in range(2)))

    assert set(folders) == {tmp_path / "0"}
    assert next(numbers) == 1


async def test_of_several_that_are_asked_for_at_once_only_the_last_is_installed(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls: list[str] = []

    class SlowFiles(Files):
        async def download(self, url: str, target: Path, **more: Any) -> None:
            await it.environment.sleep(10)
            urls.append(url)
            await super().download(url, target, **more)

    async def put(namespace: str, told: dict[str, str | None]) -> None:
        await it.environment.sleep(2 if "https://x/b" in (told.get("job") or "") else 1)
        await kept(namespace, told)

    async with world(Version.V16).running() as it:
        core = it.station.core
        core.files.use(SlowFiles())
        kept = core.store.key_values.put
        monkeypatch.setattr(core.store.key_values, "put", put)
        firmware = core.files.firmware
        now = it.clock.utc_now()
        first, second, third = (
            FirmwareJob(location=f"https://x/{name}", retrieve_at=now) for name in "abc"
        )
        await asyncio.gather(firmware.request(first), firmware.request(second))
        firmware.begin()
        await it.advance(5)
        await firmware.request(third)
        firmware.begin()
        await it.advance(60)

        assert firmware.status is FirmwareStatus.IDLE
        assert it.hardware.system.installed == ["firmware.bin"]
    assert urls == ["https://x/c"]


async def test_a_request_that_is_given_up_leaves_no_update_that_never_goes_on(
    world: Any, tmp_path: Path
) -> None:
    ending = asyncio.Event()

    class ReluctantFiles(Files):
        async def download(self, url: str, target: Path, **more: Any) -> None:
            if url.endswith("a"):
                try:
                    await it.environment.sleep(10)
                finally:
                    ending.set()
                    await it.environment.sleep(1)
            await super().download(url, target, **more)

    async with world(Version.V16, storage=Storage(state_dir=tmp_path)).running() as it:
        core = it.station.core
        core.files.use(ReluctantFiles())
        firmware = core.files.firmware
        now = it.clock.utc_now()
        await firmware.request(FirmwareJob(location="https://x/a", retrieve_at=now))
        await it.advance(5)
        asking = asyncio.ensure_future(
            firmware.request(FirmwareJob(location="https://x/b", retrieve_at=now))
        )
        await ending.wait()
        asking.cancel()
        await it.advance(60)

        assert asking.cancelled()
        assert firmware.status is FirmwareStatus.IDLE


@pytest.mark.requirement("1.6 §5.19", "1.6 errata 3.49", "1.6-SEC L01.FR.06")
@pytest.mark.parametrize("version", Version)
async def test_l01_a_driver_who_cannot_begin_any_more_does_not_hold_the_installation_up(
    world: Any, version: Version
) -> None:
    two = StationDescription(vendor="v", model="m", evses=(EvseDescription(),) * 2)
    async with world(version, description=two, connection_timeout=60).running() as it:
        if version is Version.V201:
            await it.set_variable("TxCtrlr", "TxStartPoint", "PowerPathClosed")
        charging, early, late = it.station.evse(2), it.station.evse(1), IdToken("LATE")
        await charging.token_presented(IdToken("FIRST"))
        await it.hardware.arrive(SimulatedEv(start_delay=1), evse=2)
        await it.advance(10)
        await early.token_presented(late)
        firmware = it.station.core.files.firmware
        it.station.core.files.use(Files())
        await firmware.request(FirmwareJob(location="https://x/f", retrieve_at=it.clock.utc_now()))
        firmware.begin()
        await it.advance(5)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(3600)
        waiting = (charging.transaction is None, early.transaction, firmware.status)
        await it.hardware.depart(evse=2, force=True)
        await it.advance(60)

        assert waiting == (False, None, FirmwareStatus.INSTALL_SCHEDULED)
        assert firmware.status is FirmwareStatus.IDLE
        assert it.hardware.system.installed == ["firmware.bin"]
        assert early.transaction is not None
        assert early.authorization.token == late
