"""What happens to a station's connection, for whoever watches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from ocppkit.connection.network import NetworkProfile
from ocppkit.message import Version
from ocppkit.station.boot import Registration
from ocppkit.station.connectivity import DialReason
from ocppkit.value import Value

__all__ = [
    "Connected",
    "ConnectionEvent",
    "ConnectionEvents",
    "ConnectionFailed",
    "Dialing",
    "Disconnected",
    "NotRegistered",
    "ProfileSwitched",
    "Registered",
    "WentOffline",
    "WentOnline",
]

_logger = logging.getLogger(__name__)


@frozen(kw_only=True, eq=False, repr=False)
class ConnectionEvent(Value):
    """Something that happened.

    Attributes:
        at: when.
    """

    at: datetime


@frozen(kw_only=True, eq=False, repr=False)
class Dialing(ConnectionEvent):
    """The station tries to connect.

    Attributes:
        profile: by which way.
        attempt: which attempt with this profile in a row; the first is 1.
        reason: why.
    """

    profile: NetworkProfile
    attempt: int
    reason: DialReason


@frozen(kw_only=True, eq=False, repr=False)
class ConnectionFailed(ConnectionEvent):
    """An attempt did not work.

    Attributes:
        profile: by which way.
        reason: why, for people.
        retry_in: when the next attempt follows, in seconds; None where nobody may dial.
    """

    profile: NetworkProfile
    reason: str
    retry_in: float | None


@frozen(kw_only=True, eq=False, repr=False)
class Connected(ConnectionEvent):
    """There is a connection, over which the station may still have to register.

    Attributes:
        profile: by which way.
        version: that both ends speak.
    """

    profile: NetworkProfile
    version: Version


@frozen(kw_only=True, eq=False, repr=False)
class Disconnected(ConnectionEvent):
    """The connection is gone.

    Attributes:
        profile: by which way it went.
        reason: why, for people.
        since: since when there was the connection.
    """

    profile: NetworkProfile
    reason: str
    since: datetime


@frozen(kw_only=True, eq=False, repr=False)
class ProfileSwitched(ConnectionEvent):
    """The station is connected by another profile than the last time.

    Attributes:
        previous: of the last connection.
        profile: of this one.
    """

    previous: NetworkProfile
    profile: NetworkProfile


@frozen(kw_only=True, eq=False, repr=False)
class Registered(ConnectionEvent):
    """The CSMS has accepted a boot.

    Attributes:
        heartbeat_interval: that it wishes, in seconds; 0 for no wish.
    """

    heartbeat_interval: int


@frozen(kw_only=True, eq=False, repr=False)
class NotRegistered(ConnectionEvent):
    """The CSMS has not accepted a boot.

    Attributes:
        registration: pending or rejected; what it was before where there was no answer.
        reason: for people, where there was no answer.
        retry_in: when the next boot follows, in seconds; None for no more.
    """

    registration: Registration
    reason: str = ""
    retry_in: float | None


@frozen(kw_only=True, eq=False, repr=False)
class WentOnline(ConnectionEvent):
    """The CSMS is there and has taken the station in.

    Attributes:
        offline_s: for how long it was not, in seconds; for the first time, since the start.
    """

    offline_s: float


@frozen(kw_only=True, eq=False, repr=False)
class WentOffline(ConnectionEvent):
    """The CSMS cannot be talked to.

    Attributes:
        online_s: for how long it could, in seconds.
    """

    online_s: float


class ConnectionEvents:
    """Where the events of a station's connection come out."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[ConnectionEvent], None]] = []

    def subscribe(self, listener: Callable[[ConnectionEvent], None]) -> Callable[[], None]:
        """Call somebody with every event from now on.

        Args:
            listener: is called in the event loop and must not block; one that raises is logged.

        Returns:
            What ends it.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, event: ConnectionEvent) -> None:
        """Tell everybody."""
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:
                _logger.exception("a listener failed on %s", type(event).__name__)
