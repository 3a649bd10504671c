"""A disk that takes no writes from the start."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ocppkit.store import Incident, IncidentKind, KeyValues
from ocppkit.store.database import Database
from ocppkit.store.migrations import MIGRATIONS, migrate

from .harness import NOW, Disk, Inline, append, drive, fault, kinds, payloads

_NOBODY = 65534


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """A folder with a store that nobody may change, once the function is called."""
    folder = Path(mkdtemp(prefix="ocppkit-"))
    root = os.geteuid() == 0

    def lock() -> Path:
        for each in folder.iterdir():
            each.chmod(0o444)
        folder.chmod(0o555)
        if root:
            os.seteuid(_NOBODY)  # no mode stops root
        return folder / "store.db"

    shutil.copytree(tmp_path, folder, dirs_exist_ok=True)
    folder.chmod(0o755)
    yield lock
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def unlock(path: Path) -> None:
    if os.getuid() == 0:
        os.seteuid(0)
    path.parent.chmod(0o755)
    for each in path.parent.iterdir():
        each.chmod(0o644)


def test_a_store_on_a_read_only_disk_is_read_and_made_up_for(
    read_only: Callable[[], Path],
) -> None:
    path = read_only()
    unlock(path)
    first = Inline(path)
    append(first, "1")
    first.database.close()
    path = read_only()

    store = Inline(path)
    append(store, "2")

    assert kinds(store) == [IncidentKind.DEGRADED]
    assert payloads(store) == ["1", "2"]
    assert not store.database.recover()
    assert payloads(store) == ["1", "2"]
    unlock(path)
    assert store.database.recover()
    store.database.close()
    again = Inline(path)
    assert payloads(again) == ["1", "2"]
    again.database.close()


def test_after_a_power_cut_a_read_only_store_is_read_with_its_log(
    tmp_path: Path, read_only: Callable[[], Path]
) -> None:
    running = Inline(tmp_path / "running.db")
    append(running, "1", "2")
    path = read_only()
    unlock(path)
    shutil.copyfile(tmp_path / "running.db", path)
    shutil.copyfile(tmp_path / "running.db-wal", path.with_name("store.db-wal"))
    running.database.close()
    path = read_only()

    store = Inline(path)
    append(store, "3")

    assert payloads(store) == ["1", "2", "3"]
    unlock(path)
    assert store.database.recover()
    assert payloads(store) == ["1", "2", "3"]
    store.database.close()


def test_where_no_file_can_be_made_the_store_is_in_memory_until_one_can(
    read_only: Callable[[], Path],
) -> None:
    path = read_only()
    store = Inline(path)
    append(store, "1")

    assert kinds(store) == [IncidentKind.DEGRADED]
    unlock(path)
    assert store.database.recover()
    append(store, "2")
    assert payloads(store) == ["1", "2"]
    store.database.close()


def test_what_could_not_be_read_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = Inline(path)
    append(first, "1")
    drive(KeyValues(first).put("n", {"a": "1", "b": "1"}))
    first.database.close()
    disk = Disk(error=fault(sqlite3.SQLITE_CANTOPEN, "gone"), at=lambda _: True)
    store = Inline(path, disk.connect)
    append(store, "2")
    drive(KeyValues(store).put("n", {"b": "2"}))
    in_memory = payloads(store)
    disk.error = None

    assert store.database.recover()

    assert in_memory == ["2"]
    assert payloads(store) == ["1", "2"]
    assert drive(KeyValues(store).all("n")) == {"a": "1", "b": "2"}
    store.database.close()


def test_an_older_schema_on_a_disk_that_takes_no_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, MIGRATIONS[:1])
    connection.execute("INSERT INTO key_values VALUES ('n', 'a', '1')")
    connection.close()
    disk = Disk(
        error=fault(sqlite3.SQLITE_FULL, "full"),
        at=lambda sql: sql.strip().startswith("CREATE"),
    )
    store = Inline(path, disk.connect)
    append(store, "1")

    assert drive(KeyValues(store).get("n", "a")) == "1"
    disk.error = None
    assert store.database.recover()
    assert payloads(store) == ["1"]
    assert drive(KeyValues(store).get("n", "a")) == "1"
    store.database.close()


def test_ids_made_by_a_clock_that_went_back_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for text in ("1", "2"):
        disk = Disk(error=fault(sqlite3.SQLITE_CANTOPEN, "gone"), at=lambda _: True)
        incidents: list[Incident] = []
        database = Database(
            path,
            report=incidents.append,
            patience=0.1,
            connect=disk.connect,
            utc_now=lambda: NOW,
        )
        store = Inline.__new__(Inline)
        store.incidents, store.database = incidents, database
        database.open()
        append(store, text)
        disk.error = None
        assert database.recover()
        database.close()

    again = Inline(path)
    assert payloads(again) == ["1", "2"]
    again.database.close()
