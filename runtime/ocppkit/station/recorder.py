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

__all__ = ["MOST_SAMPLES", "Recorder", "Situation"]

_logger = logging.getLogger(__name__)

MOST_SAMPLES: Final = 100
"""Of a series that the end of a transaction tells in one message."""


@frozen(kw_only=True)
class Situation:
    """How things are at an EVSE at this instant.

    Attributes:
        connector: that the EV is connected to.
        state: how far charging is.
        authorization: who may charge.
        refused: whether the CSMS lets no energy flow to them.
        ready_since: when energy could flow first.
    """

    connector: int | None
    state: ChargingState
    authorization: Authorization | None
    refused: bool = False
    ready_since: datetime | None = None

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

    async def start(self, cause: Cause) -> None:
        """Open a transaction; one that a remote start permitted says so first (F02.FR.21)."""
        self.transaction = transaction = Transaction(id=self._site.environment.new_id())
        transaction.first_sample = await self._read(self._signing(Occasion.BEGIN))
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
        self._last_periodic = transaction.last_sample
        self._start_sampling(transaction)

    async def update(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """Add what happened."""
        await self._record(RecordKind.UPDATED, cause, token=token)

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
        record = TransactionRecord(
            kind=kind,
            transaction_id=transaction.id,
            seq_no=transaction.next_seq_no,
            at=sample.at if sample and not sample.reading.at else self._site.now(),
            cause=cause,
            evse=self._evse,
            connector=transaction.connector,
            place_is_news=arrived or kind is RecordKind.STARTED,
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
        )
        transaction.next_seq_no += 1
        transaction.last_sample = sample or transaction.last_sample
        saved = SavedTransaction(
            transaction=transaction,
            evse=self._evse,
            at=record.at,
            state=situation.state,
            authorization=authorization,
            refused=situation.refused,
        )
        try:
            await self._site.record(record, None if ended else saved)
        except Exception:  # or nobody could end charging, and get the cable back
            _logger.exception("EVSE %s: %s has not been written in full", self._evse, kind)

    def _start_sampling(self, transaction: Transaction) -> None:
        policy = self._site.policy

        async def keep() -> None:
            sample = await self._read(self._signing(Occasion.DURING))
            if sample is not None:
                _collect(transaction, transaction.sampled, sample)

        for interval, take in (
            (policy.sample_interval, lambda: self.sample(Cause.METER_PERIODIC)),
            (policy.ended_sample_interval, keep),
        ):
            if interval > 0:
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
