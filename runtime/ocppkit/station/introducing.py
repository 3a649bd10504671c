"""Transactions that begin while one version is spoken and go on under another.

A CSMS knows a transaction by the message of its start: in 1.6 by the number that it gave, in 2.0.1
by the station's id. Where the version changes meanwhile, it is told of the start anew, unless it
knows the transaction in the other way already. The journal keeps one integer of all this.
"""

from __future__ import annotations

from typing import Final

from ocppkit.station.hardware import MeterReading
from ocppkit.station.transaction import (
    Cause,
    ChargingState,
    RecordKind,
    Sample,
    TransactionRecord,
)

__all__ = ["BY_ID", "introduction", "known_by_id", "number_of", "together"]

BY_ID: Final = -(1 << 40)
"""Stands for the number of a transaction that the CSMS knows by the station's id.

No number of 1.6 is this: they are integers of 32 bits.
"""
_BOTH: Final = 2 * BY_ID
"""Is added to the number of a transaction that the CSMS knows by the station's id, too."""


def known_by_id(kept: int | None) -> bool:
    """Whether the CSMS has been told of a transaction in 2.0.1.

    Args:
        kept: what is kept of the transaction; None for nothing.
    """
    return kept is not None and kept <= BY_ID


def number_of(kept: int | None) -> int | None:
    """The number by which the CSMS knows a transaction in 1.6; None where it has given none.

    Args:
        kept: what is kept of the transaction; None for nothing.
    """
    if kept is None or kept == BY_ID:
        return None
    return kept - _BOTH if known_by_id(kept) else kept


def together(kept: int | None, learned: int | None) -> int | None:
    """What is to be kept of a transaction by now.

    Back in 1.6 after 2.0.1 a transaction is begun anew, and gets another number.

    Args:
        kept: what was kept of it; None for nothing.
        learned: from the CSMS's answer: a number, or `BY_ID`; None for nothing.
    """
    if learned is None or learned == BY_ID or not known_by_id(kept):
        return learned
    return _BOTH + learned


def introduction(record: TransactionRecord) -> TransactionRecord | None:
    """The start of a record's transaction, for a CSMS that has never heard of it.

    Returns:
        As much of it as every record tells; None where this one tells nothing, or is the start.
    """
    start = record.start
    if start is None or record.kind is RecordKind.STARTED:
        return None
    sample = None
    if start.energy_wh is not None:
        sample = Sample(at=start.at, reading=MeterReading(energy_wh=start.energy_wh))
    plugged = record.connector is not None
    return TransactionRecord(
        kind=RecordKind.STARTED,
        transaction_id=record.transaction_id,
        seq_no=0,
        at=start.at,
        cause=Cause.CABLE_PLUGGED_IN if start.token is None else Cause.AUTHORIZED,
        evse=record.evse,
        connector=record.connector,
        place_is_news=True,
        state=ChargingState.EV_CONNECTED if plugged else ChargingState.IDLE,
        offline=True,
        token=start.token,
        sample=sample,
    )
