"""A CSMS for OCPP 2.0.1: it registers stations, and resets the first that comes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ocppkit.csms import CsmsServer
from ocppkit.message import Version
from ocppkit.v201 import (
    BootNotificationRequest,
    BootNotificationResponse,
    CsmsHandler,
    RegistrationStatusEnumType,
    ResetEnumType,
    ResetRequest,
)


class Backend(CsmsHandler):
    """Answers all stations; what is not written here it answers with NotSupported."""

    def __init__(self) -> None:
        self.registered = asyncio.Event()

    async def on_boot_notification(
        self, request: BootNotificationRequest
    ) -> BootNotificationResponse:
        """Register any station."""
        print(f"{request.charging_station.model} started: {request.reason}")
        self.registered.set()
        return BootNotificationResponse(
            status=RegistrationStatusEnumType.ACCEPTED, current_time=datetime.now(UTC), interval=300
        )


async def main(port: int = 9000) -> None:
    """Serve until the first station has answered."""
    backend = Backend()
    async with CsmsServer(
        port=port, versions=[Version.V201], handlers=lambda _session: [backend]
    ) as csms:
        print(f"stations connect to {csms.url}")
        await backend.registered.wait()
        for identity in csms.stations:
            response = await csms.station(identity).call(ResetRequest(type=ResetEnumType.ON_IDLE))
            print(f"{identity} answers the reset with {response.status}")


if __name__ == "__main__":
    asyncio.run(main())
