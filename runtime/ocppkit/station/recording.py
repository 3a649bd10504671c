"""What a record of a transaction means for the rest of the station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from ocppkit.station.transaction import SavedTransaction, TransactionRecord
from ocppkit.store import ProfileChange

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["keep_record"]


async def keep_record(
    core: StationCore, record: TransactionRecord, saved: SavedTransaction | None
) -> None:
    """Keep a record with the reservation and the charging profiles that it uses.

    Args:
        core: the station.
        record: what happened; once this returns it is not lost.
        saved: how to take the transaction up after a restart; None where it is over.
    """
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
