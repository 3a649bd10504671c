from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from ocppkit.store import Store
from ocppkit.store.database import Database
from ocppkit.store.files import open_to_read

from .harness import Disk, draft, fault


@define
class SlowDisk:
    """Commits only when it is let; counts them."""

    gate: threading.Event = field(factory=threading.Event)
    commits: int = 0

    def connect(self, database: Any, **options: Any) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                if sql == "COMMIT":
                    assert disk.gate.wait(10)
                    disk.commits += 1
                return super().execute(sql, *values)

        return sqlite3.connect(database, factory=Connection, **options)


async def opened(path: Path, disk: SlowDisk) -> Store:
    disk.gate.set()
    store = await Store(path, connect=disk.connect).__aenter__()
    disk.gate.clear()
    disk.commits = 0
    return store


async def test_a_disk_that_takes_its_time_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    disk = SlowDisk()
    store = await opened(tmp_path / "store.db", disk)
    appending = asyncio.ensure_future(store.journal.append(draft("1")))

    turns = 0
    for _ in range(1000):
        await asyncio.sleep(0)
        turns += 1

    assert turns == 1000
    assert not appending.done()
    disk.gate.set()
    assert (await appending).entries == 1
    await store.__aexit__(None, None, None)


async def test_what_waits_goes_in_one_commit(tmp_path: Path) -> None:
    disk = SlowDisk()
    store = await opened(tmp_path / "store.db", disk)
    appending = [asyncio.ensure_future(store.journal.append(draft("1"))) for _ in range(1500)]
    await asyncio.sleep(0)

    disk.gate.set()
    await asyncio.gather(*appending)

    assert disk.commits <= 4  # of a thousand at most; the first may have gone alone
    await store.__aexit__(None, None, None)


async def test_a_job_that_raises_takes_only_its_own_writes_back(tmp_path: Path) -> None:
    def bad(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO key_values VALUES ('n', 'bad', '1')")
        raise LookupError

    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO no_such_table VALUES (1)")

    async with Store(tmp_path / "store.db") as store:
        results = await asyncio.gather(
            store.key_values.put("n", {"before": "1"}),
            store.run(bad),
            store.run(wrong),
            store.key_values.put("n", {"after": "1"}),
            return_exceptions=True,
        )

        assert [type(each) for each in results] == [
            type(None), LookupError, sqlite3.OperationalError, type(None),
        ]  # fmt: skip
        assert list(await store.key_values.all("n")) == ["after", "before"]
        assert store.incidents == []


async def test_a_caller_that_gives_up_does_not_undo_the_write(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db") as store:
        putting = asyncio.ensure_future(store.key_values.put("n", {"a": "1"}))
        await asyncio.sleep(0)
        putting.cancel()

        assert await store.key_values.get("n", "a") == "1"
        with pytest.raises(asyncio.CancelledError):
            await putting


async def test_closing_waits_for_what_was_asked_for(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db") as store:
        appending = [asyncio.ensure_future(store.journal.append(draft("1"))) for _ in range(50)]
        await asyncio.sleep(0)

    assert all(each.done() for each in appending)
    async with Store(tmp_path / "store.db") as store:
        assert (await store.journal.placed()).entries == 50


async def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.db")

    with pytest.raises(RuntimeError, match="not open"):
        await store.journal.placed()

    async with store:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await store.journal.placed()


async def test_without_a_path_it_lasts_as_long_as_the_process() -> None:
    async with Store(None) as store:
        await store.key_values.put("n", {"a": "1"})

        assert await store.key_values.get("n", "a") == "1"
        assert not store.degraded


async def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    def pragma(name: str) -> Callable[[sqlite3.Connection], Any]:
        return lambda connection: connection.execute(f"PRAGMA {name}").fetchone()[0]

    async with Store(tmp_path / "store.db") as store:
        assert await store.run(pragma("journal_mode")) == "wal"
        assert await store.run(pragma("synchronous")) == 2  # FULL


@pytest.mark.requirement("1.6-SEC A01.FR.10")
async def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    async with Store(tmp_path / "new" / "store.db") as store:
        await store.key_values.put("n", {"a": "1"})

        modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "new").iterdir()}

    assert modes == {"store.db": 0o600, "store.db-wal": 0o600}


class Undone(BaseException):
    """Nobody expects it."""


async def test_where_the_thread_fails_all_that_waits_fails_and_nothing_more_is_taken(
    tmp_path: Path,
) -> None:
    def undone(_: sqlite3.Connection) -> None:
        raise Undone

    store = Store(tmp_path / "store.db")
    await store.__aenter__()

    async with asyncio.timeout(10):
        results = await asyncio.gather(
            store.run(undone), store.journal.placed(), return_exceptions=True
        )
        with pytest.raises(RuntimeError, match="closed"):
            await store.journal.placed()
        await store.__aexit__(None, None, None)

    assert [str(each) for each in results] == ["the store has failed, and is closed"] * 2


async def test_an_error_that_nobody_expects_reaches_its_caller_and_the_store_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Store(tmp_path / "store.db") as store, asyncio.timeout(10):
        with monkeypatch.context() as patch:
            patch.setattr(Database, "transact", failing)
            with pytest.raises(LookupError):
                await store.journal.placed()

        assert (await store.journal.placed()).entries == 0


async def test_an_attempt_to_recover_that_fails_unexpectedly_does_not_stop_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    tried = threading.Event()

    def recover(_: Database) -> bool:
        tried.set()
        raise OSError(5, "Input/output error")

    async with (
        asyncio.timeout(10),
        Store(tmp_path / "store.db", retry_interval=0.001, connect=disk.connect) as store,
    ):
        disk.error = fault(sqlite3.SQLITE_FULL, "disk full")
        await store.journal.append(draft("1"))
        with monkeypatch.context() as patch:
            patch.setattr(Database, "recover", recover)
            await asyncio.to_thread(tried.wait, 5)

            assert (await store.journal.append(draft("2"))).entries == 2
        disk.error = None


def failing(*_: object) -> Any:
    raise LookupError


def test_a_disk_that_does_not_even_say_what_is_on_it_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "exists", refuse)

    assert open_to_read(tmp_path / "none.db", connect=sqlite3.connect) is None
