"""What a 1.6 station says and is asked of firmware, diagnostics and logs; loaded when it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from ocppkit.message import Handler
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.deferred import Deferred
from ocppkit.station.file_clients import usable
from ocppkit.station.settings.behaviour import Transfer
from ocppkit.station.v16.configuration import Key
from ocppkit.v16 import (
    MessageTrigger,
    MessageTriggerEnumType,
    StationFirmwareManagementHandler,
    StationSecurityHandler,
)

if TYPE_CHECKING:
    from ocppkit.station.v16.firmware_management import FirmwareManagementProfile
    from ocppkit.station.v16.log_retrieval import LogRetrieval
    from ocppkit.station.v16.signed_firmware import SignedFirmware

__all__ = ["FileMessages", "file_keys"]

Triggered = Callable[[int | None], Awaitable[None]]


def file_keys(settings: Transfer) -> list[Key]:
    """The keys of the Firmware Management profile: what there is a client for (errata §3.90)."""
    protocols = ",".join(each.value for each in usable(settings.protocols))
    return [Key(name="SupportedFileTransferProtocols", get=lambda: protocols)]


class FileMessages:
    """The handlers of everything that has to do with files, and what can be triggered of it."""

    def __init__(self, core: StationCore) -> None:
        """Load nothing yet."""
        self._core = core
        self._plain = Deferred(
            self._make_plain,
            StationFirmwareManagementHandler.on_get_diagnostics,
            StationFirmwareManagementHandler.on_update_firmware,
        )
        self._logs = Deferred(self._make_logs, StationSecurityHandler.on_get_log)
        self._signed = Deferred(self._make_signed, StationSecurityHandler.on_signed_update_firmware)
        core.files.when_made(self._tell)

    @property
    def takes_firmware(self) -> bool:
        """Whether the equipment takes new firmware."""
        return self._core.hardware.can(Capability.FIRMWARE)

    def handlers(self) -> list[Handler]:
        """What answers the CSMS."""
        return [self._plain, self._logs, self._signed]

    def messages(self) -> Mapping[MessageTrigger, Triggered]:
        """What can be triggered (1.6 §5.17); of no connector, whichever is named."""
        upload = {MessageTrigger.DIAGNOSTICS_STATUS_NOTIFICATION: self._trigger_upload}
        if not self.takes_firmware:
            return upload
        return {**upload, MessageTrigger.FIRMWARE_STATUS_NOTIFICATION: self._trigger_firmware}

    def extended_messages(self) -> Mapping[MessageTriggerEnumType, Triggered]:
        """The same of the security extension (whitepaper §5.5)."""
        logs = {MessageTriggerEnumType.LOG_STATUS_NOTIFICATION: self._trigger_log}
        if not self.takes_firmware:
            return logs
        return {
            **logs,
            MessageTriggerEnumType.FIRMWARE_STATUS_NOTIFICATION: self._trigger_signed,
        }

    async def _trigger_upload(self, connector: int | None) -> None:
        await self._plain.made.trigger_upload(connector)

    async def _trigger_firmware(self, connector: int | None) -> None:
        await self._plain.made.trigger_firmware(connector)

    async def _trigger_log(self, connector: int | None) -> None:
        await self._logs.made.trigger(connector)

    async def _trigger_signed(self, connector: int | None) -> None:
        await self._signed.made.trigger(connector)

    def _tell(self) -> None:
        from ocppkit.station.v16.firmware_management import (  # noqa: PLC0415  # where there is work
            tell_of_files,
        )

        tell_of_files(self._core)

    def _make_plain(self) -> FirmwareManagementProfile:
        from ocppkit.station.v16.firmware_management import (  # noqa: PLC0415  # large, and rare
            FirmwareManagementProfile,
        )

        return FirmwareManagementProfile(self._core)

    def _make_logs(self) -> LogRetrieval:
        from ocppkit.station.v16.log_retrieval import LogRetrieval  # noqa: PLC0415  # as above

        return LogRetrieval(self._core)

    def _make_signed(self) -> SignedFirmware:
        from ocppkit.station.v16.signed_firmware import SignedFirmware  # noqa: PLC0415  # as above

        return SignedFirmware(self._core)
