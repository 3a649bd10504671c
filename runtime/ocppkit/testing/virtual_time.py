"""Virtual time: an event loop on which a day passes in milliseconds, always in the same way.

When nothing is left to do at an instant, time jumps to the next timer. So ``asyncio.sleep``,
``asyncio.timeout``, ``loop.call_at`` and ``loop.time`` are virtual without knowing. What reads the
system's clock is not: hand it a `VirtualClock`.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final, TypeAlias, TypeVar, TypeVarTuple

from ocppkit.clock import Timer
from ocppkit.testing.deadlock import Deadlock, describe_waiting

__all__ = ["START", "VirtualClock", "VirtualTimeLoop", "advance", "run_virtual", "settle"]

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of day at which virtual time begins unless told otherwise."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_Events: TypeAlias = list[tuple[selectors.SelectorKey, int]]
_OWN_FILES = 1  # the pipe by which threads wake the loop
_RESOLUTION = 1e-6  # in seconds; asyncio's nanosecond is lost in a float after some months


class _Moment(float):
    """A time; of timers for the same time the one that was set first comes first.

    asyncio's heap leaves open which one does.
    """

    __slots__ = ("_order",)
    _order: int

    def __new__(cls, seconds: float, order: int) -> _Moment:
        self = super().__new__(cls, seconds)
        self._order = order
        return self

    def __lt__(self, other: float) -> bool:
        if isinstance(other, _Moment) and self == other:
            return self._order < other._order
        return super().__lt__(other)


class _Selector(selectors.DefaultSelector):
    """A selector that asks before it waits."""

    def __init__(self, wait: Callable[[float | None], _Events]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> _Events:
        """What is ready; the loop's say decides how time passes until something is."""
        return self._wait(timeout)

    def select_really(self, timeout: float | None) -> _Events:
        """What is ready, in the time of the world."""
        return super().select(timeout)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when there is nothing to do, and then at once.

    While work is under way in an executor (``asyncio.to_thread``), time stands still; for other
    threads see `ocppkit.clock.waiting_for_thread`. Sockets are looked at before time jumps, but
    time does not wait for a peer outside of this loop.

    Attributes:
        start: the time of day at the beginning, where `time` is 0.
    """

    def __init__(self, *, start: datetime = START) -> None:
        self._now = 0.0
        self._order = count()
        self._at_work = 0
        self._settling: list[asyncio.Future[None]] = []
        self._virtual_selector = _Selector(self._wait)
        super().__init__(self._virtual_selector)
        self._clock_resolution = _RESOLUTION
        if start.tzinfo is None:
            self.close()
            msg = "the start is an aware datetime"
            raise ValueError(msg)
        self.start = start.astimezone(UTC)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Have something called at a virtual time; at the same time first come, first served."""
        moment = _Moment(when, next(self._order))
        return super().call_at(moment, callback, *args, context=context)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run something elsewhere; time stands still until it is done or given up."""
        future = super().run_in_executor(executor, func, *args)
        self._at_work += 1
        future.add_done_callback(self._work_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109  # asyncio's, but time stands still meanwhile
        """Wait for the threads, in the time of the world."""
        with self.stand_still():
            await super().shutdown_default_executor()

    @contextmanager
    def stand_still(self) -> Iterator[None]:
        """Let no time pass inside the block: what it waits for happens in the world."""
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1

    async def settle(self) -> None:
        """Wait until everything that happens at this instant has happened."""
        settled = self.create_future()
        self._settling.append(settled)
        await settled

    def _work_done(self, _: asyncio.Future[Any]) -> None:
        self._at_work -= 1

    def _wait(self, timeout: float | None) -> _Events:
        selector = self._virtual_selector
        if timeout is not None and timeout <= 0:
            return selector.select_really(0)
        if self._at_work:
            return selector.select_really(None)
        events = selector.select_really(0)
        if events:
            return events
        if self._settling:
            settling, self._settling = self._settling, []
            for settled in settling:
                if not settled.done():
                    settled.set_result(None)
            return []
        if timeout is not None:
            self._now += timeout
            return []
        if len(selector.get_map()) > _OWN_FILES:
            return selector.select_really(None)
        raise Deadlock(self._now, describe_waiting(self))


def _virtual_loop() -> VirtualTimeLoop:
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        msg = "this runs on a virtual loop only: see run_virtual"
        raise TypeError(msg)
    return loop


class VirtualClock:
    """The `ocppkit.clock.Clock` of the virtual loop that runs."""

    def __init__(self) -> None:
        """Take up the running loop.

        Raises:
            TypeError: it is not virtual.
        """
        self._loop = _virtual_loop()
        self._set_by = timedelta()

    def utc_now(self) -> datetime:
        """The virtual time of day."""
        return self._loop.start + timedelta(seconds=self._loop.time()) + self._set_by

    def monotonic(self) -> float:
        """Virtual seconds since the beginning."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait until virtual time has passed."""
        await asyncio.sleep(seconds)

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Have something called at a virtual time."""
        return self._loop.call_at(when, callback)

    def jump(self, by: timedelta) -> None:
        """Set the time of day forward, or back, as somebody might a system's."""
        self._set_by += by


async def settle() -> None:
    """Wait until everything that happens at this instant has happened, threads included.

    Raises:
        TypeError: the running loop is not virtual.
    """
    await _virtual_loop().settle()


async def advance(seconds: float) -> None:
    """Let virtual time pass, and everything happen that happens in it and at its end.

    Raises:
        TypeError: the running loop is not virtual.
    """
    loop = _virtual_loop()
    await asyncio.sleep(seconds)
    await loop.settle()


def run_virtual(main: Coroutine[Any, Any, T], *, start: datetime = START) -> T:
    """Run a program in virtual time, as `asyncio.run` does in real time.

    Args:
        main: the program.
        start: the time of day at which it begins; aware.

    Raises:
        Deadlock: all its tasks wait and nothing will ever wake them.
    """
    with asyncio.Runner(loop_factory=partial(VirtualTimeLoop, start=start)) as runner:
        return runner.run(main)
