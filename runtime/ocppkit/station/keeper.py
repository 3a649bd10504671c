"""Keeps the station connected: does what the plan of connecting says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeAlias

from ocppkit.connection import KeepAlive, Session
from ocppkit.connection.network import NetworkProfile
from ocppkit.connection.pinger import Pinger
from ocppkit.errors import ConnectionLost, NegotiationFailed
from ocppkit.station.connection_events import (
    Connected,
    ConnectionEvents,
    ConnectionFailed,
    Dialing,
    Disconnected,
    ProfileSwitched,
)
from ocppkit.station.connectivity import Attempt, Connectivity
from ocppkit.station.environment import Environment
from ocppkit.station.link import Link
from ocppkit.station.pausing import ended, pause

__all__ = ["BringUp", "Keeper", "OpenSession"]

_logger = logging.getLogger(__name__)
_REASON_LENGTH = 60  # a close frame takes 123 bytes (RFC 6455 §5.5)

BringUp: TypeAlias = Callable[[str], Awaitable[None]]
"""Brings up a network interface before it is used; raises where that fails."""

OpenSession: TypeAlias = Callable[[NetworkProfile], Awaitable[Session]]
"""Opens a connection; raises NegotiationFailed."""


class _NoInterface(Exception):
    """The interface of a profile did not come up."""


class Keeper:
    """Dials, keeps and ends connections; one at a time.

    Attributes:
        plan: which profile next, when and why. What is changed on it directly takes effect when
            the next attempt is planned.
    """

    def __init__(
        self,
        *,
        plan: Connectivity,
        link: Link,
        environment: Environment,
        events: ConnectionEvents,
        keep_alive: KeepAlive,
        bring_up: BringUp | None,
        bring_up_timeout: float,
    ) -> None:
        """Keep a station connected.

        Args:
            plan: which profile next, when and why.
            link: gets the connections.
            environment: time and chance.
            events: where it is told what happens.
            keep_alive: the pings.
            bring_up: brings up the interface of a profile that names one.
            bring_up_timeout: how long that may take, in seconds.
        """
        self.plan = plan
        self._link = link
        self._environment = environment
        self._events = events
        self._pinger = Pinger(keep_alive)
        self._bring_up = bring_up
        self._bring_up_timeout = bring_up_timeout
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._why = "the station stops"

    @property
    def keep_alive(self) -> KeepAlive:
        """The pings (WebSocketPingInterval); may be set at any time."""
        return self._pinger.keep_alive

    @keep_alive.setter
    def keep_alive(self, keep_alive: KeepAlive) -> None:
        self._pinger.keep_alive = keep_alive

    def go_offline(self) -> None:
        """Hang up and stay away until `go_online`."""
        self.plan.go_offline()
        self._interrupt("the station goes offline")

    def go_online(self) -> None:
        """Dial at once; does nothing while there is a connection."""
        self.plan.go_online(self._environment.monotonic())
        self._changed.set()

    def switch(self, profile: NetworkProfile) -> None:
        """Hang up and try another profile; where it does not come up, go back."""
        self.plan.switch(profile, self._environment.monotonic())
        self._interrupt("the station switches to another network profile")

    def reconnect(self, reason: str) -> None:
        """Hang up and dial again at once, as after a change of credentials (A01, A02)."""
        self.plan.hang_up(self._environment.monotonic())
        self._interrupt(reason)

    async def hang_up(self, reason: str) -> None:
        """Hang up and wait until that is done; unless `held`, the station dials again at once."""
        self.reconnect(reason)
        await self._idle.wait()

    def restart(self) -> None:
        """Begin with the first profile, as after a start (B10.FR.04)."""
        self.plan.begin(self._environment.monotonic())
        self._interrupt("the station starts anew")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Dial nothing until the block is left, as while the station resets."""
        self.plan.hold()
        try:
            yield
        finally:
            self.plan.release()
            self._changed.set()

    async def run(self, *, dial: OpenSession, work: Callable[[], Awaitable[str]]) -> None:
        """Keep the station connected, for ever.

        Args:
            dial: opens a connection.
            work: what to do on one; returns why it ends it, raises ConnectionLost.
        """
        plan = self.plan
        plan.begin(self._environment.monotonic())
        while True:
            self._changed.clear()
            now, due = self._environment.monotonic(), plan.due
            if due is None:
                await self._changed.wait()
            elif due > now:
                await pause(due - now, self._changed, sleep=self._environment.sleep)
            else:
                attempt = plan.attempt(now)
                await self._follow(attempt.profile, self._visit(attempt, dial, work))

    async def _follow(self, profile: NetworkProfile, visiting: Awaitable[None]) -> None:
        """See an attempt and its connection through, unless the plan changes."""
        self._idle.clear()
        visit = asyncio.ensure_future(visiting)
        try:
            while self.plan.busy and not visit.done():
                changed = asyncio.ensure_future(self._changed.wait())
                try:
                    await asyncio.wait({visit, changed}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
                self._changed.clear()
        finally:
            try:
                await ended(visit)
            finally:
                self._idle.set()
        if not visit.cancelled() and (error := visit.exception()) is not None:
            _logger.error("the connection by slot %d failed", profile.slot, exc_info=error)
        if self.plan.busy:  # nobody ended it: what the integrator gave us cancelled itself, say
            self._fail(profile, "it was cancelled" if visit.cancelled() else "an internal error")

    async def _visit(
        self, attempt: Attempt, dial: OpenSession, work: Callable[[], Awaitable[str]]
    ) -> None:
        profile = attempt.profile
        self._events.publish(
            Dialing(
                at=self._link.now(),
                profile=profile,
                attempt=attempt.number,
                reason=attempt.reason,
            )
        )
        try:
            await self._raise_interface(profile)
            session = await _opened(dial(profile))
        except _NoInterface as failed:
            self._fail(profile, str(failed), skip=True)
            return
        except NegotiationFailed as failed:
            self._fail(profile, str(failed))
            return
        except Exception:
            _logger.exception("dialling slot %d failed", profile.slot)
            self._fail(profile, "an internal error")
            return
        since = self._link.now()
        previous = self.plan.last_good
        self.plan.connected()
        self._events.publish(Connected(at=since, profile=profile, version=session.version))
        if previous is not None and previous != profile:
            self._events.publish(ProfileSwitched(at=since, previous=previous, profile=profile))
        self._link.attach(session, profile)
        try:
            await self._serve(session, work, profile=profile, since=since)
        except Exception:
            _logger.exception("the connection by slot %d failed", profile.slot)
        # Only where the station did not hang up itself: then this is cancelled.
        self.plan.lost(
            self._environment.monotonic(),
            self._environment.random(),
            not_before=self._link.boot.silent_until,
        )

    async def _raise_interface(self, profile: NetworkProfile) -> None:
        if self._bring_up is None or profile.interface is None:
            return
        raising = asyncio.ensure_future(self._bring_up(profile.interface))
        waiting = asyncio.ensure_future(self._environment.sleep(self._bring_up_timeout))
        try:
            await asyncio.wait({raising, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            in_time = raising.done()
            await ended(raising)
        if not in_time:
            msg = f"{profile.interface} did not come up within {self._bring_up_timeout:g} s"
            raise _NoInterface(msg)
        try:
            raising.result()
        except Exception as error:
            _logger.exception("%s did not come up", profile.interface)
            msg = f"{profile.interface} did not come up: {error}"
            raise _NoInterface(msg) from error

    def _fail(self, profile: NetworkProfile, reason: str, *, skip: bool = False) -> None:
        now = self._environment.monotonic()
        self.plan.failed(now, self._environment.random(), skip=skip)
        due = self.plan.due
        retry_in = None if due is None else due - now
        _logger.warning("no connection by slot %d: %s", profile.slot, reason)
        self._events.publish(
            ConnectionFailed(at=self._link.now(), profile=profile, reason=reason, retry_in=retry_in)
        )

    async def _serve(
        self,
        session: Session,
        work: Callable[[], Awaitable[str]],
        *,
        profile: NetworkProfile,
        since: datetime,
    ) -> None:
        reason = ""
        async with session:
            working = asyncio.ensure_future(work())
            ending = asyncio.ensure_future(_end_of(session))
            pinging = asyncio.ensure_future(self._pinger.run(session))
            try:
                await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
                reason = _outcome(working if working.done() else ending)
            finally:
                reason = reason or self._why
                self._link.detach()
                for task in (working, ending, pinging):
                    task.cancel()
                await asyncio.gather(working, ending, pinging, return_exceptions=True)
                self._events.publish(
                    Disconnected(at=self._link.now(), profile=profile, reason=reason, since=since)
                )
                await session.close(1001, reason[:_REASON_LENGTH])

    def _interrupt(self, why: str) -> None:
        self._why = why
        self._changed.set()


async def _opened(opening: Awaitable[Session]) -> Session:
    """Wait for a session; one that comes as the wait is cancelled is closed."""
    task = asyncio.ensure_future(opening)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        await ended(task)
        if not task.cancelled() and task.exception() is None:
            await task.result().close(1001)
        raise
    return task.result()


async def _end_of(session: Session) -> str:
    return str(await session.closed())


def _outcome(task: asyncio.Future[str]) -> str:
    try:
        return task.result()
    except ConnectionLost as lost:
        return lost.reason
    except Exception:
        _logger.exception("the work on a connection failed")
        return "an internal error"
