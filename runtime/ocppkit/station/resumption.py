"""What becomes of transactions that a power cut interrupted."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from attrs import evolve

from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.records import UNREADABLE, next_seq_no, read_saved
from ocppkit.station.transaction import (
    Cause,
    ChargingState,
    Policy,
    RecordKind,
    Sample,
    SavedTransaction,
    Transaction,
    TransactionRecord,
)
from ocppkit.store import OpenTransaction, OpenTransactions

__all__ = ["Resumption"]

_logger = logging.getLogger(__name__)


class Resumption:
    """Goes on with each transaction whose EV is still there, and ends the others.

    Neither protocol version says which: 1.6 and 2.0.1 only know ``PowerLoss`` as the reason of an
    end. So the configuration decides, and the equipment has to know its EV again.
    """

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        hardware: GuardedHardware,
        transactions: OpenTransactions,
        record: Callable[[TransactionRecord], Awaitable[None]],
        resume: bool,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        rebooted: bool,
    ) -> None:
        """Take up what was under way.

        Args:
            evses: by their number.
            hardware: tells what it knows of an interrupted transaction.
            transactions: those that were under way.
            record: keeps the end of one.
            resume: whether any goes on at all.
            policy: what is configured.
            now: the time of day.
            rebooted: whether the station, or its equipment, started anew of its own accord.
        """
        self._evses = evses
        self._hardware = hardware
        self._transactions = transactions
        self._record = record
        self._resume = resume
        self._policy = policy
        self._now = now
        self._interruption = Cause.REBOOT if rebooted else Cause.POWER_LOSS

    async def run(self) -> None:
        """Decide on all; call it before anything is heard of the equipment."""
        for found in await self._transactions.all():
            try:
                saved = read_saved(found.state)
            except UNREADABLE:
                _logger.exception("transaction %s cannot be taken up", found.reference)
                await self._end_unreadable(found)
                continue
            await self._decide(found, saved)

    async def _resume_one(
        self, evse: Evse, found: OpenTransaction, saved: SavedTransaction
    ) -> None:
        """Go on; with a driver whom the CSMS refused just before the cut, as far as they may."""
        if found.refused and self._policy().last_energy_wh <= 0:
            saved = evolve(saved, refused=True)  # or energy flows until the refusal is heeded
        await evse.resume(saved)
        if found.refused:
            await evse.refuse(found.reference)
            await self._transactions.refusal_heeded(found.reference)

    async def _end_unreadable(self, found: OpenTransaction) -> None:
        """End what nothing but its name is left of, or the CSMS would take it to go on for ever."""
        evse = self._evses.get(found.evse)
        reading = None if evse is None else await self._hardware.meter(found.evse)
        now = self._now()
        sample = None if reading is None else Sample(at=reading.at or now, reading=reading)
        transaction = Transaction(
            id=found.reference, next_seq_no=next_seq_no(found.state), last_sample=sample
        )
        state = ChargingState.IDLE
        saved = SavedTransaction(transaction=transaction, evse=found.evse, at=now, state=state)
        await self._record(self._end(saved))

    async def _decide(self, found: OpenTransaction, saved: SavedTransaction) -> None:
        evse = self._evses.get(saved.evse)
        number = saved.transaction.connector
        there = evse is not None and number in evse.connectors and evse.transaction is None
        if evse is not None and there and self._resume:
            recovery = await self._hardware.recover(evse.id, found.reference)
            if recovery.ev_connected:
                _logger.info("transaction %s goes on after a power cut", found.reference)
                await self._resume_one(evse, found, saved)
                return
        _logger.warning("transaction %s was ended by a power cut", found.reference)
        await self._record(self._end(saved))

    def _end(self, saved: SavedTransaction) -> TransactionRecord:
        """The end of a transaction, as far as it was kept, and with its last reading."""
        transaction, interruption = saved.transaction, self._interruption
        tells_start = self._policy().tells_start
        return TransactionRecord(
            kind=RecordKind.ENDED,
            transaction_id=transaction.id,
            seq_no=transaction.next_seq_no,
            at=saved.at,
            cause=interruption,
            evse=saved.evse,
            connector=transaction.connector,
            place_is_news=False,
            state=ChargingState.IDLE,
            offline=True,
            sample=transaction.last_sample,
            first_sample=transaction.first_sample,
            stop_cause=transaction.stop_cause or interruption,
            sampled=tuple(transaction.sampled),
            aligned=tuple(transaction.aligned),
            charged_s=transaction.charged_s,
            start=transaction.start if tells_start else None,
        )
