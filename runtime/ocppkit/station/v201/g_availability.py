"""G: availability: statuses, heartbeats, and being put out of use."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from ocppkit.message import Answer, Then, Version
from ocppkit.station.core import StationCore
from ocppkit.station.operability import STATION
from ocppkit.station.reporter import StatusReporter
from ocppkit.station.v201.connectors import statuses
from ocppkit.v201 import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    ChangeAvailabilityStatusEnumType,
    ConnectorStatusEnumType,
    EVSEType,
    HeartbeatRequest,
    OperationalStatusEnumType,
    StationAvailabilityHandler,
    StatusNotificationRequest,
)

__all__ = ["Availability"]


class Availability(StationAvailabilityHandler):
    """Tells how connectors are, and puts them out of use and back.

    Attributes:
        reporter: tells the CSMS of every change.
    """

    def __init__(self, *, core: StationCore) -> None:
        self._core = core
        self.reporter: StatusReporter[tuple[int, int], ConnectorStatusEnumType] = StatusReporter(
            statuses=lambda: statuses(core),
            send=self._send,
            online=lambda: core.online and core.dialect.version is Version.V201,
            now=core.now,
            steady=lambda: core.policy.minimum_status_duration,
            environment=core.environment,
        )
        self._lock_problems: set[tuple[int, int]] = set()
        self._event_ids = count(1)

    def online(self, *, booted: bool, threshold: int) -> None:
        """Tell how connectors are: all of them, or those that are otherwise than before (B04).

        Args:
            booted: whether the CSMS has just accepted a boot (B01.FR.05).
            threshold: OfflineThreshold, in seconds: after a longer absence all are told.
        """
        everything = booted or self._core.link.offline_s > threshold
        self.reporter.report(everything=everything)
        self.watch_locks()

    def watch_locks(self) -> None:
        """Tell the CSMS of each lock that does not obey, and once it does again (G05.FR.02)."""
        found = {
            (evse.id, connector.id)
            for evse in self._core.evses.values()
            for connector in evse.connectors.values()
            if connector.lock_problem
        }
        news, self._lock_problems = found ^ self._lock_problems, found
        for where in sorted(news):
            work = self._tell_of_lock(*where, problem=where in found, at=self._core.now())
            self._core.launch(work, name="lock event")

    async def _tell_of_lock(
        self, evse: int, connector: int, *, problem: bool, at: datetime
    ) -> None:
        from ocppkit.station.v201.lock_event import lock_event  # noqa: PLC0415  # rare

        request = lock_event(evse, connector, problem=problem, at=at, number=next(self._event_ids))
        topic = f"lock {evse}.{connector}"
        await self._core.delivery.post(request, version=Version.V201, topic=topic)

    async def heartbeat(self) -> datetime:
        """Send a Heartbeat (G02)."""
        response = await self._core.link.call(HeartbeatRequest(), asked=True)
        return response.current_time

    async def send_now(self, where: EVSEType | None) -> None:
        """Send the status of a connector (F06.FR.13)."""
        for key, status in statuses(self._core).items():
            if where is None or key == (where.id, where.connector_id):
                await self._send(key, status, self.reporter.since(key), asked=True)

    async def on_change_availability(
        self, request: ChangeAvailabilityRequest
    ) -> Answer[ChangeAvailabilityResponse]:
        """Put a connector, an EVSE or the station out of use or back (G03, G04)."""
        where = request.evse
        operative = request.operational_status is OperationalStatusEnumType.OPERATIVE
        evses = list(self._core.evses.values())
        if where is not None:
            evses = [evse for evse in evses if evse.id == where.id]
            known = evses and where.connector_id in {None, *evses[0].connectors}
            if not known:
                rejected = ChangeAvailabilityStatusEnumType.REJECTED
                return ChangeAvailabilityResponse(status=rejected)
        connector = where.connector_id if where else None

        spots = [(where.id, connector or 0) if where else STATION]
        await self._core.operability.keep(spots, operative=operative)
        repeated = where is None and self._core.operability.station is operative

        async def change() -> None:
            self._core.set_operative(spots, operative=operative)
            if repeated:  # the CSMS is told all the same (G04.FR.05)
                self.reporter.repeat()

        busy = any(
            evse.transaction is not None and connector in {None, evse.in_use} for evse in evses
        )
        status = ChangeAvailabilityStatusEnumType.ACCEPTED  # (G03.FR.03, G04.FR.04)
        if busy and not operative:  # (G03.FR.05, G04.FR.06)
            status = ChangeAvailabilityStatusEnumType.SCHEDULED
        return Then(ChangeAvailabilityResponse(status=status), change)

    async def _send(
        self,
        key: tuple[int, int],
        status: ConnectorStatusEnumType,
        since: datetime,
        *,
        asked: bool = False,
    ) -> None:
        evse, connector = key
        await self._core.link.call(
            StatusNotificationRequest(
                timestamp=since, connector_status=status, evse_id=evse, connector_id=connector
            ),
            asked=asked,
        )
