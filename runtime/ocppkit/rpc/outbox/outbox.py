"""The messages that wait for the CSMS, and what to do next with them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from attrs import frozen

from ocppkit.rpc.outbox.journal import Journal, Message, Waiting
from ocppkit.rpc.outbox.policy import Keep, Lane, Limits, OtherMessages, Retry, Totals
from ocppkit.value import Value

__all__ = ["Attempt", "Nothing", "Outbox", "Step", "WaitUntil"]

_logger = logging.getLogger(__name__)

M = TypeVar("M", bound=Message)
W = TypeVar("W", bound=Waiting)


@frozen(kw_only=True, eq=False, repr=False)
class Attempt(Value, Generic[W]):
    """Send this now.

    Attributes:
        entry: the message.
        offline: whether it has waited while there was no connection (E11.FR.07).
    """

    entry: W
    offline: bool


@frozen(kw_only=True, eq=False, repr=False)
class WaitUntil(Value):
    """Nothing may go before this time."""

    at: datetime


@frozen(kw_only=True, eq=False, repr=False)
class Nothing(Value):
    """Nothing may go before something is appended, or the connection is back."""


Step: TypeAlias = Attempt[W] | WaitUntil | Nothing


class Outbox(Generic[M, W]):
    """Messages that wait for the CSMS; one sender a lane.

    The sender asks for the `next` step and says what came of an attempt: `answered`, `failed`, or
    nothing where the connection went, which is no attempt. An attempt may use a new message id, and
    should (2.0.1 Part 4 §4.1.4 and its errata). ``now`` is the time of day; a clock that is set
    back prolongs no wait.
    """

    def __init__(
        self,
        *,
        journal: Journal[M, W],
        retry: Callable[[Lane], Retry],
        others: Callable[[], OtherMessages],
        limits: Limits,
    ) -> None:
        """Begin offline.

        Args:
            journal: what waits.
            retry: how often messages of a lane are tried; asked every time.
            others: which messages of no transaction are kept; asked every time.
            limits: how much may wait.
        """
        self._journal = journal
        self._retry = retry
        self._others = others
        self._limits = limits
        self._online = False
        self._offline_through = 0
        self._in_the_air: dict[Lane, int] = {}
        self._failed: dict[Lane, tuple[int, datetime]] = {}
        self._shedding = False
        self._warned = False

    async def append(self, message: M) -> int | None:
        """Keep a message; once this returns it lasts.

        Returns:
            The id of its entry; None where such a message is not kept: it goes now or never.
        """
        keep = Keep.ALL
        if message.lane != Lane.TRANSACTION:
            keep = self._others().keep(message.name)
            if keep is Keep.NEVER:
                return None
        totals = await self._journal.append(message, replace=keep is Keep.LATEST, spare=self._spare)
        if self._limits.excess(totals):
            try:
                await self._make_room(totals)
            except Exception:  # the message is kept: it must not come again
                _logger.exception("no room can be made for messages that wait")
        else:
            self._warned = False
        return totals.id

    async def online(self) -> None:
        """The CSMS can be talked to; all that waits by now did so offline (E11.FR.07)."""
        self._offline_through = (await self._journal.placed()).id
        self._online = True

    def offline(self) -> None:
        """The CSMS cannot be talked to: attempts under way do not count."""
        self._online = False
        self._in_the_air.clear()

    async def next(self, lane: Lane, now: datetime) -> Step[W]:
        """What to do in a lane; asking again for the same attempt is allowed."""
        if not self._online:
            return Nothing()
        entry = await self._journal.head(lane)
        if entry is None or not self._online:
            return Nothing()
        if entry.attempts:
            due = self._retry(lane).due(entry.attempts, self._last_failure(lane, entry, now))
            if now < due:
                return WaitUntil(at=due)
        self._in_the_air[lane] = entry.id
        return Attempt(entry=entry, offline=entry.id <= self._offline_through)

    async def answered(self, id: int, *, number: int | None = None, refused: bool = False) -> None:
        """The CSMS answered a message, or there is no such message in its version.

        Args:
            id: of the entry.
            number: that the answer gives to the entry's transaction.
            refused: whether the answer refuses the driver of that transaction.
        """
        await self._journal.remove(id, number=number, refused=refused)
        self._landed(id)

    async def failed(
        self, lane: Lane, entry: W, now: datetime, *, reason: str, message_id: str | None = None
    ) -> bool:
        """The CSMS refused a message, or did not answer it, while the connection held.

        Args:
            lane: of the entry.
            entry: as it came with the attempt.
            now: the time of day.
            reason: why, for the log.
            message_id: of the attempt.

        Returns:
            Whether the message is given up; the next one follows.
        """
        attempts = entry.attempts + 1
        if self._retry(lane).exhausted(attempts):
            _logger.error("%s is dropped after %d attempts: %s", entry.name, attempts, reason)
            await self._journal.remove(entry.id)
            self._landed(entry.id)
            return True
        await self._journal.attempted(entry.id, attempts=attempts, at=now, message_id=message_id)
        self._failed[lane] = entry.id, now
        self._landed(entry.id)
        return False

    @property
    def _spare(self) -> Collection[int]:
        return tuple(self._in_the_air.values())

    def _landed(self, id: int) -> None:
        for lane, flying in tuple(self._in_the_air.items()):
            if flying == id:
                del self._in_the_air[lane]

    def _last_failure(self, lane: Lane, entry: W, now: datetime) -> datetime:
        """When it failed last; never in the future, also where the clock was set back."""
        known, at = self._failed.get(lane, (None, now))
        if known != entry.id:
            at = entry.last_attempt_at or now
        at = min(at, now)
        self._failed[lane] = entry.id, at
        return at

    async def _make_room(self, totals: Totals) -> None:
        """Shed until the limits are kept: meter data first, transactions last (E04.FR.08).

        Other messages go before those of transactions (QueueAllMessages, 2.0.1 §2.1.9).
        """
        if self._shedding:
            return
        self._shedding = True
        try:
            before = totals.entries
            totals = await self._thin(Lane.OTHER, totals)
            if excess := self._limits.excess(totals):
                totals = await self._journal.shed(
                    Lane.OTHER, entries=excess.entries, size=excess.size, spare=self._spare
                )
            totals = await self._thin(Lane.TRANSACTION, totals)
        finally:
            self._shedding = False
        if totals.entries < before:
            _logger.warning("too many messages wait: %d gave way", before - totals.entries)
        elif not self._warned:
            self._warned = True
            _logger.warning("too many messages wait, and none of %d can be spared", before)

    async def _thin(self, lane: Lane, totals: Totals) -> Totals:
        while self._limits.excess(totals):
            thinned = await self._journal.thin(lane, spare=self._spare)
            if thinned.entries >= totals.entries:
                return thinned
            totals = thinned
        return totals
