"""The way to the CSMS: whether there is one, and what may be sent on it now."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from ocppkit.connection import Session
from ocppkit.errors import ConnectionLost
from ocppkit.message import R, Request
from ocppkit.station.environment import Environment

__all__ = ["BootAnswer", "Link", "Registration"]

_TOLERANCE = timedelta(seconds=1)


class Registration(StrEnum):
    """What the CSMS made of the BootNotification (RegistrationStatus)."""

    UNKNOWN = "unknown"
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@frozen(kw_only=True)
class BootAnswer:
    """What the CSMS says to a BootNotification.

    Attributes:
        registration: whether it takes the station in.
        interval: of heartbeats, or until the next BootNotification; in seconds, 0 for no wish.
        current_time: the CSMS's.
    """

    registration: Registration
    interval: int
    current_time: datetime


class Link:
    """The session with the CSMS, while there is one.

    Attributes:
        registration: since the last boot.
        session: None while offline.
        last_sent: when a request was last sent, in seconds of the environment's clock.
    """

    def __init__(self, *, environment: Environment) -> None:
        self.registration = Registration.UNKNOWN
        self.session: Session | None = None
        self.last_sent = environment.monotonic()
        self._environment = environment
        self._offset = timedelta()
        self._ready = asyncio.Event()

    @property
    def online(self) -> bool:
        """Whether the CSMS is there and has taken the station in."""
        return self._ready.is_set()

    def now(self) -> datetime:
        """The time of day, as the CSMS has it."""
        return self._environment.utc_now() + self._offset

    def set_clock(self, current_time: datetime) -> None:
        """Take over the CSMS's time (B01.FR.06; 1.6 §4.2), if ours is off by more than a second."""
        if abs(current_time - self.now()) > _TOLERANCE:
            self._offset = current_time - self._environment.utc_now()

    def attach(self, session: Session) -> None:
        """Take up a connection."""
        self.session = session
        self._update()

    def detach(self) -> None:
        """The connection is gone."""
        self.session = None
        self._update()

    def register(self, registration: Registration) -> None:
        """Take note of what the CSMS made of the boot."""
        self.registration = registration
        self._update()

    async def wait_online(self) -> None:
        """Wait until the CSMS is there and has taken the station in."""
        await self._ready.wait()

    async def call(self, request: Request[R], *, asked: bool = False) -> R:
        """Ask the CSMS.

        Args:
            request: of the session's version.
            asked: whether the CSMS asked for this message: then it may go before the station is
                accepted (B02.FR.02; 1.6 §4.2).

        Raises:
            ConnectionLost: there is no connection, or nothing may be sent on it yet.
            OcppError: as `Session.call`.
        """
        session = self.session
        if session is None or not (asked or self.online):
            raise ConnectionLost("the CSMS cannot be asked now", action=request.ACTION)
        self.last_sent = self._environment.monotonic()
        return await session.call(request)

    def _update(self) -> None:
        if self.session is not None and self.registration is Registration.ACCEPTED:
            self._ready.set()
        else:
            self._ready.clear()
