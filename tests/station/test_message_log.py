from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ocppkit.connection import SessionSettings
from ocppkit.connection.observer import Passed
from ocppkit.csms import CsmsServer
from ocppkit.message import Side
from ocppkit.message_log import Entry, EntryKind, MessageLog, read_logs
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.settings.behaviour import MessageLogging, Storage


def _read(*files: Path) -> list[Entry]:
    return list(read_logs(files, print))


def _files(folder: Path, pattern: str) -> int:
    return len(list(folder.rglob(pattern)))


async def _boot(csms: CsmsServer, **changed: Any) -> list[Passed]:
    """Run a station until it is online; what its observer saw."""
    seen: list[Passed] = []
    config = StationConfig(identity="CS001", csms_url=csms.url, **changed)
    station = ChargingStation(config, hardware=SimulatedHardware(), observer=seen.append)
    async with asyncio.timeout(10), station:
        await station.wait_online()
    return seen


@pytest.mark.parametrize("named", [True, False])
async def test_messages_are_written_where_there_is_a_place_for_them(
    tmp_path: Path, named: bool
) -> None:
    file = tmp_path / ("mine.jsonl" if named else "log/messages.jsonl")
    places: dict[str, Any] = {"storage": Storage(state_dir=tmp_path)}
    if named:
        places["logging"] = MessageLogging(messages=file)
    async with CsmsServer(port=0) as csms:
        seen = await _boot(csms, **places)

    kinds = [entry.kind for entry in _read(file)]
    assert (kinds[0], kinds[-1]) == (EntryKind.CONNECTED, EntryKind.DISCONNECTED)
    assert [kind.value for kind in kinds[1:-1]] == [message.kind.value for message in seen]
    assert _files(tmp_path, "*.jsonl") == 1


async def test_a_log_that_is_not_wanted_is_not_written(tmp_path: Path) -> None:
    async with CsmsServer(port=0) as csms:
        seen = await _boot(
            csms, storage=Storage(state_dir=tmp_path), logging=MessageLogging(enabled=False)
        )

    assert seen
    assert _files(tmp_path, "*.jsonl") == 0


async def test_files_are_set_aside_as_configured(tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    async with CsmsServer(port=0) as csms:
        await _boot(csms, logging=MessageLogging(messages=file, max_size=200, keep=2))

    assert _files(tmp_path, "*") == 3


async def test_a_csms_writes_its_messages_too(tmp_path: Path) -> None:
    file, seen = tmp_path / "csms.jsonl", list[Passed]()
    log = MessageLog(file, side=Side.CSMS)
    settings = SessionSettings(observer=seen.append)
    async with CsmsServer(port=0, message_log=log, settings=settings) as csms:
        passed = await _boot(csms)

    entries = _read(file)
    assert {entry.side for entry in entries} == {Side.CSMS}
    assert len(seen) == len(passed) == len(entries) - 2
