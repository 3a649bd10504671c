"""What a CSMS remembers for as long as it runs, and no longer."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from itertools import count
from typing import Any, Final

from attrs import Factory, define, evolve

from ocppkit.csms.records import (
    BootNotification,
    ConnectorRecord,
    MeterValue,
    StationRecord,
    TransactionRecord,
)
from ocppkit.message import Request, Version

__all__ = ["Memory", "StationMemory"]

_NOTIFICATIONS = 1000  # a station; a device model report is some hundred messages
_ENDED_TRANSACTIONS: Final = 1000  # a station


@define
class _Transaction:
    """A transaction and its readings, which are many: they join without a copy of the others."""

    record: TransactionRecord
    readings: list[MeterValue] = Factory(list)
    keys: set[bytes] = Factory(set)

    def whole(self) -> TransactionRecord:
        return evolve(self.record, meter_values=tuple(self.readings))


class StationMemory:
    """What is remembered of one station; the accepting handlers write it.

    Attributes:
        identity: the station's.
    """

    def __init__(self, identity: str, *, ended_transactions: int = _ENDED_TRANSACTIONS) -> None:
        self.identity = identity
        self._ended_transactions = ended_transactions
        self._version: Version | None = None
        self._boot: BootNotification | None = None
        self._heard_at: datetime | None = None
        self._connectors: dict[tuple[int, int], ConnectorRecord] = {}
        self._transactions: dict[str, _Transaction] = {}
        self._ended: dict[str, None] = {}  # ids, the first to end first
        self._notifications: deque[Request[Any]] = deque(maxlen=_NOTIFICATIONS)

    def connected(self, version: Version) -> None:
        """Note which version the station speaks."""
        self._version = version

    def heard(self, at: datetime) -> None:
        """Note that a message came."""
        self._heard_at = at

    def booted(self, notification: BootNotification) -> None:
        """Note who the station says it is."""
        self._boot = notification

    def notified(self, message: Request[Any]) -> None:
        """Keep a message that only informs."""
        self._notifications.append(message)

    def put_connector(self, record: ConnectorRecord) -> None:
        """Note the status of a connector."""
        self._connectors[record.evse_id or 0, record.connector_id] = record

    def put_transaction(self, record: TransactionRecord) -> None:
        """Note how a transaction stands; the readings that were added stay.

        Args:
            record: without readings.
        """
        transaction_id = record.transaction_id
        known = self._transactions.get(transaction_id)
        if known is None:
            self._transactions[transaction_id] = _Transaction(record)
        else:
            known.record = record
        if record.ended_at is not None:
            self._ended[transaction_id] = None
            if len(self._ended) > self._ended_transactions:
                oldest = next(iter(self._ended))
                del self._ended[oldest], self._transactions[oldest]

    def add_readings(self, transaction_id: str, readings: Iterable[MeterValue]) -> None:
        """Add readings to a transaction.

        Raises:
            KeyError: there is no such transaction.
        """
        self._transactions[transaction_id].readings.extend(readings)

    def add_new_readings(self, transaction_id: str, readings: Iterable[MeterValue]) -> None:
        """Add those readings to a transaction that no earlier call of this has added.

        Raises:
            KeyError: there is no such transaction.
        """
        transaction = self._transactions[transaction_id]
        for reading in readings:
            key = _key(reading)
            if key not in transaction.keys:
                transaction.keys.add(key)
                transaction.readings.append(reading)

    @property
    def transactions(self) -> Collection[TransactionRecord]:
        """How all its transactions stand, without their readings."""
        return tuple(known.record for known in self._transactions.values())

    def transaction(self, transaction_id: str) -> TransactionRecord | None:
        """How a transaction stands, without its readings.

        None where no message of it has come, or it ended so long ago that it is forgotten.
        """
        known = self._transactions.get(transaction_id)
        return None if known is None else known.record

    def record(self) -> StationRecord:
        """All of it, as it is now."""
        return StationRecord(
            identity=self.identity,
            version=self._version,
            boot=self._boot,
            heard_at=self._heard_at,
            connectors=tuple(record for _, record in sorted(self._connectors.items())),
            transactions=tuple(known.whole() for known in self._transactions.values()),
            notifications=tuple(self._notifications),
        )


def _key(reading: MeterValue) -> bytes:
    """The same for readings that are equal; short, where a reading may hold signed data."""
    return blake2b(repr(reading).encode(errors="surrogatepass"), digest_size=16).digest()


class Memory:
    """What a CSMS remembers of all its stations, connected or not."""

    def __init__(
        self,
        *,
        transaction_ids: Iterator[int] | None = None,
        ended_transactions: int = _ENDED_TRANSACTIONS,
    ) -> None:
        """Start with nothing.

        Args:
            transaction_ids: for 1.6, where the CSMS numbers transactions; positive and all
                different (1.6 errata 3.54). Unless told otherwise they go up from a random
                number, as stations may still have transactions of an earlier run.
            ended_transactions: how many transactions of a station to remember beside those that
                go on: the ones that ended last.

        Raises:
            ValueError: none is to be remembered.
        """
        if ended_transactions < 1:
            msg = f"at least one ended transaction is remembered, not {ended_transactions}"
            raise ValueError(msg)
        self._stations: dict[str, StationMemory] = {}
        self._ended_transactions = ended_transactions
        self._transaction_ids = transaction_ids or count(1 + secrets.randbelow(10**9))

    def new_transaction_id(self) -> int:
        """An id that no other transaction has."""
        return next(self._transaction_ids)

    def station(self, identity: str) -> StationMemory:
        """What is remembered of a station; nothing, where it is new."""
        known = self._stations.get(identity)
        if known is None:
            known = StationMemory(identity, ended_transactions=self._ended_transactions)
            self._stations[identity] = known
        return known

    def record(self, identity: str) -> StationRecord:
        """What is known of a station at this moment.

        Raises:
            KeyError: it was never connected.
        """
        return self._stations[identity].record()

    def records(self) -> tuple[StationRecord, ...]:
        """What is known of all stations, in the order in which they came."""
        return tuple(station.record() for station in self._stations.values())
