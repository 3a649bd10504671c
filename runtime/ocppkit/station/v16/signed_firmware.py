"""Firmware that its manufacturer signed (whitepaper L01)."""

from __future__ import annotations

from importlib.util import find_spec

from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Answer, Then
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.firmware_job import (
    FirmwareJob,
    FirmwareNotice,
    FirmwareSignature,
    FirmwareStatus,
)
from ocppkit.station.v16.log_retrieval import natural
from ocppkit.v16 import (
    FirmwareStatusEnumType,
    SignedFirmwareStatusNotificationRequest,
    SignedUpdateFirmwareRequest,
    SignedUpdateFirmwareResponse,
    StationSecurityHandler,
    UpdateFirmwareStatusEnumType,
)

__all__ = ["SignedFirmware", "signed_status"]


class SignedFirmware(StationSecurityHandler):
    """Takes signed firmware; whoever tells of updates tells of these, too."""

    def __init__(self, core: StationCore) -> None:
        """Update a station."""
        self._core = core
        self._firmware = core.files.firmware

    async def on_signed_update_firmware(
        self, request: SignedUpdateFirmwareRequest
    ) -> Answer[SignedUpdateFirmwareResponse]:
        """Fetch, check and install a firmware, in place of another (whitepaper L01.FR.26).

        Its signer is checked before anything else (whitepaper L01.FR.23).

        Raises:
            CallError: the equipment takes none, or nothing can check signatures.
        """
        if not self._core.hardware.can(Capability.FIRMWARE):
            raise CallError(ErrorCode.NOT_SUPPORTED, "the equipment takes no firmware")
        if find_spec("cryptography") is None:
            raise CallError(ErrorCode.NOT_SUPPORTED, "signatures need ocppkit[security]")
        told = request.firmware
        if self._core.files.lacks(told.location) is not None:
            return SignedUpdateFirmwareResponse(status=UpdateFirmwareStatusEnumType.REJECTED)
        problem = await self._firmware.signer_problem(told.signing_certificate)
        if problem is not None:
            return self._refused(problem)
        taken = await self._firmware.request(
            FirmwareJob(
                location=told.location,
                retrieve_at=told.retrieve_date_time,
                install_at=told.install_date_time,
                request_id=request.request_id,
                signature=FirmwareSignature(
                    text=told.signature, certificate=told.signing_certificate
                ),
                retries=natural(request.retries),
                retry_interval=natural(request.retry_interval),
            )
        )
        if taken is None:
            return SignedUpdateFirmwareResponse(status=UpdateFirmwareStatusEnumType.REJECTED)

        async def follow() -> None:
            self._firmware.begin()

        status = UpdateFirmwareStatusEnumType.ACCEPTED
        if taken.canceled:
            status = UpdateFirmwareStatusEnumType.ACCEPTED_CANCELED
        return Then(SignedUpdateFirmwareResponse(status=status), follow)

    async def trigger(self, _: int | None) -> None:
        """Send the status because the CSMS asks for it (whitepaper L01.FR.28, L01.FR.29)."""
        last, idle = self._firmware.last, FirmwareNotice(status=FirmwareStatus.IDLE)
        if last is None or last.request_id is None or last.status is FirmwareStatus.INSTALLED:
            last = idle
        await self._core.link.call(signed_status(last), asked=True)

    def _refused(self, problem: str) -> Answer[SignedUpdateFirmwareResponse]:
        async def follow() -> None:
            await self._firmware.refuse_signer(problem)

        status = UpdateFirmwareStatusEnumType.INVALID_CERTIFICATE
        return Then(SignedUpdateFirmwareResponse(status=status), follow)


def signed_status(notice: FirmwareNotice) -> SignedFirmwareStatusNotificationRequest:
    """What tells the CSMS how far an update is."""
    return SignedFirmwareStatusNotificationRequest(
        status=FirmwareStatusEnumType(notice.status.value), request_id=notice.request_id
    )
