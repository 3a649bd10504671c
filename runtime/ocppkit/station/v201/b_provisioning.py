"""B01-B03: the station registers."""

from __future__ import annotations

from ocppkit.station.core import StationCore
from ocppkit.station.dialect import BootReason
from ocppkit.station.link import BootAnswer, Registration
from ocppkit.v201 import (
    BootNotificationRequest,
    BootReasonEnumType,
    ChargingStationType,
    ModemType,
)

__all__ = ["Provisioning"]


class Provisioning:
    """Boots."""

    def __init__(self, *, core: StationCore) -> None:
        self._core = core

    async def boot(self, reason: BootReason) -> BootAnswer:
        """Send a BootNotification (B01.FR.01, FR.09)."""
        description = self._core.hardware.description
        more = self._core.config.station
        modem = ModemType(iccid=more.iccid, imsi=more.imsi) if more else None
        response = await self._core.link.call(
            BootNotificationRequest(
                reason=BootReasonEnumType(reason.value),
                charging_station=ChargingStationType(
                    model=description.model,
                    vendor_name=description.vendor,
                    serial_number=description.serial_number,
                    firmware_version=description.firmware_version,
                    modem=modem if modem and (modem.iccid or modem.imsi) else None,
                ),
            ),
            asked=True,
        )
        return BootAnswer(
            registration=Registration(response.status.value),
            interval=response.interval,
            current_time=response.current_time,
        )
