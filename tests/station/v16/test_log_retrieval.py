"""Uploads of logs that meet what is rare: a broken transfer, a hurried CSMS, a power cut."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from ocppkit.message import Version
from ocppkit.station.capabilities import LogKind
from ocppkit.station.log_upload import LogOrder, LogUploads
from ocppkit.station.settings.behaviour import Storage

from .test_firmware_management import (
    PLACE,
    FakeTransfers,
    get_log,
    log_statuses,
    started,
    uploads,
)


@define
class CountedTransfers(FakeTransfers):
    """Transfers that take note of how many there are at a time.

    Attributes:
        present: how many there are.
        most: how many there were.
    """

    present: int = 0
    most: int = 0

    async def _pass(self) -> None:
        self.present += 1
        self.most = max(self.most, self.present)
        try:
            await super()._pass()
        finally:
            self.present -= 1


@define
class ReluctantTransfers(FakeTransfers):
    """Transfers that take a while to be given up."""

    async def _pass(self) -> None:
        try:
            await super()._pass()
        except asyncio.CancelledError:
            await self.sleep(5)
            raise


@pytest.fixture
async def station(world: Any) -> AsyncIterator[Any]:
    async with started(world(Version.V16)) as running:
        yield running


async def test_a_transfer_that_breaks_down_is_a_failed_upload_and_the_next_one_works(
    station: Any,
) -> None:
    station.files.failure = RuntimeError("not foreseen")
    await station.call("GetDiagnostics", location=PLACE)
    await station.advance(10)
    await get_log(station, id=1)
    await station.advance(10)
    station.files.failure = None
    await station.call("GetDiagnostics", location=PLACE)
    await station.advance(10)
    answer = await get_log(station, id=2)
    await station.advance(10)

    assert uploads(station) == ["Uploading", "UploadFailed", "Uploading", "Uploaded"]
    assert answer["status"] == "Accepted"
    assert log_statuses(station) == [
        ("Uploading", 1),
        ("UploadFailure", 1),
        ("Uploading", 2),
        ("Uploaded", 2),
    ]


async def test_one_that_is_given_up_before_its_turn_ends_the_one_before_it_all_the_same(
    station: Any,
) -> None:
    counted = CountedTransfers(station.environment.sleep)
    station.station.core.files.use(counted)
    logs: LogUploads = station.station.core.files.logs
    await get_log(station, id=1)
    await station.advance(5)
    await logs.request(LogOrder(location=f"{PLACE}/2", request_id=2))
    await logs.request(LogOrder(location=f"{PLACE}/3", request_id=3))
    logs.begin()
    await station.advance(30)

    assert log_statuses(station) == [
        ("Uploading", 1),
        ("UploadFailure", 1),
        ("UploadFailure", 2),
        ("Uploading", 3),
        ("Uploaded", 3),
    ]
    assert [each["url"] for each in counted.uploads] == [PLACE, f"{PLACE}/3"]
    assert counted.most == 1


async def test_one_that_is_given_up_while_the_one_before_it_ends_leaves_no_end_untold(
    station: Any,
) -> None:
    station.station.core.files.use(ReluctantTransfers(station.environment.sleep))
    await get_log(station, id=1)
    await station.advance(5)
    await get_log(station, id=2)
    await station.advance(2)
    await get_log(station, id=3)
    await station.advance(60)

    assert log_statuses(station) == [
        ("Uploading", 1),
        ("UploadFailure", 1),
        ("UploadFailure", 2),
        ("Uploading", 3),
        ("Uploaded", 3),
    ]


async def test_one_that_has_ended_is_not_told_a_second_end(
    station: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = station.station.core.store.key_values
    put = values.put

    async def slow(namespace: str, told: dict[str, str | None]) -> None:
        if '"Uploaded"' in (told.get("untold") or ""):
            await station.environment.sleep(20)
        await put(namespace, told)

    monkeypatch.setattr(values, "put", slow)
    await get_log(station, id=1)
    await station.advance(15)
    monkeypatch.setattr(values, "put", put)
    await get_log(station, id=2)
    await station.advance(15)

    assert log_statuses(station) == [
        ("Uploading", 1),
        ("Uploaded", 1),
        ("Uploading", 2),
        ("Uploaded", 2),
    ]


async def test_an_upload_that_is_given_up_takes_away_no_file_of_the_next(
    station: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs: LogUploads = station.station.core.files.logs
    begun, go_on, over = threading.Event(), threading.Event(), threading.Event()
    cleared = logs._cleared

    def slow() -> Path:
        monkeypatch.setattr(logs, "_cleared", cleared)
        begun.set()
        go_on.wait(0.3)  # where nothing waits for it the next upload overtakes it meanwhile
        folder = cleared()
        over.set()
        return folder

    monkeypatch.setattr(logs, "_cleared", slow)
    await logs.request(LogOrder(location=PLACE, request_id=1))
    logs.begin()
    assert await asyncio.to_thread(begun.wait, 10)
    await logs.request(LogOrder(location=PLACE, request_id=2))
    logs.begin()
    await station.advance(2)
    assert await asyncio.to_thread(over.wait, 10)

    [file] = station.files.files
    assert file.is_file()


@pytest.mark.parametrize("kind", LogKind)
async def test_nothing_goes_on_writing_the_file_of_an_upload_that_was_given_up(
    station: Any, kind: LogKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs: LogUploads = station.station.core.files.logs
    begun, go_on, over = threading.Event(), threading.Event(), threading.Event()
    written: list[Path] = []

    def slow(target: Path, *_: Any, **__: Any) -> None:
        written.append(target)
        begun.set()
        go_on.wait(0.3)  # where nothing waits for it the file is removed before it is there
        target.write_bytes(b"secret")
        over.set()

    writer = "write_security_log" if kind is LogKind.SECURITY else "write_diagnostics"
    monkeypatch.setattr(f"ocppkit.station.log_upload.{writer}", slow)
    await logs.request(LogOrder(location=PLACE, kind=kind, request_id=1))
    logs.begin()
    assert await asyncio.to_thread(begun.wait, 10)
    work = logs._work
    assert work is not None
    work.cancel()
    await asyncio.wait({work})
    assert await asyncio.to_thread(over.wait, 10)

    assert [each.exists() for each in written] == [False]


async def test_what_a_power_cut_left_of_uploads_goes_with_the_next_one(
    world: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "transfer"
    folder.mkdir()
    for name in ("diagnostics-CS001-1.zip", "security-CS001-2.log", "firmware.bin"):
        (folder / name).write_bytes(b"left")
    async with started(world(Version.V16, storage=Storage(state_dir=tmp_path))) as station:
        await get_log(station)
        await station.advance(10)

        assert log_statuses(station) == [("Uploading", 1), ("Uploaded", 1)]
    assert [each.name for each in folder.iterdir()] == ["firmware.bin"]
