"""Hears what is different about a station, and tells it as events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ocppkit.connection import Passed
from ocppkit.control.hub import Hub
from ocppkit.control.view import connector_statuses, station_status, transaction_view
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
from ocppkit.station.file_work import FileWork
from ocppkit.station.status import ConnectorStatus
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.station.firmware_job import FirmwareNotice
    from ocppkit.station.log_upload import UploadNotice

__all__ = ["Watch"]

_NAMES = {"offer": "limit"}  # what the simulated world calls otherwise


@frozen(kw_only=True, eq=False, repr=False)
class _Seen(Value):
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
        self._whole = ConnectorStatus.AVAILABLE

    def begin(self, core: StationCore) -> None:
        """Tell of a station from now on; what is at first is told as well."""
        self._core = core
        _ = core.changes.subscribe(self._changed)
        self._changed(0)

    def follow(self, files: FileWork) -> None:
        """Tell how updates of the firmware and uploads of logs go, from the first on."""

        def made() -> None:
            files.firmware.announcer.listen(self._firmware)
            files.logs.announcer.listen(self._log)

        files.when_made(made)

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

    def _firmware(self, notice: FirmwareNotice) -> None:
        self._hub.publish("firmware", status=notice.status, request_id=notice.request_id)

    def _log(self, notice: UploadNotice) -> None:
        told = {"status": notice.status, "request_id": notice.request_id}
        self._hub.publish("log", **told, file_name=notice.name or None)

    def _changed(self, number: int) -> None:
        """Something about an EVSE is different; 0 for the station itself."""
        core = self._core
        if core is None:
            return
        status = station_status(core)
        if status is not self._whole:
            self._whole = status
            self._hub.publish("status", evse=0, connector=0, status=status)
        for evse in core.evses.values():
            if number in {0, evse.id}:
                before = self._seen.get(evse.id, _NOTHING)
                self._seen[evse.id] = after = _look(core, evse)
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


def _look(core: StationCore, evse: Evse) -> _Seen:
    transaction = evse.transaction
    return _Seen(
        statuses=connector_statuses(core, evse),
        transaction=None if transaction is None else transaction_view(core, evse, transaction),
    )
