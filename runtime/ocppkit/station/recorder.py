"""The transaction of an EVSE as it is written down, record by record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from ocppkit.station.hardware import Fault
from ocppkit.station.id_token import IdToken
from ocppkit.station.metering import Occasion, with_intervals
from ocppkit.station.records import saved_text
from ocppkit.station.site import Site
from ocppkit.station.transaction import (
    Authorization,
    Cause,
    ChargingState,
    RecordKind,
    Sample,
    SavedTransaction,
    Transaction,
    TransactionPoint,
    TransactionRecord,
)
from ocppkit.store import OpenTransaction
from ocppkit.value import Value

__all__ = ["MOST_SAMPLES", "Recorder", "Situation"]

_logger = logging.getLogger(__name__)

MOST_SAMPLES: Final = 100
"""Of a series that the end of a transaction tells in one message."""


@frozen(kw_only=True, eq=False, repr=False)
class Situation(Value):
    """How things are at an EVSE at this instant.

    Attributes:
        connector: that the EV is connected to.
        state: how far charging is.
        authorization: who may charge.
        refused: whether the CSMS lets no energy flow to them.
        ready_since: when energy could flow first.
        bay_occupied: whether an EV stands there, as far as anything can tell.
        signed: whether the meter has signed what it showed as the power path closed.
        cable_max_current_a: what the cable can carry, where that is known.
    """

    connector: int | None
    state: ChargingState
    authorization: Authorization | None
    refused: bool = False
    ready_since: datetime | None = None
    bay_occupied: bool = False
    signed: bool = False
    cable_max_current_a: int | None = None

    @property
    def points(self) -> frozenset[TransactionPoint]:
        """Which conditions are true."""
        met = set()
        if self.connector is not None:
            met.add(TransactionPoint.EV_CONNECTED)
        if self.authorization is not None:
            met.add(TransactionPoint.AUTHORIZED)
        if len(met) == 2:
            met.add(TransactionPoint.POWER_PATH_CLOSED)
            if self.signed:
                met.add(TransactionPoint.DATA_SIGNED)
        if self.bay_occupied:
            met.add(TransactionPoint.PARKING_BAY_OCCUPANCY)
        if self.state is ChargingState.CHARGING:
            met.add(TransactionPoint.ENERGY_TRANSFER)
        return frozenset(met)


class Recorder:
    """Starts, continues and ends the records of a transaction; call it with the EVSE's lock held.

    Attributes:
        transaction: the one under way.
    """

    def __init__(
        self,
        *,
        evse: int,
        site: Site,
        lock: asyncio.Lock,
        situation: Callable[[], Situation],
    ) -> None:
        """Record for an EVSE.

        Args:
            evse: its number.
            site: the station around it.
            lock: held while a sample is taken at its time.
            situation: how things are now.
        """
        self.transaction: Transaction | None = None
        self._evse = evse
        self._site = site
        self._lock = lock
        self._situation = situation
        self._sampling: list[asyncio.Task[None]] = []
        self._last_aligned: Sample | None = None
        self._last_periodic: Sample | None = None
        self._flows_since: float | None = None  # by the monotonic clock

    async def first_sample(self) -> Sample | None:
        """What the meter shows as a transaction begins, signed where that is wanted."""
        return await self._read(self._signing(Occasion.BEGIN))

    async def start(self, cause: Cause, *, sample: Sample | None = None) -> None:
        """Open a transaction; one that a remote start permitted says so first (F02.FR.21).

        Args:
            cause: what made it begin.
            sample: what the meter shows; read now where there is none.
        """
        self.transaction = transaction = Transaction(id=self._site.environment.new_id())
        transaction.first_sample = sample or await self.first_sample()
        self._flows_since = None
        self._last_periodic = transaction.first_sample
        authorization = self._situation().authorization
        token = authorization.token if authorization else None
        if authorization is not None and authorization.remote_start_id is not None:
            cause = Cause.REMOTE_START
        await self._record(RecordKind.STARTED, cause, token=token, sample=transaction.first_sample)
        self._start_sampling(transaction)

    def resume(self, transaction: Transaction) -> None:
        """Go on with a transaction of before a restart, sample timer included."""
        self.transaction = transaction
        self._flows_since = None
        self._last_periodic = transaction.last_sample
        self._start_sampling(transaction)

    async def update(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """Add what happened."""
        await self._record(RecordKind.UPDATED, cause, token=token)

    async def keep(self) -> None:
        """Have what has changed outlast a restart where there is nothing to tell of it."""
        transaction = self.transaction
        if transaction is None:
            return
        state = saved_text(self._saved(transaction, self._situation(), at=self._site.now()))
        kept = OpenTransaction(reference=transaction.id, evse=self._evse, state=state)
        try:
            await self._site.store.open_transactions.save(kept)
        except Exception:  # the next record has it, too
            _logger.exception("EVSE %s: its transaction has not been kept", self._evse)

    async def recount_phases(self) -> None:
        """Add on how many phases energy flows, where that has changed (E02.FR.19)."""
        transaction = self.transaction
        charging = self._situation().state is ChargingState.CHARGING
        if transaction is None or not (charging and self._site.policy.counts_phases):
            return
        reading = await self._site.hardware.meter(self._evse)
        if reading is not None and reading.phases_used not in {None, transaction.phases}:
            transaction.phases = None
            await self.update(Cause.CHARGING_RATE_CHANGED)

    async def sample(self, cause: Cause) -> None:
        """Add what the meter shows, if there is a transaction."""
        if self.transaction is not None:
            periodic = cause is Cause.METER_PERIODIC
            since = self._last_periodic if periodic else None
            sample = await self._read(self._signing(Occasion.DURING), since=since)
            if periodic:
                self._last_periodic = sample or since
            await self._record(RecordKind.UPDATED, cause, sample=sample)

    async def sample_aligned(self, *, told: bool, kept: bool) -> Sample | None:
        """Read the meter at a fixed time; the sample, where there is no transaction to add it to.

        Args:
            told: whether to record it now.
            kept: whether to keep it for the end.
        """
        signs = self._site.policy.sign_aligned
        sample = await self._read(Occasion.DURING if signs else None, since=self._last_aligned)
        self._last_aligned = sample or self._last_aligned
        if sample is None or self.transaction is None:
            return sample
        if kept:
            _collect(self.transaction, self.transaction.aligned, sample)
        if told:
            await self._record(RecordKind.UPDATED, Cause.METER_CLOCK, sample=sample)
        return None

    async def end(
        self, cause: Cause, *, token: IdToken | None = None, fault: Fault | None = None
    ) -> None:
        """Close the transaction."""
        self._stop_sampling()
        sample = await self._read(self._signing(Occasion.END))
        await self._record(RecordKind.ENDED, cause, token=token, sample=sample, fault=fault)
        self.transaction = None

    def sample_anew(self) -> None:
        """Take up another sample interval, once nothing is being recorded; needs no lock held."""
        if self.transaction is not None:
            _ = self._site.spawn(self._sample_anew(), name=f"EVSE {self._evse} samples anew")

    async def _sample_anew(self) -> None:
        async with self._lock:  # or a sample that is being recorded is lost
            if self.transaction is not None:
                self._stop_sampling()
                self._start_sampling(self.transaction)

    def _signing(self, occasion: Occasion) -> Occasion | None:
        return occasion if self._site.policy.sign_sampled else None

    async def _read(
        self, occasion: Occasion | None, *, since: Sample | None = None
    ) -> Sample | None:
        """Read the meter.

        Args:
            occasion: of a signed reading; None for an unsigned one.
            since: where the interval began of which the energy is told, too.
        """
        at = self._site.now()
        reading = await self._site.hardware.meter(self._evse, occasion=occasion)
        if reading is None:
            return None
        if since is not None:
            reading = with_intervals(reading, since.reading)
        return Sample(at=reading.at or at, reading=reading)

    async def _record(
        self,
        kind: RecordKind,
        cause: Cause,
        *,
        token: IdToken | None = None,
        sample: Sample | None = None,
        fault: Fault | None = None,
    ) -> None:
        transaction = self.transaction
        if transaction is None:
            return
        situation = self._situation()
        authorization = situation.authorization
        if authorization is not None:
            transaction.token = authorization.token
        transaction.ready_since = situation.ready_since
        arrived = situation.connector is not None and transaction.connector is None
        if situation.connector is not None:
            transaction.connector = situation.connector
        ended = kind is RecordKind.ENDED
        at = sample.at if sample and not sample.reading.at else self._site.now()
        if kind is RecordKind.STARTED:
            transaction.began = at
        tells_start = self._site.policy.tells_start and kind is not RecordKind.STARTED
        self._count_time(transaction, situation.state)
        place_is_news = arrived or kind is RecordKind.STARTED
        record = TransactionRecord(
            kind=kind,
            transaction_id=transaction.id,
            seq_no=transaction.next_seq_no,
            at=at,
            cause=cause,
            evse=self._evse,
            connector=transaction.connector,
            place_is_news=place_is_news,
            state=situation.state,
            offline=not self._site.online,
            token=token,
            remote_start_id=authorization.remote_start_id if authorization and token else None,
            sample=sample,
            first_sample=transaction.first_sample if ended else None,
            stop_cause=(transaction.stop_cause or cause) if ended else None,
            fault=fault,
            sampled=tuple(transaction.sampled) if ended else (),
            aligned=tuple(transaction.aligned) if ended else (),
            phases=await self._new_phases(transaction, situation.state, sample),
            cable_max_current_a=situation.cable_max_current_a if place_is_news else None,
            charged_s=transaction.charged_s,
            start=transaction.start if tells_start else None,
        )
        transaction.next_seq_no += 1
        transaction.last_sample = sample or transaction.last_sample
        saved = None if ended else self._saved(transaction, situation, at=record.at)
        try:
            await self._site.record(record, saved)
        except Exception:  # or nobody could end charging, and get the cable back
            _logger.exception("EVSE %s: %s has not been written in full", self._evse, kind)

    def _saved(
        self, transaction: Transaction, situation: Situation, *, at: datetime
    ) -> SavedTransaction:
        return SavedTransaction(
            transaction=transaction,
            evse=self._evse,
            at=at,
            state=situation.state,
            authorization=situation.authorization,
            refused=situation.refused,
        )

    def _count_time(self, transaction: Transaction, state: ChargingState) -> None:
        """Add up for how long energy has flowed."""
        now = self._site.environment.monotonic()
        if self._flows_since is not None:
            transaction.charged_s += now - self._flows_since
        self._flows_since = now if state is ChargingState.CHARGING else None

    async def _new_phases(
        self, transaction: Transaction, state: ChargingState, sample: Sample | None
    ) -> int | None:
        """On how many phases energy flows, where no record has told so yet (E02.FR.18, FR.19).

        The meter is read for it as energy begins to flow, and seen whenever it is read anyway.
        """
        if state is not ChargingState.CHARGING or not self._site.policy.counts_phases:
            return None
        reading = sample.reading if sample else None
        if reading is None and transaction.phases is None:
            reading = await self._site.hardware.meter(self._evse)
        phases = reading.phases_used if reading else None
        if phases in {None, transaction.phases}:
            return None
        transaction.phases = phases
        return phases

    def _start_sampling(self, transaction: Transaction) -> None:
        policy = self._site.policy

        async def keep() -> None:
            sample = await self._read(self._signing(Occasion.DURING))
            if sample is not None:
                _collect(transaction, transaction.sampled, sample)

        for interval, take in (
            (
                policy.sample_interval if policy.tells_sampled else 0,
                lambda: self.sample(Cause.METER_PERIODIC),
            ),
            (policy.ended_sample_interval, keep),
        ):
            if interval > 0 and policy.sampled_enabled:
                work = self._every(interval, take, transaction)
                self._sampling.append(
                    self._site.spawn(work, name=f"EVSE {self._evse} samples every {interval} s")
                )

    async def _every(
        self, interval: int, take: Callable[[], Awaitable[None]], transaction: Transaction
    ) -> None:
        environment = self._site.environment
        due = environment.monotonic()
        while True:
            due += interval
            await environment.sleep(max(0.0, due - environment.monotonic()))
            async with self._lock:
                if self.transaction is not transaction:
                    return
                try:
                    await take()
                except Exception:  # the next sample may be luckier
                    _logger.exception("EVSE %s: a sample is lost", self._evse)

    def _stop_sampling(self) -> None:
        for task in self._sampling:
            task.cancel()
        self._sampling.clear()


def _collect(transaction: Transaction, series: list[Sample], sample: Sample) -> None:
    """Add to what the end tells; of too much every second goes, neither end of it (J02.FR.20)."""
    last = [each[-1].turn for each in (transaction.sampled, transaction.aligned) if each]
    series.append(evolve(sample, turn=max(last, default=0) + 1))
    if len(series) > MOST_SAMPLES:
        del series[1:-1:2]
