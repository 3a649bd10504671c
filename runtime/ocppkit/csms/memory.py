"""What a CSMS remembers for as long as it runs, and no longer."""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from functools import partial
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
from ocppkit.csms.unended import Unended
from ocppkit.message import Request, Version

__all__ = ["Memory", "StationMemory"]

_logger = logging.getLogger(__name__)

_NOTIFICATIONS = 1000  # a station; a device model report is some hundred messages
_ENDED_TRANSACTIONS: Final = 1000  # a station
_UNENDED_OF_A_STATION: Final = 1000
_UNENDED: Final = 100_000  # of all stations together
_READINGS: Final = 10_000  # a transaction


def _nothing(_transaction_id: str, _goes_on: bool) -> None:
    """Nobody wants to know."""


@define
class _Transaction:
    """A transaction and its readings, which are many: they join without a copy of the others."""

    record: TransactionRecord
    readings: list[MeterValue] = Factory(list)
    keys: set[bytes] = Factory(set)

    def add(self, reading: MeterValue) -> None:
        """Add a reading; of too many every second goes, neither the first nor the last."""
        self.readings.append(reading)
        if len(self.readings) > _READINGS:
            del self.readings[1:-1:2]
            if self.keys:
                self.keys = {_key(each) for each in self.readings}

    def whole(self) -> TransactionRecord:
        return evolve(self.record, meter_values=tuple(self.readings))


class StationMemory:
    """What is remembered of one station; the accepting handlers write it.

    Attributes:
        identity: the station's.
    """

    def __init__(
        self,
        identity: str,
        *,
        ended_transactions: int = _ENDED_TRANSACTIONS,
        unended: Callable[[str, bool], None] = _nothing,
    ) -> None:
        """Remember nothing yet.

        Args:
            identity: the station's.
            ended_transactions: how many to remember beside those that go on.
            unended: is told of each transaction that is heard of, and whether it goes on.
        """
        self.identity = identity
        self._unended = unended
        self._forgotten = 0
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
        self._unended(transaction_id, record.ended_at is None)
        if record.ended_at is not None:
            self._ended[transaction_id] = None
            if len(self._ended) > self._ended_transactions:
                oldest = next(iter(self._ended))
                del self._ended[oldest], self._transactions[oldest]

    def forget_transaction(self, transaction_id: str) -> None:
        """Forget a transaction that goes on as far as we know; it is counted.

        Raises:
            KeyError: there is no such transaction.
        """
        del self._transactions[transaction_id]
        self._forgotten += 1
        _logger.warning("%s: transaction %s is forgotten", self.identity, transaction_id)

    def add_readings(self, transaction_id: str, readings: Iterable[MeterValue]) -> None:
        """Add readings to a transaction.

        Raises:
            KeyError: there is no such transaction.
        """
        transaction = self._heard_of(transaction_id)
        for reading in readings:
            transaction.add(reading)

    def add_new_readings(self, transaction_id: str, readings: Iterable[MeterValue]) -> None:
        """Add those readings to a transaction that no earlier call of this has added.

        Raises:
            KeyError: there is no such transaction.
        """
        transaction = self._heard_of(transaction_id)
        for reading in readings:
            key = _key(reading)
            if key not in transaction.keys:
                transaction.keys.add(key)
                transaction.add(reading)

    def _heard_of(self, transaction_id: str) -> _Transaction:
        transaction = self._transactions[transaction_id]
        if transaction.record.ended_at is None:
            self._unended(transaction_id, True)
        return transaction

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
            forgotten_transactions=self._forgotten,
        )


def _key(reading: MeterValue) -> bytes:
    """The same for readings that are equal; short, where a reading may hold signed data."""
    return blake2b(repr(reading).encode(errors="surrogatepass"), digest_size=16).digest()


class Memory:
    """What a CSMS remembers of all its stations, connected or not.

    Transactions may never end: the message got lost, the station was taken away, or it invents
    them. So of one station 1,000 are remembered that go on as far as we know, and of all together
    100,000, unless told otherwise. Beyond that the one that was silent longest is forgotten, in the
    latter case before all others one of a station that is not connected. What a station's record
    has lost in this way it counts. Of one transaction 10,000 readings are remembered: from there on
    every second goes, neither the first nor the last.
    """

    def __init__(
        self,
        *,
        transaction_ids: Iterator[int] | None = None,
        ended_transactions: int = _ENDED_TRANSACTIONS,
        unended_of_a_station: int = _UNENDED_OF_A_STATION,
        unended_transactions: int = _UNENDED,
    ) -> None:
        """Start with nothing.

        Args:
            transaction_ids: for 1.6, where the CSMS numbers transactions; positive and all
                different (1.6 errata 3.54). Unless told otherwise they go up from a random
                number, as stations may still have transactions of an earlier run.
            ended_transactions: how many transactions of a station to remember beside those that
                go on: the ones that ended last.
            unended_of_a_station: how many that go on to remember of each station.
            unended_transactions: how many of those of all stations together.

        Raises:
            ValueError: none is to be remembered.
        """
        if ended_transactions < 1:
            msg = f"at least one ended transaction is remembered, not {ended_transactions}"
            raise ValueError(msg)
        if min(unended_of_a_station, unended_transactions) < 1:
            fewest = min(unended_of_a_station, unended_transactions)
            msg = f"at least one transaction that goes on is remembered, not {fewest}"
            raise ValueError(msg)
        self._unended = Unended(a_station=unended_of_a_station, all_stations=unended_transactions)
        self._stations: dict[str, StationMemory] = {}
        self._ended_transactions = ended_transactions
        self._transaction_ids = transaction_ids or count(1 + secrets.randbelow(10**9))

    def ask_connected(self, is_connected: Callable[[str], bool]) -> None:
        """Say how to find out whether a station is connected; the server does."""
        self._unended.is_connected = is_connected

    def new_transaction_id(self) -> int:
        """An id that no other transaction has."""
        return next(self._transaction_ids)

    def station(self, identity: str) -> StationMemory:
        """What is remembered of a station; nothing, where it is new."""
        known = self._stations.get(identity)
        if known is None:
            known = StationMemory(
                identity,
                ended_transactions=self._ended_transactions,
                unended=partial(self._heard, identity),
            )
            self._stations[identity] = known
        return known

    def _heard(self, identity: str, transaction_id: str, goes_on: bool) -> None:
        if not goes_on:
            self._unended.drop(identity, transaction_id)
            return
        forgotten = self._unended.heard(identity, transaction_id)
        if forgotten is not None:
            self._unended.drop(*forgotten)
            self._stations[forgotten[0]].forget_transaction(forgotten[1])

    def record(self, identity: str) -> StationRecord:
        """What is known of a station at this moment.

        Raises:
            KeyError: it was never connected.
        """
        return self._stations[identity].record()

    def records(self) -> tuple[StationRecord, ...]:
        """What is known of all stations, in the order in which they came."""
        return tuple(station.record() for station in self._stations.values())
