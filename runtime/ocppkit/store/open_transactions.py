"""The transactions under way, so that a restart can take them up again."""

from __future__ import annotations

import sqlite3

from attrs import frozen

from ocppkit.store.work import Worker
from ocppkit.value import Value

__all__ = [
    "OpenTransaction",
    "OpenTransactions",
    "close_transaction",
    "forget_refusal",
    "keep_refusal",
    "save_transaction",
]


@frozen(kw_only=True, eq=False, repr=False)
class OpenTransaction(Value):
    """A transaction under way.

    Attributes:
        reference: the station's own id of it.
        evse: where.
        state: what is needed to go on, as JSON of the station's own.
        refused: whether the CSMS refused its driver, and the station has not acted on that yet;
            learned with an answer (see `Journal.remove`), not saved with a state.
    """

    reference: str
    evse: int
    state: str
    refused: bool = False


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
                "SELECT reference, evse, state, reference IN"
                " (SELECT reference FROM refused_transactions)"
                " FROM open_transactions ORDER BY evse, reference"
            )
            return [
                OpenTransaction(reference=reference, evse=evse, state=state, refused=bool(refused))
                for reference, evse, state, refused in rows
            ]

        return await self._worker.run(job)

    async def save(self, transaction: OpenTransaction) -> None:
        """Keep a state in place of the one before."""

        def job(connection: sqlite3.Connection) -> None:
            save_transaction(connection, transaction)

        await self._worker.run(job)

    async def refusal_heeded(self, reference: str) -> None:
        """The station has acted on a refusal; where there was none, nothing changes."""

        def job(connection: sqlite3.Connection) -> None:
            forget_refusal(connection, reference)

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
    forget_refusal(connection, reference)


def keep_refusal(connection: sqlite3.Connection, reference: str) -> None:
    """Keep that the driver of a transaction is refused, if it is under way."""
    connection.execute(
        "INSERT OR IGNORE INTO refused_transactions"
        " SELECT reference FROM open_transactions WHERE reference = ?",
        (reference,),
    )


def forget_refusal(connection: sqlite3.Connection, reference: str) -> None:
    """As `OpenTransactions.refusal_heeded`, within another job."""
    connection.execute("DELETE FROM refused_transactions WHERE reference = ?", (reference,))
