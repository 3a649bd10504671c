"""What a record of a transaction means for the rest of the station."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from attrs import evolve

from ocppkit.station.transaction import RecordKind, SavedTransaction, TransactionRecord
from ocppkit.store import ProfileChange

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["keep_record"]

_logger = logging.getLogger(__name__)


async def keep_record(
    core: StationCore, record: TransactionRecord, saved: SavedTransaction | None
) -> None:
    """Keep a record with the reservation and the charging profiles that it uses.

    Args:
        core: the station.
        record: what happened; once this returns it is not lost.
        saved: how to take the transaction up after a restart; None where it is over.
    """
    _log(record, core.config.identity)
    evse = core.evses.get(record.evse)
    used = core.reservations.used_by(record, evse.authorization if evse else None)
    record = evolve(record, reservation_id=used.id if used else None)
    if saved is not None and used is not None:  # a restart ends it, if this does not get to it
        saved.transaction.reservation_id = used.id

    async def write(profiles: ProfileChange | None) -> None:
        await core.delivery.append(record, saved, profiles=profiles)

    installed = core.limits.profiles
    await installed.bind(record.evse, evse.authorization if evse else None, write)
    if saved is None:
        await installed.ended(record.evse, record.transaction_id)
    await core.reservations.spend(used)
    core.changes.publish(record.evse)


def _log(record: TransactionRecord, identity: str) -> None:
    """Say who begins, and what became of it; tokens only as far as a log may hold them."""
    which = identity, record.transaction_id
    who = "" if record.token is None else f", {record.token!r}"
    match record.kind:
        case RecordKind.STARTED:
            _logger.info(
                "%s: transaction %s began at EVSE %d: %s%s", *which, record.evse, record.cause, who
            )
        case RecordKind.UPDATED if who:
            _logger.info(
                "%s: transaction %s at EVSE %d: %s%s", *which, record.evse, record.cause, who
            )
        case RecordKind.ENDED:
            _logger.info(
                "%s: transaction %s ended at EVSE %d: %s%s, %s",
                *which,
                record.evse,
                record.stop_cause or record.cause,
                who,
                _energy(record),
            )


def _energy(record: TransactionRecord) -> str:
    first, last = record.first_sample, record.sample
    if first is None or last is None:
        return "energy unknown"
    return f"{last.reading.energy_wh - first.reading.energy_wh:.0f} Wh"
