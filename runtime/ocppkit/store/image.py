"""A store in memory, for as long as the disk takes no writes."""

from __future__ import annotations

import logging
import sqlite3
from typing import Final

from ocppkit.store.migrations import MIGRATIONS, migrate, version

__all__ = ["LANES", "Image", "connect_memory"]

_logger = logging.getLogger(__name__)

LANES: Final = ("transaction", "other")
_WINDOW: Final = 10_000  # messages; a queue may be far larger than the memory
_OWN_WAY: Final = frozenset({"outbox", "outbox_totals"})  # not copied as they are


def connect_memory() -> sqlite3.Connection:
    """A database in memory, without a schema."""
    return sqlite3.connect(":memory:", isolation_level=None)


class Image:
    """A copy in memory of a store on a disk, which takes the writes until the disk can.

    Of the messages that wait only the oldest are copied, the next when those are gone; so the order
    holds within a lane. While there are more, counts and searches know nothing of them.

    Attributes:
        connection: to the copy.
        disk: to read more messages from; None while it cannot be read.
        blind: whether what is on the disk was never read: then it is added to, not replaced.
    """

    def __init__(
        self, disk: sqlite3.Connection | None, *, first_id: int, window: int = _WINDOW
    ) -> None:
        """Copy what can be read.

        Args:
            disk: to read from, also later; None where it cannot be read.
            first_id: of the first message, where the disk cannot be read: larger than all on it.
            window: how many messages of a lane to copy at a time.

        Raises:
            sqlite3.Error: the disk cannot be read.
        """
        self.connection = connect_memory()
        self.disk = disk
        self.blind = disk is None
        self._window = window
        self._copied_through: dict[str, int] = dict.fromkeys(LANES, 0)
        self._last_on_disk = first_id - 1
        try:
            self._copy()
        except BaseException:
            self.connection.close()
            raise

    def _copy(self) -> None:
        disk = self.disk
        if disk is None:
            migrate(self.connection)
        else:
            migrate(self.connection, MIGRATIONS[: version(disk)])  # as old as what is copied
            for table in _tables(disk):
                _copy(disk, self.connection, table)
            migrate(self.connection)
            self._last_on_disk = _last_id(disk)
        _set_last_id(self.connection, self._last_on_disk)
        self.refill()

    def refill(self) -> None:
        """Copy more messages of each lane whose copied ones are gone; call it before any job."""
        if self.disk is None or not _has_outbox(self.disk):
            return
        for lane in LANES:
            through = self._copied_through[lane]
            waiting = self.connection.execute(
                "SELECT EXISTS (SELECT 1 FROM outbox WHERE lane = ? AND id <= ?)",
                (lane, through),
            ).fetchone()[0]
            if waiting:
                continue
            cursor = self.disk.execute(
                "SELECT * FROM outbox WHERE lane = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?",
                (lane, through, self._last_on_disk, self._window),
            )
            names = _names(cursor)
            rows = cursor.fetchall()
            if rows:
                self._copied_through[lane] = rows[-1][names.index("id")]
                _insert(self.connection, "outbox", names, rows)

    def write_back(self, disk: sqlite3.Connection, *, fresh: bool) -> None:
        """Bring a disk, which has the newest schema, to the state of the copy; in a transaction.

        Args:
            disk: to write to.
            fresh: whether it is another than the one that was copied, and empty.

        Raises:
            sqlite3.Error: the disk does not take it.
        """
        knows = not (self.blind or fresh)
        for table in _tables(self.connection):
            if knows:
                disk.execute(f"DELETE FROM {table}")  # noqa: S608  # our own tables
            _copy(self.connection, disk, table)
        if knows:
            for lane in LANES:
                self._write_back_old(disk, lane)
        self._write_back_new(disk, after=self._last_on_disk if knows else 0)

    def _write_back_old(self, disk: sqlite3.Connection, lane: str) -> None:
        """Messages that the disk has already: those that left, and attempts."""
        bounds = (lane, self._copied_through[lane])
        left = {
            row[0]: row[1:]
            for row in self.connection.execute(
                "SELECT id, attempts, last_attempt_at, message_id FROM outbox"
                " WHERE lane = ? AND id <= ?",
                bounds,
            )
        }
        gone = [
            row
            for row in disk.execute("SELECT id FROM outbox WHERE lane = ? AND id <= ?", bounds)
            if row[0] not in left
        ]
        disk.executemany("DELETE FROM outbox WHERE id = ?", gone)
        disk.executemany(
            "UPDATE outbox SET attempts = ?, last_attempt_at = ?, message_id = ? WHERE id = ?",
            [(*values, number) for number, values in left.items() if values[0]],
        )

    def _write_back_new(self, disk: sqlite3.Connection, *, after: int) -> None:
        """Messages that the disk does not have."""
        cursor = self.connection.execute("SELECT * FROM outbox WHERE id > ? ORDER BY id", (after,))
        names = _names(cursor)
        last = _last_id(disk)
        if self.blind and last > self._last_on_disk:  # the clock that gave the ids went back
            _logger.warning("messages kept in memory get new places in the queue")
            place = names.index("id")
            names.pop(place)
            rows = [(*row[:place], *row[place + 1 :]) for row in cursor]
            _insert(disk, "outbox", names, rows)
            return
        _insert(disk, "outbox", names, cursor.fetchall())
        _set_last_id(disk, max(last, _last_id(self.connection)))


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if name not in _OWN_WAY and not name.startswith("sqlite_")]


def _has_outbox(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'"
    return connection.execute(query).fetchone() is not None


def _names(cursor: sqlite3.Cursor) -> list[str]:
    return [column[0] for column in cursor.description]


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    cursor = source.execute(f"SELECT * FROM {table}")  # noqa: S608  # our own tables
    _insert(target, table, _names(cursor), cursor.fetchall())


def _insert(
    target: sqlite3.Connection, table: str, names: list[str], rows: list[tuple[object, ...]]
) -> None:
    columns, marks = ", ".join(names), ", ".join("?" * len(names))
    target.executemany(
        f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608  # our own tables
        rows,
    )


def _last_id(connection: sqlite3.Connection) -> int:
    """The last id of a message, also of one that is gone."""
    if not _has_outbox(connection):
        return 0
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return 0 if row is None else int(row[0])


def _set_last_id(connection: sqlite3.Connection, last: int) -> None:
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", (last,))
