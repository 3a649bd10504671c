"""A disk that is full or broken: the store goes on in memory, and makes up for it."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ocppkit.store import IncidentKind, Journal, KeyValues, Store
from ocppkit.store.image import Image

from .harness import NOW, Disk, Inline, append, draft, drive, fault, kinds, payloads, settle, state


@contextmanager
def largest_file(octets: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_survived_in_memory_and_made_up_for(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = Inline(path)
    append(store, "1", "2", reference="T1")
    wal = path.with_name("store.db-wal").stat().st_size

    with largest_file(wal + 100):
        append(store, "3" * 10_000, reference="T1", state=state("T1", "c"))
        settle(store)
        append(store, "4")

        assert store.database.degraded
        assert payloads(store) == ["2", "3" * 10_000, "4"]
        assert not store.database.recover()
    assert store.database.recover()
    assert not store.database.degraded
    assert kinds(store) == [IncidentKind.DEGRADED, IncidentKind.RECOVERED]
    append(store, "5")
    store.database.close()
    again = Inline(path)
    assert payloads(again) == ["2", "3" * 10_000, "4", "5"]
    again.database.close()


def test_a_database_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    connections: list[sqlite3.Connection] = []

    def connect(*values: Any, **options: Any) -> sqlite3.Connection:
        connections.append(sqlite3.connect(*values, **options))
        return connections[-1]

    store = Inline(tmp_path / "store.db", connect)
    pages = connections[0].execute("PRAGMA page_count").fetchone()[0]
    connections[0].execute(f"PRAGMA max_page_count = {pages}")

    append(store, *(str(number) * 3000 for number in range(9)))

    assert store.database.degraded
    assert store.incidents[0].reason == "database or disk is full"
    assert len(payloads(store)) == 9
    connections[0].execute("PRAGMA max_page_count = 1000000")
    assert store.database.recover()
    assert len(payloads(store)) == 9
    store.database.close()


def test_attempts_settings_and_numbers_made_while_degraded_reach_the_disk(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    journal, values = Journal(store), KeyValues(store)
    append(store, "start", "stop", reference="T1")
    append(store, "other", lane="other")
    drive(values.put("n", {"a": "1", "b": "2"}))
    disk.error = fault(sqlite3.SQLITE_FULL, "full")
    drive(values.put("n", {"a": None, "b": "3"}))
    head = drive(journal.head("transaction"))
    assert head is not None
    drive(journal.remove(head.id, number=17))
    head = drive(journal.head("transaction"))
    assert head is not None
    drive(journal.attempted(head.id, attempts=2, at=NOW, message_id="m"))
    disk.error = None

    assert store.database.recover()

    head = drive(journal.head("transaction"))
    assert head is not None
    assert (head.payload, head.number, head.attempts) == ("stop", 17, 2)
    assert (head.last_attempt_at, head.message_id) == (NOW, "m")
    assert drive(values.all("n")) == {"b": "3"}
    assert payloads(store) == ["stop", "other"]
    store.database.close()


def test_ids_are_not_given_again_after_a_recovery(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    append(store, "1")
    disk.error = fault(sqlite3.SQLITE_IOERR, "broken")
    append(store, "2")
    settle(store)
    settle(store)
    disk.error = None
    store.database.recover()

    placed = drive(Journal(store).append(draft("3")))

    assert (placed.id, placed.entries) == (3, 1)
    store.database.close()


@pytest.mark.parametrize("recovers_at", [0, 3, 6, 9])
def test_a_queue_larger_than_the_memory_for_it_keeps_its_order(
    recovers_at: int, tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    store = Inline(path)
    append(store, *(str(number) for number in range(8)))
    append(store, "other", lane="other")
    connection = store.database._disk
    store.database._image = Image(connection, first_id=1, window=2)
    store.database.degraded = True
    append(store, "8", "9")
    sent = []

    for number in range(10):
        if number == recovers_at:
            assert store.database.recover()
        head = drive(Journal(store).head("transaction"))
        assert head is not None
        sent.append(head.payload)
        settle(store)

    assert sent == [str(number) for number in range(10)]
    assert payloads(store) == ["other"]
    store.database.close()


async def test_a_store_recovers_by_itself(tmp_path: Path) -> None:
    disk = Disk()
    told: list[IncidentKind] = []
    async with Store(
        tmp_path / "store.db",
        connect=disk.connect,
        retry_interval=0.001,
        on_incident=lambda incident: told.append(incident.kind),
    ) as store:
        disk.error = fault(sqlite3.SQLITE_IOERR, "broken")
        await store.key_values.put("n", {"a": "1"})
        degraded = store.degraded
        disk.error = None
        while store.degraded:
            await store.key_values.get("n", "a")

        assert degraded
        assert await store.key_values.get("n", "a") == "1"
    assert told == kinds(store) == [IncidentKind.DEGRADED, IncidentKind.RECOVERED]


def test_a_disk_that_can_no_longer_be_read_costs_only_what_is_on_it(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    append(store, "1")
    disk.error, disk.at = fault(sqlite3.SQLITE_IOERR, "gone"), lambda _: True

    append(store, "2")
    while_gone = payloads(store)
    disk.error = None
    assert store.database.recover()

    assert while_gone == ["2"]
    assert payloads(store) == ["1", "2"]
    store.database.close()


def test_messages_that_cannot_be_fetched_from_the_disk_come_later(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    append(store, "1", "2", "3")
    store.database._image = Image(store.database._disk, first_id=1, window=1)
    store.database.degraded = True
    settle(store)
    disk.error, disk.at = fault(sqlite3.SQLITE_IOERR, "gone"), lambda sql: sql.startswith("SELECT")

    without = drive(Journal(store).head("transaction"))
    disk.error = None
    assert store.database.recover()

    assert without is None
    assert payloads(store) == ["2", "3"]
    store.database.close()


def test_what_memory_kept_is_lost_aloud_when_the_disk_stays_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk()
    store = Inline(tmp_path / "store.db", disk.connect)
    disk.error = fault(sqlite3.SQLITE_FULL, "full")
    append(store, "1")

    store.database.close()

    assert "what was kept in memory is lost" in caplog.text


async def test_a_fault_of_the_program_is_told_to_whoever_asked(tmp_path: Path) -> None:
    disk = Disk()
    async with Store(tmp_path / "store.db", connect=disk.connect) as store:
        disk.error, disk.at = fault(sqlite3.SQLITE_MISUSE, "misuse"), lambda sql: sql == "BEGIN"
        with pytest.raises(sqlite3.OperationalError, match="misuse"):
            await store.journal.placed()
        disk.error = None

        assert (await store.journal.placed()).entries == 0


async def test_a_store_without_a_path_tells_its_faults() -> None:
    def bad(_: sqlite3.Connection) -> None:
        raise fault(sqlite3.SQLITE_FULL, "full")

    async with Store(None) as store:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await store.run(bad)

        assert await store.key_values.all("n") == {}
