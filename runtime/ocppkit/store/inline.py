"""Runs jobs at once: for a database in memory, where nothing has to be waited for."""

from __future__ import annotations

from ocppkit.store.database import Database
from ocppkit.store.work import Job, T

__all__ = ["Inline"]


class Inline:
    """A `ocppkit.store.writer.Writer` without a thread."""

    def __init__(self, database: Database) -> None:
        """Run jobs on a database in memory."""
        self._database = database
        self._ended = False

    async def start(self) -> None:
        """Open the database."""
        self._database.open()

    async def run(self, job: Job[T]) -> T:
        """Run a job.

        Raises:
            RuntimeError: the store is closed.
        """
        if self._ended:
            msg = "the store is closed"
            raise RuntimeError(msg)
        outcome = self._database.transact([job])[0]
        if outcome.error is not None:
            raise outcome.error
        result: T = outcome.result
        return result

    async def close(self) -> None:
        """Forget everything."""
        if not self._ended:
            self._ended = True
            self._database.close()
