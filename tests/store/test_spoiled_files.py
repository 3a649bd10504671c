"""Files that cannot be used: corrupt, cut short, none of ours, or in use."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ocppkit.store import IncidentKind, Store, StoreInUse
from ocppkit.store import files as store_files

from .harness import NOW, Disk, Inline, append, draft, fault, kinds, payloads


def _scribble(path: Path, start: int, octets: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(octets)


def _garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def _bad_header(path: Path) -> None:
    _scribble(path, 0, b"SQLite format 9\0")


def _bad_page(path: Path) -> None:
    for page in range(1, path.stat().st_size // 4096):
        _scribble(path, page * 4096, b"\xff" * 2048)


def _cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 4096 // 2 * 4096)


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def _foreign(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE key_values (something INTEGER)")
    connection.close()


@pytest.mark.parametrize("spoil", [_garbage, _bad_header, _bad_page, _cut_short, _newer, _foreign])
def test_a_file_that_cannot_be_used_is_set_aside(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    first = Inline(path)
    append(first, *("1" * 3000 for _ in range(40)))
    first.database.close()
    spoil(path)
    spoiled = path.read_bytes()

    store = Inline(path)
    append(store, "2")

    (incident,) = store.incidents
    assert incident.kind is IncidentKind.SET_ASIDE
    assert incident.kept_as is not None
    assert f"{incident.at:%Y%m%dT%H%M%SZ}" in incident.kept_as.name
    assert incident.kept_as.read_bytes() == spoiled
    assert payloads(store) == ["2"]
    assert not store.database.degraded
    store.database.close()


def test_two_files_set_aside_in_one_second_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    kept = set()
    for octets in (b"one" * 400, b"two" * 400):
        path.write_bytes(octets)
        kept.add(store_files.set_aside(path, NOW))

    assert {each.read_bytes()[:3] for each in kept} == {b"one", b"two"}


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.7, 0.99])
def test_a_log_cut_short_loses_only_what_was_in_the_lost_part(kept: float, tmp_path: Path) -> None:
    running = Inline(tmp_path / "running.db")
    append(running, *(str(number) for number in range(20)))
    path = tmp_path / "store.db"
    shutil.copyfile(tmp_path / "running.db", path)
    wal = (tmp_path / "running.db-wal").read_bytes()
    path.with_name("store.db-wal").write_bytes(wal[: round(len(wal) * kept)])
    running.database.close()

    store = Inline(path)

    found = payloads(store)
    assert found == [str(number) for number in range(len(found))]
    assert store.incidents == []
    append(store, "more")
    store.database.close()


def test_a_garbled_log_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = Inline(path)
    append(first, "1")
    first.database.close()
    path.with_name("store.db-wal").write_bytes(os.urandom(10_000))

    store = Inline(path)

    assert payloads(store) == ["1"]
    store.database.close()


@pytest.mark.parametrize("degraded", [False, True])
def test_a_file_found_corrupt_while_it_is_used_is_set_aside(degraded: bool, tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    append(store, "1")
    if degraded:
        disk.error = fault(sqlite3.SQLITE_FULL, "full")
        append(store, "2")
        disk.error = None
    broken = fault(sqlite3.SQLITE_CORRUPT, "malformed")

    def once(sql: str) -> bool:
        if sql == "COMMIT":
            disk.error = None
            return True
        return False

    disk.error, disk.at = broken, once
    if degraded:
        assert not store.database.recover()
        assert store.database.recover()
    append(store, "3")

    assert IncidentKind.SET_ASIDE in kinds(store)
    assert payloads(store) == (["1", "2", "3"] if degraded else ["1", "3"])
    for suffix in ("", "-wal"):  # what a power cut leaves now
        shutil.copyfile(tmp_path / f"store.db{suffix}", tmp_path / f"cut.db{suffix}")
    store.database.close()
    again = Inline(tmp_path / "cut.db")
    assert payloads(again) == (["1", "2", "3"] if degraded else ["1", "3"])
    again.database.close()


_HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_store_that_another_process_uses_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with Store(path) as store:
        await store.journal.append(draft("1"))
    with subprocess.Popen(  # noqa: S603, ASYNC220  # our own code, by our own interpreter
        [sys.executable, "-c", _HOLDS, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        with pytest.raises(StoreInUse, match="in use by another process"):
            async with Store(path, patience=0.05):
                pass
        process.kill()

    async with Store(path) as store:
        assert (await store.journal.placed()).entries == 1


async def test_two_stores_do_not_share_a_file(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db"):
        with pytest.raises(StoreInUse):
            async with Store(tmp_path / "store.db", patience=0.05):
                pass


async def test_a_flipped_bit_in_a_text_does_not_hold_up_the_queue(tmp_path: Path) -> None:
    def flip(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE outbox SET payload = CAST(x'ff41' AS TEXT)")

    async with Store(tmp_path / "store.db") as store:
        await store.journal.append(draft("1"))
        await store.run(flip)

        head = await store.journal.head("transaction")

        assert head is not None
        assert head.payload == "\N{REPLACEMENT CHARACTER}A"


def test_a_disk_that_spoils_every_file_loses_nothing_that_can_be_read(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    append(store, "1")
    disk.error, disk.at = fault(sqlite3.SQLITE_CORRUPT, "malformed"), lambda sql: sql == "BEGIN"

    append(store, "2", "3")
    for _ in range(5):
        store.database.recover()

        assert payloads(store) == ["1", "2", "3"]
    store.database.close()
    files = [each for each in tmp_path.iterdir() if ".corrupt-" in each.name]
    assert 1 <= len(files) <= 6  # three files and their logs


def test_recovering_to_a_disk_that_spoils_every_file_sets_one_aside(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    disk.error = fault(sqlite3.SQLITE_FULL, "full")
    append(store, "1")
    disk.error, disk.at = fault(sqlite3.SQLITE_CORRUPT, "malformed"), lambda sql: "LANES" not in sql

    recoveries = [store.database.recover() for _ in range(5)]

    assert not any(recoveries)
    assert kinds(store) == [IncidentKind.DEGRADED, IncidentKind.SET_ASIDE]
    disk.error = None
    assert store.database.recover()
    assert payloads(store) == ["1"]
    store.database.close()


def test_only_the_newest_of_what_was_set_aside_stay(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for number in range(6):
        path.write_bytes(b"x")
        path.with_name("store.db-wal").write_bytes(b"y")
        store_files.set_aside(path, NOW + timedelta(seconds=number))

    assert sorted(each.name for each in tmp_path.iterdir()) == [
        f"store.db.corrupt-20260314T08000{second}Z{suffix}"
        for second in (3, 4, 5)
        for suffix in ("", "-wal")
    ]
