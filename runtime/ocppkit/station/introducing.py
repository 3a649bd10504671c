"""Transactions that begin while one version is spoken and go on under another.

A CSMS knows a transaction by the message of its start: in 1.6 by the number that it gave, in 2.0.1
by the station's id. Where the version changes meanwhile, it is told of the start anew.
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

__all__ = ["BY_ID", "introduction"]

BY_ID: Final = -(1 << 40)
"""Stands for the number of a transaction that the CSMS knows by the station's id.

No number of 1.6 is this: they are integers of 32 bits.
"""


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
