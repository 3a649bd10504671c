"""Meter values at fixed times of the day (J01; 1.6 §3.16.2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.link import Link
from ocppkit.station.pausing import pause
from ocppkit.station.transaction import Policy, Sample

__all__ = ["MAIN_METER", "ClockAligned", "is_aligned", "next_aligned"]

_logger = logging.getLogger(__name__)
MAIN_METER: Final = 0
"""Where an EVSE's number is meant: the meter of the whole station (J01.FR.03)."""

_DAY: Final = timedelta(days=1)
_LATEST: Final = timedelta(seconds=10)
"""How late a meter is read at most: beyond that the clock has jumped over the time."""


def _since_midnight(at: datetime) -> timedelta:
    return at - at.replace(hour=0, minute=0, second=0, microsecond=0)


def next_aligned(now: datetime, interval: int) -> datetime:
    """The next multiple of an interval since midnight, UTC; the next midnight is always one.

    Args:
        now: which is before it.
        interval: in seconds, above 0.
    """
    length, passed = timedelta(seconds=interval), _since_midnight(now)
    return now - passed + min(_DAY, (passed // length + 1) * length)


def is_aligned(at: datetime, interval: int) -> bool:
    """Whether an instant is a multiple of an interval since midnight; none is of 0."""
    return interval > 0 and not _since_midnight(at) % timedelta(seconds=interval)


class ClockAligned:
    """Reads the meters at fixed times: within transactions for these, else for the CSMS."""

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        link: Link,
        policy: Callable[[], Policy],
        tell: Callable[[int, Sample], Awaitable[None]],
        hardware: GuardedHardware,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Read meters.

        Args:
            evses: by their number.
            link: knows the CSMS's time of day, and when it jumps.
            policy: of the version that is spoken now.
            tell: tells the CSMS what the meter of an EVSE without a transaction shows, or that of
                the whole station (`MAIN_METER`).
            hardware: has that.
            sleep: of the station's environment.
        """
        self._evses = evses
        self._link = link
        self._policy = policy
        self._tell = tell
        self._hardware = hardware
        self._sleep = sleep
        self._last: datetime | None = None  # when meters were read

    def align_anew(self) -> None:
        """Take up other intervals."""
        self._link.clock_set.set()

    async def run(self) -> None:
        """Read for ever, while there is an interval."""
        while True:
            now = self._link.now()
            intervals = self._intervals()
            times = [self._next(now, interval) for interval in intervals if interval > 0]
            if not times:
                await self._link.clock_set.wait()
                self._link.clock_set.clear()
                continue
            at = min(times)
            while (left := (at - self._link.now()).total_seconds()) > 0:
                await pause(left, self._link.clock_set, sleep=self._sleep)
                if intervals != self._intervals() or self._link.now() < now:
                    break  # other times, or the clock was set back: reckon anew
            else:
                if self._link.now() - at < _LATEST:
                    self._last = at
                    await self._read(at)

    def _next(self, now: datetime, interval: int) -> datetime:
        """The next time of an interval; where the clock was set back not the last one again."""
        at = next_aligned(now, interval)
        return at if at != self._last else next_aligned(at, interval)

    def _intervals(self) -> tuple[int, int]:
        policy = self._policy()
        if not policy.aligned_enabled:
            return 0, 0
        return policy.aligned_interval, policy.ended_aligned_interval

    async def _read(self, at: datetime) -> None:
        policy = self._policy()
        told = policy.tells_aligned and is_aligned(at, policy.aligned_interval)
        if 0 in policy.aligned_in_idle and any(each.transaction for each in self._evses.values()):
            told = False  # (J01.FR.20)
        kept = is_aligned(at, policy.ended_aligned_interval)
        reading = (self._read_one(evse, told=told, kept=kept) for evse in self._evses.values())
        await asyncio.gather(*reading, *([self._tell_main()] if told else []))

    async def _tell_main(self) -> None:
        try:
            at = self._link.now()
            reading = await self._hardware.meter(MAIN_METER)
            if reading is not None:
                await self._tell(MAIN_METER, Sample(at=reading.at or at, reading=reading))
        except Exception:
            _logger.exception("the main meter could not be read at its time")

    async def _read_one(self, evse: Evse, *, told: bool, kept: bool) -> None:
        busy = evse.transaction is not None
        if busy and evse.id in self._policy().aligned_in_idle:  # (J01.FR.19)
            told = False
        if not (told or (busy and kept)):
            return
        try:
            sample = await evse.sample_aligned(told=told, kept=kept)
            if sample is not None:
                await self._tell(evse.id, sample)
        except Exception:
            _logger.exception("EVSE %d could not be read at its time", evse.id)
