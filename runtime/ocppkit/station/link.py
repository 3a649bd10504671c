"""The way to the CSMS: whether there is one, and what may pass on it now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from ocppkit.connection import Session
from ocppkit.connection.network import NetworkProfile
from ocppkit.errors import CallError, ConnectionLost, ErrorCode
from ocppkit.message import R, Request
from ocppkit.station.boot import Answers, Boot, BootAnswer, Registration, Sends
from ocppkit.station.connection_events import ConnectionEvents, WentOffline, WentOnline
from ocppkit.station.environment import Environment

__all__ = ["BootAnswer", "Link", "Registration"]

_logger = logging.getLogger(__name__)

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""What is not between the two is no time that a CSMS can mean: its clock was never set, say."""
_TOLERANCE = timedelta(seconds=1)
_BOOT = "BootNotification"


class Link:
    """The session with the CSMS, while there is one; both directions are gated here.

    Attributes:
        boot: what the CSMS made of the station; tell `update` when that changes.
        session: None while there is no connection.
        profile: by which the session came about; None with it.
        last_sent: when a request was last sent, in seconds of the environment's clock.
        clock_set: set whenever the time of day jumps; whoever waits for it clears it.
        offline_s: how long the last time without the CSMS was, in seconds (B04, OfflineThreshold).
    """

    def __init__(self, *, environment: Environment, boot: Boot, events: ConnectionEvents) -> None:
        self.boot = boot
        self.session: Session | None = None
        self.profile: NetworkProfile | None = None
        self.last_sent = environment.monotonic()
        self.offline_s = 0.0
        self.clock_set = asyncio.Event()
        self._environment = environment
        self._events = events
        self._set: tuple[datetime, float] | None = None  # what the CSMS said, and when
        self._ready = asyncio.Event()
        self._ready_changed_at = environment.monotonic()
        self._changed = asyncio.Event()
        self._clock_listeners: list[Callable[[timedelta], None]] = []

    @property
    def online(self) -> bool:
        """Whether the CSMS is there and has taken the station in."""
        return self._ready.is_set()

    @property
    def registration(self) -> Registration:
        """What the CSMS made of the last boot."""
        return self.boot.registration

    def now(self) -> datetime:
        """The time of day, as the CSMS has it."""
        if self._set is None:
            return self._environment.utc_now()
        told, at = self._set
        return told + timedelta(seconds=self._environment.monotonic() - at)

    @property
    def follows_machine(self) -> bool:
        """Whether the time of day is the machine's; not once the CSMS had to put it right.

        From then on it runs by itself: whoever puts the machine's clock right later, too, must not
        make it wrong again.
        """
        return self._set is None

    def set_clock(self, current_time: datetime) -> None:
        """Take over the CSMS's time (B01.FR.06; 1.6 §4.2), if ours is off by more than a second.

        One that is not from 2000 to 2099 is ignored: transactions would bear it for ever.
        """
        if not _EARLIEST <= current_time < _LATEST:
            _logger.warning("the CSMS's clock is ignored: it shows %s", current_time)
            return
        jump = current_time - self.now()
        if abs(jump) > _TOLERANCE:
            self._set = current_time, self._environment.monotonic()
            self.clock_set.set()
            for listener in self._clock_listeners:
                listener(jump)

    def on_clock_set(self, listener: Callable[[timedelta], None]) -> None:
        """Tell somebody by how much the time of day jumps forward, whenever the CSMS sets it."""
        self._clock_listeners.append(listener)

    def attach(self, session: Session, profile: NetworkProfile) -> None:
        """Take up a connection."""
        self.session, self.profile = session, profile
        csms = (session.version, profile.slot, profile.url)
        self.boot.connected(csms, self._environment.monotonic())
        self.update()

    def detach(self) -> None:
        """The connection is gone."""
        self.session = self.profile = None
        self.update()

    def update(self) -> None:
        """Take note that connection or registration are different."""
        self._changed.set()
        self._changed = asyncio.Event()
        ready = self.session is not None and self.registration is Registration.ACCEPTED
        if ready is self.online:
            return
        now = self._environment.monotonic()
        lasted, self._ready_changed_at = now - self._ready_changed_at, now
        if ready:
            self.offline_s = lasted
            self._ready.set()
            self._events.publish(WentOnline(at=self.now(), offline_s=lasted))
        else:
            self._ready.clear()
            self._events.publish(WentOffline(at=self.now(), online_s=lasted))

    async def wait_online(self) -> None:
        """Wait until the CSMS is there and has taken the station in."""
        await self._ready.wait()

    async def wait_gone(self, session: Session | None) -> None:
        """Wait until a session is no way to the CSMS any more; at once where it is none."""
        while self.online and session is not None and session is self.session:
            await self._changed.wait()

    def may_send(self, action: str, *, asked: bool = False) -> bool:
        """Whether a request may go to the CSMS now (B01.FR.08, B02.FR.02, B03.FR.02; 1.6 §4.2).

        Args:
            action: of the request.
            asked: whether the CSMS asked for this message, by TriggerMessage or for a report.
        """
        if self.session is None:
            return False
        match self.boot.rule(self.session.version).sends:
            case Sends.ALL:
                return True
            case Sends.ASKED:
                return asked or action == _BOOT
            case Sends.BOOTS:
                return action == _BOOT

    def may_answer(self) -> bool:
        """Whether the CSMS's CALLs are handled now (B02.FR.01, B03.FR.08; 1.6 §4.2)."""
        session = self.session
        return session is None or self.boot.rule(session.version).answers is Answers.ALL

    async def admit(self, action: str) -> None:
        """Let a CALL of the CSMS in; where nothing may be answered, wait for the session's end.

        Raises:
            CallError: SecurityError: the CSMS has rejected the station (B03.FR.08).
        """
        session = self.session
        if session is None or self.may_answer():
            return
        if self.boot.rule(session.version).answers is Answers.NOTHING:
            await session.closed()  # so that what is raised below goes nowhere
        msg = f"{action} cannot be handled: the station is rejected"
        raise CallError(ErrorCode.SECURITY_ERROR, msg)

    async def call(self, request: Request[R], *, asked: bool = False) -> R:
        """Ask the CSMS.

        What the CSMS asked for before it has answered the boot waits for that answer.

        Args:
            request: of the session's version.
            asked: whether the CSMS asked for this message: then it may go before the station is
                accepted (B02.FR.02; 1.6 §4.2).

        Raises:
            ConnectionLost: there is no connection, or nothing may be sent on it yet.
            OcppError: as `Session.call`.
        """
        session = self.session
        while (
            asked
            and session is not None
            and session is self.session
            and self.registration is Registration.UNKNOWN
            and request.ACTION != _BOOT
        ):
            await self._changed.wait()
        if session is None or session is not self.session:
            raise ConnectionLost("there is no connection", action=request.ACTION)
        if not self.may_send(request.ACTION, asked=asked):
            raise ConnectionLost("the CSMS cannot be asked now", action=request.ACTION)
        self.last_sent = self._environment.monotonic()
        return await session.call(request)
