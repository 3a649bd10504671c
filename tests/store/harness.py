"""A database whose power can be cut before and after every statement."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from attrs import define

from ocppkit.store import Draft, Incident, IncidentKind, Journal, OpenTransaction, Store
from ocppkit.store.database import Database
from ocppkit.store.work import Job

T = TypeVar("T")

NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)


def draft(payload: str = "{}", **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "lane": "transaction",
        "name": "TransactionEvent",
        "payload": payload,
        "created_at": NOW,
    }
    return Draft(**values | changes)


def state(reference: str, text: str, evse: int = 1) -> OpenTransaction:
    return OpenTransaction(reference=reference, evse=evse, state=text)


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits")


class PowerCut(BaseException):
    """The power is gone; nothing may catch it."""


@define
class Mains:
    """Cuts the power at a statement, counted from when it is armed, and keeps what is on the disk.

    Half steps count: 2 n is before statement n, 2 n + 1 is after it.
    """

    path: Path
    snapshot: Path
    cut_at: int | None = None
    halves: int = 0
    synced: int = 0
    keep_unsynced: float = 1.0

    def arm(self, cut_at: int | None) -> None:
        self.cut_at, self.halves = cut_at, 0

    def step(self) -> None:
        if self.cut_at is not None and self.halves == self.cut_at:
            self.cut()
        self.halves += 1

    @property
    def wal(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    def committed(self) -> None:
        self.synced = self.wal.stat().st_size if self.wal.exists() else 0

    def cut(self) -> None:
        shutil.rmtree(self.snapshot, ignore_errors=True)
        self.snapshot.mkdir()
        if self.path.exists():
            shutil.copyfile(self.path, self.snapshot / self.path.name)
        if self.wal.exists():
            octets = self.wal.read_bytes()
            unsynced = max(0, len(octets) - self.synced)
            kept = len(octets) - round(unsynced * (1 - self.keep_unsynced))
            (self.snapshot / self.wal.name).write_bytes(octets[:kept])
        raise PowerCut


def connector(mains: Mains) -> Callable[..., sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            mains.step()
            cursor = super().execute(sql, *values)
            if sql == "COMMIT":
                mains.committed()
            mains.step()
            return cursor

        def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
            mains.step()
            cursor = super().executemany(sql, *values)
            mains.step()
            return cursor

    def connect(database: Any, **options: Any) -> sqlite3.Connection:
        return sqlite3.connect(database, factory=Connection, **options)

    return connect


class Inline:
    """A worker that runs each job at once, in a commit of its own."""

    def __init__(
        self, path: Path, connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    ) -> None:
        self.incidents: list[Incident] = []
        self.database = Database(path, report=self.incidents.append, patience=0.1, connect=connect)
        self.database.open()

    async def run(self, job: Job[T]) -> T:
        outcome = self.database.transact([job])[0]
        if outcome.error is not None:
            raise outcome.error
        result: T = outcome.result
        return result


def fault(code: int, text: str) -> sqlite3.OperationalError:
    """An error as SQLite raises it."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def payloads(store: Inline) -> list[str]:
    def job(connection: sqlite3.Connection) -> list[str]:
        return [row[0] for row in connection.execute("SELECT payload FROM outbox ORDER BY id")]

    return drive(store.run(job))


def kinds(store: Inline | Store) -> list[IncidentKind]:
    return [each.kind for each in store.incidents]


def append(store: Inline, *texts: str, **changes: Any) -> None:
    for text in texts:
        drive(Journal(store).append(draft(text, **changes)))


def settle(store: Inline) -> None:
    """Answer the oldest message."""
    head = drive(Journal(store).head("transaction"))
    assert head is not None
    drive(Journal(store).remove(head.id))


@define
class Disk:
    """Raises an error at a statement, for as long as it is set."""

    error: sqlite3.Error | None = None
    at: Callable[[str], bool] = lambda sql: sql == "COMMIT" or sql.startswith("INSERT")

    def connect(self, database: Any, **options: Any) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                error = disk.error
                if error is not None and disk.at(sql):
                    raise error
                return super().execute(sql, *values)

        return sqlite3.connect(database, factory=Connection, **options)
