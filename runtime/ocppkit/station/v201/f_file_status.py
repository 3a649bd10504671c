"""How far uploads and updates are, because the CSMS asks (F06.FR.14 - FR.16, L01.FR.25, FR.26)."""

from __future__ import annotations

from ocppkit.station.core import StationCore
from ocppkit.station.firmware_job import FirmwareStatus
from ocppkit.v201 import (
    FirmwareStatusEnumType,
    FirmwareStatusNotificationRequest,
    LogStatusNotificationRequest,
    UploadLogStatusEnumType,
)

__all__ = ["firmware_status", "log_status"]


def log_status(core: StationCore) -> LogStatusNotificationRequest:
    """Whether a log is being sent."""
    order = core.files.upload
    if order is None or order.request_id is None:
        return LogStatusNotificationRequest(status=UploadLogStatusEnumType.IDLE)
    return LogStatusNotificationRequest(
        status=UploadLogStatusEnumType.UPLOADING, request_id=order.request_id
    )


def firmware_status(core: StationCore) -> FirmwareStatusNotificationRequest:
    """The last status of an update; Idle without one, and once it is installed."""
    last = core.files.last_firmware
    if last is None or last.request_id is None or last.status is FirmwareStatus.INSTALLED:
        return FirmwareStatusNotificationRequest(status=FirmwareStatusEnumType.IDLE)
    return FirmwareStatusNotificationRequest(
        status=FirmwareStatusEnumType(last.status.value), request_id=last.request_id
    )
