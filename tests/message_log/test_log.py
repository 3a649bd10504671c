from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ocppkit.connection import Direction, Kind, Passed, SessionSettings, connect
from ocppkit.csms import CsmsServer
from ocppkit.csms.handlers import accepting
from ocppkit.csms.memory import Memory
from ocppkit.errors import CallRefused
from ocppkit.message import Side, Version
from ocppkit.message_log import Entry, EntryKind, MessageLog, Rotation, read_logs
from ocppkit.message_log import log as log_module
from ocppkit.message_log.reader import Flaw
from ocppkit.v16 import ChangeConfigurationRequest, HeartbeatRequest, StationHandler

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def passed(number: int = 1, payload: Any = None, kind: Kind = Kind.CALL) -> Passed:
    return Passed(
        identity="CS001",
        direction=Direction.SENT,
        kind=kind,
        size=30,
        action="DataTransfer",
        message_id=str(number),
        payload=payload or {},
    )


def no_flaws(flaw: Flaw) -> None:
    raise AssertionError(flaw)


def entries(*paths: Path) -> list[Entry]:
    return list(read_logs(paths, no_flaws))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "messages.jsonl"


async def test_what_passes_is_read_back_in_order_across_rotated_files(path: Path) -> None:
    rotation = Rotation(max_size=2000, keep=1000)
    async with MessageLog(path, side=Side.STATION, rotation=rotation, now=lambda: NOW) as log:
        for number in range(200):
            log(passed(number))

    found = entries(*path.parent.iterdir())
    assert [entry.message_id for entry in found] == [str(number) for number in range(200)]
    assert len(list(path.parent.iterdir())) > 5
    assert {entry.time for entry in found} == {NOW}


async def test_sessions_and_both_directions_are_written_on_a_real_connection(path: Path) -> None:
    memory = Memory()
    async with (
        MessageLog(path, side=Side.CSMS) as log,
        CsmsServer(
            port=0,
            memory=memory,
            handlers=log.of_sessions(accepting(memory)),
            settings=SessionSettings(observer=log),
        ) as csms,
        connect(
            csms.url,
            identity="CS001",
            versions=[Version.V16],
            handlers=lambda _: [StationHandler()],
        ) as session,
    ):
        await session.call(HeartbeatRequest())
        station = csms.station("CS001")
        with pytest.raises(CallRefused):
            await station.call(ChangeConfigurationRequest(key="AuthorizationKey", value="CAFEBABE"))

    first, *found, last = entries(path)
    assert [(entry.kind, entry.direction, entry.action) for entry in found] == [
        ("CALL", "received", "Heartbeat"),
        ("CALLRESULT", "sent", "Heartbeat"),
        ("CALL", "sent", "ChangeConfiguration"),
        ("CALLERROR", "received", "ChangeConfiguration"),
    ]
    assert first.kind is EntryKind.CONNECTED
    assert first.description.startswith("127.0.0.1:")
    assert last.kind is EntryKind.DISCONNECTED
    assert last.description
    assert {entry.version for entry in (first, *found, last)} == {"ocpp1.6"}
    assert all(entry.latency_ms is not None for entry in found[1::2])
    assert "CAFEBABE" not in text_of(path)


async def test_secrets_and_tokens_do_not_reach_the_disk(path: Path) -> None:
    async with MessageLog(path, side=Side.CSMS) as log:
        log(passed(payload={"key": "AuthorizationKey", "value": "PLANTED"}))
        log(passed(payload={"location": "ftp://u:PLANTED@h/"}))
        log(passed(payload={"idTag": "PLANTED-TOKEN"}))
        log(passed(payload={"data": "[" * 50 + '{"password": "PLANTED"}' + "]" * 50}))

    assert "PLANTED" not in text_of(path)
    assert len(entries(path)) == 4


async def test_tokens_can_be_kept(path: Path) -> None:
    async with MessageLog(path, side=Side.CSMS, keep_tokens=True) as log:
        log(passed(payload={"idTag": "04E1A2B3"}))

    assert entries(path)[0].payload == {"idTag": "04E1A2B3"}


async def test_a_disk_that_hangs_holds_nobody_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, released = threading.Event(), threading.Event()
    real_write = os.write

    def slow(descriptor: int, data: bytes) -> int:
        hanging.set()
        released.wait(10)
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", slow)
    async with MessageLog(path, side=Side.STATION, max_waiting=10) as log:
        log(passed(0))
        await asyncio.to_thread(hanging.wait, 10)
        began = time.monotonic()
        for number in range(1, 1001):
            log(passed(number))
        took = time.monotonic() - began
        released.set()

    found = entries(path)
    assert took < 1
    assert [entry.message_id for entry in found[:-1]] == [str(number) for number in range(11)]
    assert (found[-1].kind, found[-1].dropped) == (EntryKind.GAP, 990)


async def test_what_a_full_disk_cannot_take_is_counted_and_written_later(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(log_module, "_RETRY", 0.0)
    full = True
    refused = threading.Semaphore(0)
    real_write = os.write

    def write(descriptor: int, data: bytes) -> int:
        if full:
            refused.release()
            raise OSError(28, "No space left on device")
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    async with MessageLog(path, side=Side.STATION) as log:
        for number in range(3):
            log(passed(number))
            await asyncio.to_thread(refused.acquire, timeout=10)
        full = False
        log(passed(3))

    gap, message = entries(path)
    assert (gap.kind, gap.dropped, gap.description) == (EntryKind.GAP, 3, "the disk took no more")
    assert message.message_id == "3"
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "No space left" in warnings[0].getMessage()


async def test_a_folder_that_cannot_be_made_takes_nothing_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async with MessageLog(tmp_path / "file" / "messages.jsonl", side=Side.STATION) as log:
        log(passed())

    assert (tmp_path / "file").read_text() == ""


async def test_after_a_crash_in_the_middle_of_a_line_it_goes_on(path: Path) -> None:
    async with MessageLog(path, side=Side.STATION) as log:
        log(passed(1))
    with path.open("ab") as file:
        file.write(b'{"time":"2026-05-01T12:00')

    async with MessageLog(path, side=Side.STATION) as log:
        log(passed(2))

    first, gap, second = entries(path)
    assert (first.message_id, second.message_id) == ("1", "2")
    assert (gap.kind, gap.dropped) == (EntryKind.GAP, 1)
    assert gap.description == "the last line was cut short: 25 bytes of it are lost"


@pytest.mark.parametrize(("interval", "synced"), [(0.0, True), (1000.0, False)])
async def test_each_batch_is_on_the_disk_at_once_unless_told_otherwise(
    path: Path, monkeypatch: pytest.MonkeyPatch, interval: float, *, synced: bool
) -> None:
    ended = threading.Semaphore(0)
    syncs: list[bool] = []
    real_sync = log_module.MessageLog._sync

    def sync(self: MessageLog, **how: bool) -> bool:
        before = self._unsynced_since
        done = real_sync(self, **how)
        syncs.append(before is not None and self._unsynced_since is None)
        ended.release()
        return done

    monkeypatch.setattr(log_module.MessageLog, "_sync", sync)
    async with MessageLog(path, side=Side.STATION, sync_interval=interval) as log:
        log(passed())
        await asyncio.to_thread(ended.acquire, timeout=10)

        assert syncs[0] is synced
    assert any(syncs)


async def test_what_json_cannot_carry_is_a_gap_and_no_end(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with MessageLog(path, side=Side.STATION) as log:
        log(passed(1, payload={"odd": object()}))
        log(passed(2))

    assert [entry.kind for entry in entries(path)] == [EntryKind.GAP, EntryKind.CALL]
    assert "a message cannot be written" in caplog.text


def test_a_disk_that_never_answers_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()
    monkeypatch.setattr(os, "write", lambda _, data: released.wait(10) and len(data))
    log = MessageLog(path, side=Side.STATION)
    log.start()
    log(passed())

    log.close(timeout=0.01)
    released.set()
    log.close()

    assert "the disk does not answer" in caplog.text


async def test_a_log_that_closes_first_leaves_the_session_alone(path: Path) -> None:
    log = MessageLog(path, side=Side.CSMS)
    async with (
        CsmsServer(
            port=0, handlers=log.of_sessions(lambda _: []), settings=SessionSettings(observer=log)
        ) as csms,
        connect(
            csms.url, identity="CS001", versions=[Version.V16], handlers=lambda _: []
        ) as session,
    ):
        async with log:
            await csms.wait_for("CS001")
        with pytest.raises(CallRefused):
            await session.call(HeartbeatRequest())

    assert [entry.kind for entry in entries(path)] == [EntryKind.CONNECTED]


WRITER = """
import sys
from pathlib import Path
from ocppkit.connection import Direction, Kind, Passed
from ocppkit.message import Side
from ocppkit.message_log import MessageLog, Rotation

log = MessageLog(sys.argv[1], side=Side.STATION, rotation=Rotation(max_size=3000, keep=1000))
log.start()
number = 0
while True:
    log(Passed(identity="CS001", direction=Direction.SENT, kind=Kind.CALL, size=9,
               action="Heartbeat", message_id=str(number), payload={"filler": "x" * 50}))
    number += 1
    if number % 100 == 0 and Path(sys.argv[1]).with_name("messages.000003.jsonl.gz").exists():
        print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_a_log_that_can_be_read_and_gone_on_with(
    path: Path,
) -> None:
    environment = {"PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, env=environment
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.kill()

    log = MessageLog(path, side=Side.STATION)
    log.start()
    log(passed(-1))
    log.close()

    names = [one for one in path.parent.iterdir() if not one.name.endswith(".part")]
    found = [entry for entry in entries(*names) if entry.kind is EntryKind.CALL]
    numbers = [int(entry.message_id or "") for entry in found]
    assert numbers[-1] == -1
    assert numbers[:-1] == sorted(set(numbers[:-1]))
    assert numbers[0] == 0
