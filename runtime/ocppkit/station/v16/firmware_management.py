"""The Firmware Management profile (1.6 §4.4, §4.5, §5.9, §5.19; whitepaper L01.FR.20)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Answer, Then, Version
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.diagnostics import Period
from ocppkit.station.firmware_job import FirmwareJob, FirmwareNotice
from ocppkit.station.firmware_job import FirmwareStatus as Stage
from ocppkit.station.log_upload import LogOrder, UploadNotice, UploadStatus
from ocppkit.station.v16.log_retrieval import log_status, natural
from ocppkit.station.v16.signed_firmware import signed_status
from ocppkit.v16 import (
    DiagnosticsStatus,
    DiagnosticsStatusNotificationRequest,
    FirmwareStatus,
    FirmwareStatusNotificationRequest,
    GetDiagnosticsRequest,
    GetDiagnosticsResponse,
    StationFirmwareManagementHandler,
    UpdateFirmwareRequest,
    UpdateFirmwareResponse,
)

__all__ = ["FirmwareManagementProfile", "tell_of_files"]

_TOLD: Final[Mapping[Stage, FirmwareStatus]] = MappingProxyType(
    {
        Stage.DOWNLOADED: FirmwareStatus.DOWNLOADED,
        Stage.DOWNLOAD_FAILED: FirmwareStatus.DOWNLOAD_FAILED,
        Stage.DOWNLOADING: FirmwareStatus.DOWNLOADING,
        Stage.INSTALLATION_FAILED: FirmwareStatus.INSTALLATION_FAILED,
        Stage.INSTALLED: FirmwareStatus.INSTALLED,
        Stage.INSTALLING: FirmwareStatus.INSTALLING,
        Stage.INSTALL_VERIFICATION_FAILED: FirmwareStatus.INSTALLATION_FAILED,
        Stage.INVALID_SIGNATURE: FirmwareStatus.INSTALLATION_FAILED,
    }
)
"""What the CSMS is told by itself."""

_ASKED: Final[Mapping[Stage, FirmwareStatus]] = MappingProxyType(
    {
        **_TOLD,
        Stage.DOWNLOAD_PAUSED: FirmwareStatus.DOWNLOADING,
        Stage.DOWNLOAD_SCHEDULED: FirmwareStatus.IDLE,
        Stage.IDLE: FirmwareStatus.IDLE,
        Stage.INSTALL_REBOOTING: FirmwareStatus.INSTALLING,
        Stage.INSTALL_SCHEDULED: FirmwareStatus.DOWNLOADED,
        Stage.SIGNATURE_VERIFIED: FirmwareStatus.DOWNLOADED,
    }
)
"""What it is told when it asks."""

_UPLOADS: Final[Mapping[UploadStatus, DiagnosticsStatus]] = MappingProxyType(
    {
        UploadStatus.IDLE: DiagnosticsStatus.IDLE,
        UploadStatus.NOT_SUPPORTED_OPERATION: DiagnosticsStatus.UPLOAD_FAILED,
        UploadStatus.PERMISSION_DENIED: DiagnosticsStatus.UPLOAD_FAILED,
        UploadStatus.UPLOADED: DiagnosticsStatus.UPLOADED,
        UploadStatus.UPLOADING: DiagnosticsStatus.UPLOADING,
        UploadStatus.UPLOAD_FAILURE: DiagnosticsStatus.UPLOAD_FAILED,
    }
)


class FirmwareManagementProfile(StationFirmwareManagementHandler):
    """Sends diagnostics and takes new firmware."""

    def __init__(self, core: StationCore) -> None:
        """Work on a station's files."""
        self._core = core
        self._firmware, self._logs = core.files.firmware, core.files.logs

    async def on_get_diagnostics(
        self, request: GetDiagnosticsRequest
    ) -> Answer[GetDiagnosticsResponse]:
        """Send diagnostics; a second request ends what the first began (1.6 §5.9).

        Raises:
            CallError: there is no client for the protocol: the answer has no word for that.
        """
        self._check_client(request.location)
        order = LogOrder(
            location=request.location,
            period=Period(oldest=request.start_time, latest=request.stop_time),
            retries=natural(request.retries),
            retry_interval=natural(request.retry_interval),
        )
        taken = await self._logs.request(order)
        if taken is None:
            return GetDiagnosticsResponse()

        async def follow() -> None:
            self._logs.begin()

        return Then(GetDiagnosticsResponse(file_name=taken.name), follow)

    async def on_update_firmware(
        self, request: UpdateFirmwareRequest
    ) -> Answer[UpdateFirmwareResponse]:
        """Fetch and install a firmware, in place of one that is not being installed (1.6 §5.19).

        Raises:
            CallError: the equipment takes none, or only signed ones are taken, or there is no
                client for the protocol, or one is being installed: the answer has no word for any
                of that.
        """
        if not self._core.hardware.can(Capability.FIRMWARE):
            raise CallError(ErrorCode.NOT_SUPPORTED, "the equipment takes no firmware")
        self._check_client(request.location)
        if await self._signed_only():
            raise CallError(ErrorCode.NOT_SUPPORTED, "only signed firmware is taken")
        taken = await self._firmware.request(
            FirmwareJob(
                location=request.location,
                retrieve_at=request.retrieve_date,
                retries=natural(request.retries),
                retry_interval=natural(request.retry_interval),
            )
        )
        if taken is None:
            raise CallError(ErrorCode.GENERIC_ERROR, "another firmware is being installed")

        async def follow() -> None:
            self._firmware.begin()

        return Then(UpdateFirmwareResponse(), follow)

    def _check_client(self, location: str) -> None:
        lacking = self._core.files.lacks(location)
        if lacking is not None:
            raise CallError(ErrorCode.NOT_SUPPORTED, lacking)

    async def _signed_only(self) -> bool:
        """Whether firmware has to be signed (whitepaper L01.FR.20).

        The whitepaper always asks for it. A central system that knows nothing of the whitepaper
        has no other message, so the plain one is taken where nothing of it is in use: no security
        profile, and no root of the manufacturer.
        """
        return self._core.security.current > 0 or await self._firmware.knows_manufacturer()

    async def trigger_firmware(self, _: int | None) -> None:
        """Send the status because the CSMS asks for it (1.6 §5.17)."""
        status = FirmwareStatus.IDLE
        if not self._firmware.signed:
            status = _ASKED[self._firmware.status]
        await self._core.link.call(FirmwareStatusNotificationRequest(status=status), asked=True)

    async def trigger_upload(self, _: int | None) -> None:
        """Send the status because the CSMS asks for it (1.6 §5.17)."""
        order = self._logs.under_way
        busy = order is not None and order.request_id is None
        status = DiagnosticsStatus.UPLOADING if busy else DiagnosticsStatus.IDLE
        await self._core.link.call(DiagnosticsStatusNotificationRequest(status=status), asked=True)


def tell_of_files(core: StationCore) -> None:
    """Have the CSMS told how updates and uploads go, in the words of the request for each."""
    link = core.link

    async def tell_firmware(notice: FirmwareNotice) -> None:
        if notice.request_id is not None:
            await link.call(signed_status(notice))
            return
        status = _TOLD.get(notice.status)
        if status is not None:
            await link.call(FirmwareStatusNotificationRequest(status=status))

    async def tell_upload(notice: UploadNotice) -> None:
        if notice.request_id is not None:
            await link.call(log_status(notice))
            return
        status = _UPLOADS[notice.status]
        await link.call(DiagnosticsStatusNotificationRequest(status=status))

    core.files.firmware.announcer.by(Version.V16, tell_firmware)
    core.files.logs.announcer.by(Version.V16, tell_upload)
