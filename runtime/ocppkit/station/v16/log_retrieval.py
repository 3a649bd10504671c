"""Logs on request, with numbers and more statuses than GetDiagnostics has (whitepaper N01)."""

from __future__ import annotations

from ocppkit.message import Answer, Then
from ocppkit.station.capabilities import LogKind
from ocppkit.station.core import StationCore
from ocppkit.station.diagnostics import Period
from ocppkit.station.log_upload import LogOrder, UploadNotice, UploadStatus
from ocppkit.v16 import (
    GetLogRequest,
    GetLogResponse,
    LogStatusEnumType,
    LogStatusNotificationRequest,
    StationSecurityHandler,
    UploadLogStatusEnumType,
)

__all__ = ["LogRetrieval", "log_status", "natural"]


class LogRetrieval(StationSecurityHandler):
    """Sends logs; whoever tells of uploads tells of these, too."""

    def __init__(self, core: StationCore) -> None:
        """Send logs of a station."""
        self._core = core
        self._logs = core.files.logs

    async def on_get_log(self, request: GetLogRequest) -> Answer[GetLogResponse]:
        """Send a log, in place of the one that is being sent (whitepaper N01.FR.11)."""
        log = request.log
        if self._core.files.lacks(log.remote_location) is not None:
            return GetLogResponse(status=LogStatusEnumType.REJECTED)
        taken = await self._logs.request(
            LogOrder(
                location=log.remote_location,
                kind=LogKind(request.log_type.value),
                request_id=request.request_id,
                period=Period(oldest=log.oldest_timestamp, latest=log.latest_timestamp),
                retries=natural(request.retries),
                retry_interval=natural(request.retry_interval),
            )
        )
        if taken is None:
            return GetLogResponse(status=LogStatusEnumType.REJECTED)

        async def follow() -> None:
            self._logs.begin()

        status = LogStatusEnumType.ACCEPTED
        if taken.canceled:
            status = LogStatusEnumType.ACCEPTED_CANCELED
        return Then(GetLogResponse(status=status, filename=taken.name), follow)

    async def trigger(self, _: int | None) -> None:
        """Send a LogStatusNotification because the CSMS asks for one (whitepaper N01.FR.12)."""
        order = self._logs.under_way
        notice = UploadNotice(status=UploadStatus.IDLE)
        if order is not None and order.request_id is not None:
            notice = UploadNotice(status=UploadStatus.UPLOADING, request_id=order.request_id)
        await self._core.link.call(log_status(notice), asked=True)


def log_status(notice: UploadNotice) -> LogStatusNotificationRequest:
    """What tells the CSMS how far an upload is."""
    return LogStatusNotificationRequest(
        status=UploadLogStatusEnumType(notice.status.value), request_id=notice.request_id
    )


def natural(number: int | None) -> int | None:
    """A number of retries or seconds; what is below 0 says nothing."""
    return None if number is None or number < 0 else number
