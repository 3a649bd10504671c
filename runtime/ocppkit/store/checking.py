"""Checks the messages of a large store bit by bit, once it is open and at work.

A small file is checked whole before it is used. One of more than 64 MiB would hold up the start:
there the settings and transactions are checked at once, and the messages in the background, some
at a time, by the thread of the database and only while that has nothing else to do. What cannot be
read then has the file set aside as at the start, with an incident. This finds pages that are
damaged or missing; a damaged index shows when it is used, and a bit that flipped in the text of a
message once that message is read.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from ocppkit.store.files import Ruined

__all__ = ["OutboxCheck"]

_ROWS: Final = 200  # a step: some milliseconds, so that nobody waits long for it


class OutboxCheck:
    """Reads every message that is there at the start, oldest first."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._read_to = 0

    def step(self, connection: sqlite3.Connection) -> bool:
        """Read some more; whether any are left. A job for the database.

        Raises:
            Ruined: what is there makes no sense.
            sqlite3.Error: it cannot be read.
        """
        last = self._last
        if last is None:
            query = "SELECT coalesce(max(id), 0) FROM outbox"
            last = self._last = int(connection.execute(query).fetchone()[0])
        rows = connection.execute(
            # The last column, so that all pages of a long message are read.
            "SELECT id, length(CAST(payload AS BLOB)), lane FROM outbox"
            " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            (self._read_to, last, _ROWS),
        ).fetchall()
        for id_, size, lane in rows:
            if id_ <= self._read_to or size is None or lane is None:
                msg = f"message {id_!r} after {self._read_to} makes no sense"
                raise Ruined(msg)
            self._read_to = id_
        return len(rows) == _ROWS
