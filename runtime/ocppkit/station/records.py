"""Records and transactions under way as JSON, as they outlast a restart."""

from __future__ import annotations

import json
from typing import Final

from ocppkit.station.record_values import RecordConverter
from ocppkit.station.transaction import SavedTransaction, TransactionRecord

__all__ = [
    "UNREADABLE",
    "converter",
    "next_seq_no",
    "read_record",
    "read_saved",
    "record_text",
    "saved_text",
]

# What a bit that flipped on the disk, or another program version, leads to.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What the readers raise for a text that is none of theirs."""

_CONVERTER: Final = RecordConverter()


def converter() -> RecordConverter:
    """Between what the station keeps and JSON."""
    return _CONVERTER


def record_text(record: TransactionRecord) -> str:
    """A record as JSON."""
    return converter().dumps(record)


def read_record(text: str) -> TransactionRecord:
    """The record of a text; raises any of `UNREADABLE`."""
    return converter().structure(json.loads(text), TransactionRecord)


def saved_text(saved: SavedTransaction) -> str:
    """A transaction under way as JSON."""
    return converter().dumps(saved)


def read_saved(text: str) -> SavedTransaction:
    """The transaction of a text; raises any of `UNREADABLE`."""
    return converter().structure(json.loads(text), SavedTransaction)


def next_seq_no(text: str) -> int:
    """The number of a transaction's next record, as far as its text still tells; else 0."""
    try:
        number = json.loads(text)["transaction"]["next_seq_no"]
    except UNREADABLE:
        return 0
    return number if isinstance(number, int) else 0
