"""Uploads of logs that meet what is rare: a broken transfer, a hurried CSMS, a power cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from ocppkit.message import Version
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
