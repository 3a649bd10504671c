"""Finds out what is different about a station, and tells it as events."""

from __future__ import annotations

import asyncio
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
from ocppkit.station.status import ConnectorStatus, connector_status

__all__ = ["Watch"]

_NAMES = {"offer": "limit"}  # what the simulated world calls otherwise

_INTERVAL = 0.2  # seconds


@frozen(kw_only=True)
class _Seen:
    statuses: dict[tuple[int, int], ConnectorStatus]
    transactions: dict[str, dict[str, Any]]


_NOTHING = _Seen(statuses={}, transactions={})


class Watch:
    """Turns what happens to a station, and around it, into events."""

    def __init__(self, hub: Hub) -> None:
        """Watch for whoever listens at a hub."""
        self._hub = hub
        self._core: StationCore | None = None
        self._seen = _NOTHING

    def begin(self, core: StationCore) -> None:
        """Look at a station from now on; what is at first is told as well."""
        self._core = core
        self.look()

    async def run(self) -> None:
        """Look for ever: a station does not tell of itself that its time has run out."""
        while True:
            await asyncio.sleep(_INTERVAL)
            self.look()

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
        self.look()

    def happened(self, happening: Happening) -> None:
        """Something happened in the simulated world."""
        name = _NAMES.get(happening.kind, happening.kind)
        place = {} if happening.evse is None else {"evse": happening.evse}
        self._hub.publish(name, **place, **happening.details)
        self.look()

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
        self.look()

    def look(self) -> None:
        """Compare the station with what was told of it, and tell what is different."""
        core = self._core
        if core is None:
            return
        before, self._seen = self._seen, _look(core)
        for place, status in self._seen.statuses.items():
            if before.statuses.get(place) is not status:
                evse, connector = place
                self._hub.publish("status", evse=evse, connector=connector, status=status)
        for key, transaction in self._seen.transactions.items():
            known = before.transactions.get(key)
            if known != transaction:
                what = "started" if known is None else "updated"
                self._hub.publish("transaction", what=what, **transaction)
        for key, transaction in before.transactions.items():
            if key not in self._seen.transactions:
                self._hub.publish("transaction", what="ended", **transaction)


def _look(core: StationCore) -> _Seen:
    evses = core.evses.values()
    return _Seen(
        statuses={
            (evse.id, connector.id): connector_status(evse, connector, operative=core.operative)
            for evse in evses
            for connector in evse.connectors.values()
        },
        transactions={
            evse.transaction.id: transaction_view(evse, evse.transaction)
            for evse in evses
            if evse.transaction is not None
        },
    )
