"""All that a station said, in order, and what of it a case has looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from attrs import define, field

from ocppkit.clock import Clock
from ocppkit.message import Request

__all__ = ["Mailbox", "Received"]

Q = TypeVar("Q", bound=Request[Any])


@define(kw_only=True, eq=False)
class Received:
    """A request of the station.

    Attributes:
        number: its place in the order of arrival, from 0.
        at: when it came, in monotonic seconds.
        time: when it came.
        action: as on the wire.
        request: what it says; None where it cannot be read.
        payload: as it came.
        connection: over which connection it came, counted from 1.
        taken: whether the case has had it.
    """

    number: int
    at: float
    time: datetime
    action: str
    request: Request[Any] | None
    payload: Any
    connection: int
    taken: bool = False


@define(kw_only=True, eq=False)
class Mailbox:
    """Keeps what came.

    Attributes:
        clock: when.
        received: everything, since the kit listens.
        listeners: called with everything, as it comes.
    """

    clock: Clock
    received: list[Received] = field(factory=list)
    listeners: list[Callable[[Received], None]] = field(factory=list)
    _changed: asyncio.Event = field(factory=asyncio.Event, init=False)

    def put(
        self, action: str, request: Request[Any] | None, payload: object, connection: int
    ) -> Received:
        """Keep a request."""
        came = Received(
            number=len(self.received),
            at=self.clock.monotonic(),
            time=self.clock.utc_now(),
            action=action,
            request=request,
            payload=payload,
            connection=connection,
        )
        self.received.append(came)
        for listener in self.listeners:
            listener(came)
        self.wake()
        return came

    def wake(self) -> None:
        """Have those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def find(self, since: int, fits: Callable[[Received], bool]) -> Received | None:
        """The first that fits and nobody has taken, of those from a place on."""
        return next((each for each in self.received[since:] if not each.taken and fits(each)), None)

    async def until(self, done: Callable[[], bool], within: float) -> bool:
        """Wait until something holds, looked at whenever something came; whether it came to it."""
        try:
            async with asyncio.timeout(within):
                while not done():
                    await self._changed.wait()
        except TimeoutError:
            return done()
        return True
