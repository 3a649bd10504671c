"""What a CSMS remembers for as long as it runs, and no longer."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from ocppkit.csms.records import (
    BootNotification,
    ConnectorRecord,
    StationRecord,
    TransactionRecord,
)
from ocppkit.message import Request, Version

__all__ = ["Memory", "StationMemory"]

_NOTIFICATIONS = 1000  # a station; a device model report is some hundred messages


class StationMemory:
    """What is remembered of one station; the accepting handlers write it.

    Attributes:
        identity: the station's.
    """

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self._version: Version | None = None
        self._boot: BootNotification | None = None
        self._heard_at: datetime | None = None
        self._connectors: dict[tuple[int, int], ConnectorRecord] = {}
        self._transactions: dict[str, TransactionRecord] = {}
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
        """Note how a transaction stands."""
        self._transactions[record.transaction_id] = record

    @property
    def transactions(self) -> Collection[TransactionRecord]:
        """How all its transactions stand."""
        return self._transactions.values()

    def transaction(self, transaction_id: str) -> TransactionRecord | None:
        """How a transaction stands; None where no message of it has come."""
        return self._transactions.get(transaction_id)

    def record(self) -> StationRecord:
        """All of it, as it is now."""
        return StationRecord(
            identity=self.identity,
            version=self._version,
            boot=self._boot,
            heard_at=self._heard_at,
            connectors=tuple(record for _, record in sorted(self._connectors.items())),
            transactions=tuple(self._transactions.values()),
            notifications=tuple(self._notifications),
        )


class Memory:
    """What a CSMS remembers of all its stations, connected or not."""

    def __init__(self, *, transaction_ids: Iterator[int] | None = None) -> None:
        """Start with nothing.

        Args:
            transaction_ids: for 1.6, where the CSMS numbers transactions; positive and all
                different (1.6 errata 3.54). Unless told otherwise they go up from a random
                number, as stations may still have transactions of an earlier run.
        """
        self._stations: dict[str, StationMemory] = {}
        self._transaction_ids = transaction_ids or count(1 + secrets.randbelow(10**9))

    def new_transaction_id(self) -> int:
        """An id that no other transaction has."""
        return next(self._transaction_ids)

    def station(self, identity: str) -> StationMemory:
        """What is remembered of a station; nothing, where it is new."""
        return self._stations.setdefault(identity, StationMemory(identity))

    def record(self, identity: str) -> StationRecord:
        """What is known of a station at this moment.

        Raises:
            KeyError: it was never connected.
        """
        return self._stations[identity].record()

    def records(self) -> tuple[StationRecord, ...]:
        """What is known of all stations, in the order in which they came."""
        return tuple(station.record() for station in self._stations.values())
