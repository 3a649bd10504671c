"""Block F, remote control: triggers while a file is on its way (F06)."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields, one_of
from ocppkit.conformance.file_server import serve_files
from ocppkit.v201 import (
    FirmwareStatusEnumType,
    FirmwareStatusNotificationRequest,
    FirmwareType,
    GetLogRequest,
    LogEnumType,
    LogParametersType,
    LogStatusEnumType,
    LogStatusNotificationRequest,
    MessageTriggerEnumType,
    SecurityEvent,
    SecurityEventNotificationRequest,
    TriggerMessageRequest,
    TriggerMessageStatusEnumType,
    UpdateFirmwareRequest,
    UpdateFirmwareStatusEnumType,
    UploadLogStatusEnumType,
)

__all__ = ["tc_f_16_cs", "tc_f_19_cs"]

_Firmware = FirmwareStatusEnumType
_Log = UploadLogStatusEnumType
_PAST: Final = timedelta(hours=2)
_NO_FIRMWARE: Final = bytes(100_000)
_NO_SIGNATURE: Final = base64.b64encode(bytes(64)).decode()
_LOG_IS_THROUGH: Final = one_of(*(each for each in _Log if each not in (_Log.UPLOADING, _Log.IDLE)))
_FIRMWARE_IS_THROUGH: Final = one_of(_Firmware.INVALID_SIGNATURE, _Firmware.DOWNLOAD_FAILED)


@case
async def tc_f_16_cs(t: Case) -> None:
    """A station that sends a log says so."""
    uploading = fields(status=_Log.UPLOADING)
    async with _place_of_files(t, t.settings.log_location) as (url, release):
        request = GetLogRequest(
            log_type=LogEnumType.DIAGNOSTICS_LOG,
            request_id=t.kit.new_number(),
            log=LogParametersType(remote_location=url),
        )
        _ = await t.call(request, 2, check=fields(status=LogStatusEnumType.ACCEPTED))
        _ = await t.expect(LogStatusNotificationRequest, 3, check=uploading)
        await _trigger(t, MessageTriggerEnumType.LOG_STATUS_NOTIFICATION)
        _ = await t.expect(LogStatusNotificationRequest, 7, check=uploading)

        release()
        _ = await t.optional(
            LogStatusNotificationRequest,
            where=fields(status=_LOG_IS_THROUGH),
            within=t.settings.long_operation_timeout,
        )


@case
async def tc_f_19_cs(t: Case) -> None:
    """A station that downloads a firmware says so; it is none, so that none is installed."""
    downloading = fields(status=_Firmware.DOWNLOADING)
    now = t.kit.clock.utc_now()
    signer = t.kit.pki.manufacturer.contract("Firmware", now=now)
    async with _place_of_files(t, t.settings.firmware_location) as (url, release):
        firmware = FirmwareType(
            location=url,
            retrieve_date_time=now - _PAST,
            signing_certificate=signer.pem,
            signature=_NO_SIGNATURE,
        )
        request = UpdateFirmwareRequest(request_id=t.kit.new_number(), firmware=firmware)
        _ = await t.call(request, 2, check=fields(status=UpdateFirmwareStatusEnumType.ACCEPTED))
        _ = await t.expect(FirmwareStatusNotificationRequest, 3, check=downloading)
        await _trigger(t, MessageTriggerEnumType.FIRMWARE_STATUS_NOTIFICATION)
        _ = await t.expect(FirmwareStatusNotificationRequest, 7, check=downloading)

        release()
        await _is_refused(t)


async def _is_refused(t: Case) -> None:
    """Wait until the station has found out that it is no firmware (errata 6.2.59)."""
    refused = await t.optional(
        FirmwareStatusNotificationRequest,
        where=fields(status=_FIRMWARE_IS_THROUGH),
        within=t.settings.long_operation_timeout,
    )
    if refused is not None and refused.status is _Firmware.INVALID_SIGNATURE:
        invalid = fields(type=SecurityEvent.INVALID_FIRMWARE_SIGNATURE.value)
        _ = await t.optional(SecurityEventNotificationRequest, where=invalid)


@asynccontextmanager
async def _place_of_files(
    t: Case, configured: str
) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """Where a station finds files, and what lets transfers there come to an end.

    At the configured place nothing holds them up: whoever configures it sees to that.
    """
    if configured:
        yield configured, lambda: None
        return
    host = urlsplit(t.settings.csms_url).hostname or "localhost"
    async with serve_files(host, _NO_FIRMWARE) as files:
        yield f"{files.url}/file", files.release


async def _trigger(t: Case, message: MessageTriggerEnumType) -> None:
    accepted = fields(status=TriggerMessageStatusEnumType.ACCEPTED)
    _ = await t.call(TriggerMessageRequest(requested_message=message), 6, check=accepted)
