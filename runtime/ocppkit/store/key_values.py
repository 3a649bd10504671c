"""Settings by namespace and key: what OCPP has changed, and what else must outlast a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ocppkit.store.work import Worker

__all__ = ["KeyValues"]


class KeyValues:
    """Texts by namespace and key."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def get(self, namespace: str, key: str) -> str | None:
        """A value; None where there is none."""

        def job(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT value FROM key_values WHERE namespace = ? AND key = ?", (namespace, key)
            ).fetchone()
            return None if row is None else str(row[0])

        return await self._worker.run(job)

    async def all(self, namespace: str) -> dict[str, str]:
        """All values of a namespace, by key in order."""

        def job(connection: sqlite3.Connection) -> dict[str, str]:
            return dict(
                connection.execute(
                    "SELECT key, value FROM key_values WHERE namespace = ? ORDER BY key",
                    (namespace,),
                )
            )

        return await self._worker.run(job)

    async def put(self, namespace: str, values: Mapping[str, str | None]) -> None:
        """Set values together; None takes one away."""
        taken = tuple(values.items())

        def job(connection: sqlite3.Connection) -> None:
            for key, value in taken:
                if value is None:
                    connection.execute(
                        "DELETE FROM key_values WHERE namespace = ? AND key = ?", (namespace, key)
                    )
                else:
                    connection.execute(
                        "INSERT OR REPLACE INTO key_values VALUES (?, ?, ?)",
                        (namespace, key, value),
                    )

        await self._worker.run(job)

    async def clear(self, namespace: str) -> None:
        """Take away all values of a namespace."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM key_values WHERE namespace = ?", (namespace,))

        await self._worker.run(job)
