"""The transactions under way, so that a restart can take them up again."""

from __future__ import annotations

import sqlite3

from attrs import frozen

from ocppkit.store.work import Worker

__all__ = ["OpenTransaction", "OpenTransactions", "close_transaction", "save_transaction"]


@frozen(kw_only=True)
class OpenTransaction:
    """A transaction under way.

    Attributes:
        reference: the station's own id of it.
        evse: where.
        state: what is needed to go on, as JSON of the station's own.
    """

    reference: str
    evse: int
    state: str


class OpenTransactions:
    """Transactions under way, by reference.

    A state that changes with a message is written together with it: see `Draft.state`.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def all(self) -> list[OpenTransaction]:
        """All, by EVSE."""

        def job(connection: sqlite3.Connection) -> list[OpenTransaction]:
            rows = connection.execute(
                "SELECT reference, evse, state FROM open_transactions ORDER BY evse, reference"
            )
            return [
                OpenTransaction(reference=reference, evse=evse, state=state)
                for reference, evse, state in rows
            ]

        return await self._worker.run(job)

    async def save(self, transaction: OpenTransaction) -> None:
        """Keep a state in place of the one before."""

        def job(connection: sqlite3.Connection) -> None:
            save_transaction(connection, transaction)

        await self._worker.run(job)

    async def close(self, reference: str) -> None:
        """Forget a transaction."""

        def job(connection: sqlite3.Connection) -> None:
            close_transaction(connection, reference)

        await self._worker.run(job)


def save_transaction(connection: sqlite3.Connection, transaction: OpenTransaction) -> None:
    """As `OpenTransactions.save`, within another job."""
    connection.execute(
        "INSERT OR REPLACE INTO open_transactions (reference, evse, state) VALUES (?, ?, ?)",
        (transaction.reference, transaction.evse, transaction.state),
    )


def close_transaction(connection: sqlite3.Connection, reference: str) -> None:
    """As `OpenTransactions.close`, within another job."""
    connection.execute("DELETE FROM open_transactions WHERE reference = ?", (reference,))
