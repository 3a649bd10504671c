"""What a CSMS knows of its stations, as values: a record shows one moment and never changes."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, islice, pairwise
from typing import Any, Final, TypeAlias, TypeVar

from attrs import frozen

from ocppkit import v16, v201
from ocppkit.message import Request, Version

__all__ = [
    "BootNotification",
    "ConnectorRecord",
    "MeterValue",
    "StationRecord",
    "TransactionRecord",
]

BootNotification: TypeAlias = "v16.BootNotificationRequest | v201.BootNotificationRequest"
MeterValue: TypeAlias = "v16.MeterValue | v201.MeterValueType"

Q = TypeVar("Q", bound=Request[Any])

_NAMED: Final = 1000  # missing sequence numbers; a station may jump by billions


@frozen(kw_only=True)
class ConnectorRecord:
    """The status of a connector as the station reported it last.

    Attributes:
        evse_id: None in 1.6, which has no EVSEs.
        connector_id: 0 in 1.6 is the charge point itself.
        status: as on the wire.
        error_code: as on the wire; 1.6 only.
        since: the time that the station gave, else when the report came.
    """

    evse_id: int | None
    connector_id: int
    status: str
    error_code: str | None = None
    since: datetime


@frozen(kw_only=True)
class TransactionRecord:
    """A transaction, as far as its messages have come.

    Attributes:
        transaction_id: in 1.6 the digits of the number that we gave.
        evse_id: None in 1.6, and as long as a 2.0.1 station has not named it.
        connector_id: where it takes place, as far as known.
        id_token: the token that was named first.
        started_at: the station's time of the start; None while the start has not come.
        ended_at: the station's time of the end; None while it goes on, as far as we know.
        stopped_reason: why it ended, as on the wire.
        charging_state: as on the wire; 2.0.1 only.
        meter_start_wh: the register at the start, in Wh; 1.6 only.
        meter_stop_wh: the register at the end, in Wh; 1.6 only.
        meter_values: in the order in which they came.
        seq_nos: the sequence numbers that came, in order, each once; 2.0.1 only.
    """

    transaction_id: str
    evse_id: int | None = None
    connector_id: int | None = None
    id_token: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    stopped_reason: str | None = None
    charging_state: str | None = None
    meter_start_wh: int | None = None
    meter_stop_wh: int | None = None
    meter_values: tuple[MeterValue, ...] = ()
    seq_nos: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether start, end and all between have come (2.0.1 Part 2 §E 1.3.2)."""
        if self.started_at is None or self.ended_at is None:
            return False
        came = self.seq_nos
        return not came or came[-1] - came[0] + 1 == len(came)

    @property
    def missing_seq_nos(self) -> tuple[int, ...]:
        """The sequence numbers between the first and the last that have not come.

        The lowest thousand where there are more.
        """
        gaps = (range(before + 1, after) for before, after in pairwise(self.seq_nos))
        return tuple(islice(chain.from_iterable(gaps), _NAMED))


@frozen(kw_only=True)
class StationRecord:
    """What is known of a station.

    Attributes:
        identity: its name.
        version: what it spoke last.
        boot: its latest boot notification.
        heard_at: when its latest message came.
        connectors: in order of their numbers.
        transactions: in the order in which they became known.
        notifications: the latest requests that only inform, oldest first.
        forgotten_transactions: how many were forgotten though they went on as far as we know, as
            `Memory` has it.
    """

    identity: str
    version: Version | None = None
    boot: BootNotification | None = None
    heard_at: datetime | None = None
    connectors: tuple[ConnectorRecord, ...] = ()
    transactions: tuple[TransactionRecord, ...] = ()
    notifications: tuple[Request[Any], ...] = ()
    forgotten_transactions: int = 0

    def connector(self, connector_id: int, *, evse_id: int | None = None) -> ConnectorRecord:
        """The record of a connector.

        Raises:
            KeyError: the station has not reported it.
        """
        for record in self.connectors:
            if (record.evse_id, record.connector_id) == (evse_id, connector_id):
                return record
        raise KeyError((evse_id, connector_id))

    def transaction(self, transaction_id: str | int) -> TransactionRecord:
        """The record of a transaction.

        Raises:
            KeyError: no message of it has come.
        """
        for record in self.transactions:
            if record.transaction_id == str(transaction_id):
                return record
        raise KeyError(transaction_id)

    def notified(self, kind: type[Q]) -> tuple[Q, ...]:
        """The notifications of one kind, oldest first."""
        return tuple(message for message in self.notifications if isinstance(message, kind))
