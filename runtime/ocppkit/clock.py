"""Time: the one place where it is read, behind a port that tests and simulations replace.

All that needs the time is handed a `Clock`, or a function of one. An event loop's own time
(``loop.time()``, ``asyncio.timeout``, ``call_at``) may be used as well: it is the loop's clock,
and a virtual loop brings its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

__all__ = ["Clock", "JumpDetector", "SystemClock", "Timer", "waiting_for_thread"]


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Let it not come; does nothing where it came already."""
        ...


class Clock(Protocol):
    """What tells the time and waits for it."""

    def utc_now(self) -> datetime:
        """The time of day, as an aware UTC datetime; somebody may set it at any moment."""
        ...

    def monotonic(self) -> float:
        """Seconds from some beginning; they only go forward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of ``monotonic``."""
        ...

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Have something called on the running event loop.

        Args:
            when: in seconds of ``monotonic``; as soon as possible where it is past.
            callback: called without arguments, once.
        """
        ...


class SystemClock:
    """The `Clock` of this machine.

    Its monotonic time does not tell how long the machine was suspended.
    """

    def utc_now(self) -> datetime:
        """The time of day, as the system has it."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment before the program's start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Have something called on the running event loop."""
        delay = max(0.0, when - self.monotonic())
        return asyncio.get_running_loop().call_later(delay, callback)


class JumpDetector:
    """Finds out when somebody set the wall clock: it and the monotonic time then disagree.

    Slow corrections pass unnoticed, as each look starts anew from what it sees: look often.
    """

    def __init__(
        self, *, wall: datetime, monotonic: float, tolerance: timedelta = timedelta(seconds=1)
    ) -> None:
        """Take a first look.

        Args:
            wall: the time of day.
            monotonic: the monotonic time of the same moment, in seconds.
            tolerance: how far the two may drift apart between looks.
        """
        self._offset = wall - timedelta(seconds=monotonic)
        self._tolerance = tolerance

    def look(self, *, wall: datetime, monotonic: float) -> timedelta | None:
        """Look again; returns by how much the wall clock was set forward since the last look.

        Negative where it was set back, None where it was not set.
        """
        offset = wall - timedelta(seconds=monotonic)
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) > self._tolerance else None


@runtime_checkable
class _StoppableLoop(Protocol):
    def stand_still(self) -> AbstractContextManager[None]: ...


def waiting_for_thread() -> AbstractContextManager[None]:
    """Let no virtual time pass while something waits for a thread of its own making.

    Put it around the ``await`` that the thread ends. Real time passes all the same, and work in an
    executor (``asyncio.to_thread``) needs none of this.
    """
    loop = asyncio.get_running_loop()
    return loop.stand_still() if isinstance(loop, _StoppableLoop) else nullcontext()
