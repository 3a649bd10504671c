"""The journal of messages that the CSMS has not answered yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import frozen

from ocppkit.store.charging_profiles import ProfileChange, change_profiles, forget_profiles
from ocppkit.store.open_transactions import (
    OpenTransaction,
    close_transaction,
    forget_refusal,
    keep_refusal,
    save_transaction,
)
from ocppkit.store.work import Worker
from ocppkit.value import Value

__all__ = ["Draft", "Entry", "Journal", "Placed"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@frozen(kw_only=True, eq=False, repr=False)
class Draft(Value):
    """A message to be kept.

    Attributes:
        lane: ``"transaction"`` or ``"other"``; within a lane messages stay in order.
        name: of the message, or of the record that it will be made from.
        payload: JSON; the journal does not look into it.
        created_at: when it came about.
        topic: messages of one name and topic tell of the same thing, where only the latest counts.
        reference: the station's own id of the transaction that it belongs to.
        sequence: its place in the transaction.
        essential: whether it is never shed.
        thinnable: whether it is meter data in the middle, of which every second may be shed.
        final: whether it is the last of its transaction.
        state: of the transaction after this message, kept in the same commit; a final message
            forgets the transaction in the same commit, and its charging profiles.
        profiles: charging profiles that change in the same commit.
    """

    lane: str
    name: str
    payload: str
    created_at: datetime
    topic: str = ""
    reference: str | None = None
    sequence: int | None = None
    essential: bool = False
    thinnable: bool = False
    final: bool = False
    state: OpenTransaction | None = None
    profiles: ProfileChange | None = None


@frozen(kw_only=True, eq=False, repr=False)
class Entry(Value):
    """A message that waits.

    Attributes:
        id: grows with every message and is never given twice.
        lane: as in its draft.
        name: as in its draft.
        payload: as in its draft.
        created_at: as in its draft.
        reference: as in its draft.
        sequence: as in its draft.
        final: as in its draft.
        number: the CSMS's number of the transaction; None while it has given none.
        attempts: how often the CSMS failed to process it.
        last_attempt_at: when it failed last.
        message_id: of the first attempt that failed.
    """

    id: int
    lane: str
    name: str
    payload: str
    created_at: datetime
    reference: str | None
    sequence: int | None
    final: bool
    number: int | None
    attempts: int
    last_attempt_at: datetime | None
    message_id: str | None


@frozen(kw_only=True, eq=False, repr=False)
class Placed(Value):
    """How full the journal is after a change.

    Attributes:
        id: of the message that was appended last, ever; 0 before the first.
        entries: how many wait.
        size: of their payloads, in octets.
    """

    id: int
    entries: int
    size: int


class Journal:
    """Messages that wait, oldest first."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def append(
        self, draft: Draft, *, replace: bool = False, spare: Collection[int] = ()
    ) -> Placed:
        """Keep a message; once this returns it lasts.

        Args:
            draft: the message.
            replace: whether it takes the place of earlier ones of its name and topic.
            spare: entries that stay all the same.
        """
        spared = json.dumps(list(spare))
        size = len(draft.payload.encode())

        def job(connection: sqlite3.Connection) -> Placed:
            if replace:
                connection.execute(
                    "DELETE FROM outbox WHERE lane = 'other' AND name = ? AND topic = ?"
                    " AND id NOT IN (SELECT value FROM json_each(?))",
                    (draft.name, draft.topic, spared),
                )
            connection.execute(
                "INSERT INTO outbox (lane, name, topic, reference, sequence, created_at,"
                " essential, thinnable, final, size, payload)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    draft.lane,
                    draft.name,
                    draft.topic,
                    draft.reference,
                    draft.sequence,
                    _microseconds(draft.created_at),
                    draft.essential,
                    draft.thinnable,
                    draft.final,
                    size,
                    draft.payload,
                ),
            )
            if draft.profiles is not None:
                change_profiles(connection, draft.profiles)
            if draft.final and draft.reference is not None:
                close_transaction(connection, draft.reference)
                forget_profiles(connection, draft.reference)
            elif draft.state is not None:
                save_transaction(connection, draft.state)
            return _placed(connection)

        return await self._worker.run(job)

    async def head(self, lane: str) -> Entry | None:
        """The oldest message of a lane; it stays."""

        def job(connection: sqlite3.Connection) -> Entry | None:
            row = connection.execute(
                "SELECT id, lane, name, payload, created_at, outbox.reference, sequence, final,"
                " number, attempts, last_attempt_at, message_id"
                " FROM outbox LEFT JOIN transaction_numbers"
                " ON transaction_numbers.reference = outbox.reference"
                " WHERE lane = ? ORDER BY id LIMIT 1",
                (lane,),
            ).fetchone()
            return None if row is None else _entry(row)

        return await self._worker.run(job)

    async def remove(self, id: int, *, number: int | None = None, refused: bool = False) -> None:
        """Forget a message, and learn of its transaction in the same commit.

        Args:
            id: of the entry; one that is gone already does no harm.
            number: that the CSMS gave to the transaction in its answer.
            refused: whether the answer refuses its driver; kept while the transaction is under way
                and nobody has called `refusal_heeded`.
        """

        def job(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "DELETE FROM outbox WHERE id = ? RETURNING reference, final", (id,)
            ).fetchone()
            if row is None or row[0] is None:
                return
            reference, final = row
            if refused:
                keep_refusal(connection, reference)
            if final:
                connection.execute(
                    "DELETE FROM transaction_numbers WHERE reference = ?", (reference,)
                )
            elif number is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO transaction_numbers (reference, number) VALUES (?, ?)",
                    (reference, number),
                )

        await self._worker.run(job)

    async def learn_number(self, reference: str, number: int) -> None:
        """Keep the CSMS's number of a transaction, whose messages all stay."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO transaction_numbers (reference, number) VALUES (?, ?)",
                (reference, number),
            )

        await self._worker.run(job)

    async def refusal_heeded(self, reference: str) -> None:
        """The station has acted on a refusal; where there was none, nothing changes."""

        def job(connection: sqlite3.Connection) -> None:
            forget_refusal(connection, reference)

        await self._worker.run(job)

    async def attempted(
        self, id: int, *, attempts: int, at: datetime, message_id: str | None = None
    ) -> None:
        """Note that the CSMS failed to process a message."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET attempts = ?, last_attempt_at = ?,"
                " message_id = coalesce(message_id, ?) WHERE id = ?",
                (attempts, _microseconds(at), message_id, id),
            )

        await self._worker.run(job)

    async def thin(self, lane: str, *, spare: Collection[int] = ()) -> Placed:
        """Shed every second message of meter data of each transaction: 1st, 3rd, 5th, ...

        (E04.FR.08)
        """
        spared = json.dumps(list(spare))

        def job(connection: sqlite3.Connection) -> Placed:
            connection.execute(
                "DELETE FROM outbox WHERE id IN (SELECT id FROM (SELECT id, row_number()"
                " OVER (PARTITION BY reference ORDER BY id) AS place FROM outbox"
                " WHERE thinnable = 1 AND lane = ?"
                " AND id NOT IN (SELECT value FROM json_each(?))) WHERE place % 2 = 1)",
                (lane, spared),
            )
            return _placed(connection)

        return await self._worker.run(job)

    async def shed(
        self, lane: str, *, entries: int, size: int, spare: Collection[int] = ()
    ) -> Placed:
        """Shed the oldest messages of a lane that are not essential, as many as needed.

        Args:
            lane: which.
            entries: how many messages at least, if there are so many.
            size: how many octets of payload at least.
            spare: entries that stay all the same.
        """
        spared = json.dumps(list(spare))

        def job(connection: sqlite3.Connection) -> Placed:
            doomed: list[tuple[int]] = []
            octets = 0
            for each, octets_of_it in connection.execute(
                "SELECT id, size FROM outbox WHERE lane = ? AND essential = 0"
                " AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY id",
                (lane, spared),
            ):
                if len(doomed) >= entries and octets >= size:
                    break
                doomed.append((each,))
                octets += octets_of_it
            connection.executemany("DELETE FROM outbox WHERE id = ?", doomed)
            return _placed(connection)

        return await self._worker.run(job)

    async def placed(self) -> Placed:
        """How full the journal is."""
        return await self._worker.run(_placed)

    async def holds(self, reference: str | None) -> bool:
        """Whether a message of this transaction waits, whatever the case of its id (E14).

        Of any, for None.
        """

        def job(connection: sqlite3.Connection) -> bool:
            where, value = "lane = ?", "transaction"
            if reference is not None:
                where, value = "reference = ? COLLATE NOCASE", reference
            query = f"SELECT EXISTS (SELECT 1 FROM outbox WHERE {where})"  # noqa: S608  # ours
            return bool(connection.execute(query, (value,)).fetchone()[0])

        return await self._worker.run(job)

    async def number(self, reference: str) -> int | None:
        """The CSMS's number of a transaction; None where it has given none."""

        def job(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT number FROM transaction_numbers WHERE reference = ?", (reference,)
            ).fetchone()
            return None if row is None else int(row[0])

        return await self._worker.run(job)

    async def numbers(self) -> dict[str, int]:
        """The CSMS's numbers of all transactions of which it may hear more, by reference."""

        def job(connection: sqlite3.Connection) -> dict[str, int]:
            return dict(connection.execute("SELECT reference, number FROM transaction_numbers"))

        return await self._worker.run(job)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _at(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _placed(connection: sqlite3.Connection) -> Placed:
    entries, size = connection.execute("SELECT entries, size FROM outbox_totals").fetchone()
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return Placed(id=row[0] if row else 0, entries=entries, size=size)


def _entry(row: tuple[Any, ...]) -> Entry:
    (
        id_,
        lane,
        name,
        payload,
        created_at,
        reference,
        sequence,
        final,
        number,
        attempts,
        last,
        mid,
    ) = row
    return Entry(
        id=id_,
        lane=lane,
        name=name,
        payload=payload,
        created_at=_at(created_at),
        reference=reference,
        sequence=sequence,
        final=bool(final),
        number=number,
        attempts=attempts,
        last_attempt_at=None if last is None else _at(last),
        message_id=mid,
    )
