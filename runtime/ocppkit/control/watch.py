"""Hears what is different about a station, and tells it as events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ocppkit.connection import Passed
from ocppkit.control.hub import Hub
from ocppkit.control.view import transaction_view
from ocppkit.simulation.happening import Happening
from ocppkit.station.boot import Registration
from ocppkit.station.connection_events import (
    Connected,
    ConnectionEvent,
    ConnectionFailed,
    Disconnected,
    NotRegistered,
    Registered,
)
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.status import ConnectorStatus, connector_status

__all__ = ["Watch"]

_NAMES = {"offer": "limit"}  # what the simulated world calls otherwise


@frozen(kw_only=True)
class _Seen:
    """How an EVSE was when it was last told of."""

    statuses: Mapping[int, ConnectorStatus]
    transaction: dict[str, Any] | None


_NOTHING = _Seen(statuses={}, transaction=None)


class Watch:
    """Turns what happens to a station, and around it, into events.

    The station says which EVSE has changed, at once and each time; what of that was told already
    is not told again.
    """

    def __init__(self, hub: Hub) -> None:
        """Watch for whoever listens at a hub."""
        self._hub = hub
        self._core: StationCore | None = None
        self._seen: dict[int, _Seen] = {}

    def begin(self, core: StationCore) -> None:
        """Tell of a station from now on; what is at first is told as well."""
        self._core = core
        _ = core.changes.subscribe(self._changed)
        self._changed(0)

    def passed(self, message: Passed) -> None:
        """A message passed: tell it, and what came of it."""
        self._hub.publish(
            "message",
            direction=message.direction,
            kind=message.kind,
            action=message.action,
            message_id=message.message_id,
            payload=message.payload,
            code=message.code or None,
            description=message.description or None,
            latency_s=message.latency_s,
        )

    def happened(self, happening: Happening) -> None:
        """Something happened in the simulated world."""
        name = _NAMES.get(happening.kind, happening.kind)
        place = {} if happening.evse is None else {"evse": happening.evse}
        self._hub.publish(name, **place, **happening.details)

    def connection(self, event: ConnectionEvent) -> None:
        """Something happened to the connection with the CSMS."""
        match event:
            case Connected():
                self._hub.publish("connected", url=event.profile.url, version=event.version)
            case Disconnected():
                self._hub.publish("disconnected", reason=event.reason)
            case ConnectionFailed():
                reason, retry_in = event.reason, event.retry_in
                self._hub.publish("connection_failed", reason=reason, retry_in_s=retry_in)
            case Registered():
                self._hub.publish("registration", status=Registration.ACCEPTED)
            case NotRegistered():
                self._hub.publish("registration", status=event.registration)

    def _changed(self, number: int) -> None:
        """Something about an EVSE is different; 0 for the station itself."""
        core = self._core
        if core is None:
            return
        for evse in core.evses.values():
            if number in {0, evse.id}:
                before = self._seen.get(evse.id, _NOTHING)
                self._seen[evse.id] = after = _look(evse, operative=core.operative)
                self._tell(evse.id, before, after)

    def _tell(self, evse: int, before: _Seen, after: _Seen) -> None:
        for connector, status in after.statuses.items():
            if before.statuses.get(connector) is not status:
                self._hub.publish("status", evse=evse, connector=connector, status=status)
        was, now = before.transaction, after.transaction
        if was is not None and (now is None or now["id"] != was["id"]):
            self._hub.publish("transaction", what="ended", **was)
            was = None
        if now is not None and now != was:
            what = "started" if was is None else "updated"
            self._hub.publish("transaction", what=what, **now)


def _look(evse: Evse, *, operative: bool) -> _Seen:
    transaction = evse.transaction
    return _Seen(
        statuses={
            each.id: connector_status(evse, each, operative=operative)
            for each in evse.connectors.values()
        },
        transaction=None if transaction is None else transaction_view(evse, transaction),
    )
