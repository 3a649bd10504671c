"""What a transaction event changes in the record of its transaction (2.0.1)."""

from __future__ import annotations

from attrs import evolve

from ocppkit.csms.records import TransactionRecord
from ocppkit.v201 import TransactionEventEnumType, TransactionEventRequest

__all__ = ["taken"]


def taken(event: TransactionEventRequest, known: TransactionRecord | None) -> TransactionRecord:
    """The record of a transaction with one more event, whichever order events come in.

    Readings are kept beside it.

    Args:
        event: one that the record does not hold yet.
        known: the record; None where this is the first event that comes.
    """
    info = event.transaction_info
    record = known or TransactionRecord(transaction_id=info.transaction_id)
    record = evolve(
        record,
        seq_nos=tuple(sorted((*record.seq_nos, event.seq_no))),
    )
    if event.evse is not None:
        connector_id = event.evse.connector_id
        record = evolve(
            record,
            evse_id=event.evse.id,
            connector_id=record.connector_id if connector_id is None else connector_id,
        )
    if event.id_token is not None and record.id_token is None:
        record = evolve(record, id_token=event.id_token.id_token)
    if info.charging_state is not None and event.seq_no == record.seq_nos[-1]:
        record = evolve(record, charging_state=info.charging_state.value)
    match event.event_type:
        case TransactionEventEnumType.STARTED:
            return evolve(record, started_at=event.timestamp)
        case TransactionEventEnumType.ENDED:
            reason = info.stopped_reason
            # Left out it is Local (E06.FR.09).
            stopped = "Local" if reason is None else reason.value
            return evolve(record, ended_at=event.timestamp, stopped_reason=stopped)
        case TransactionEventEnumType.UPDATED:
            return record
