"""A CSMS in a few lines: it registers OCPP 2.0.1 stations, and resets the first that comes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import ocppkit.v201 as ocpp
from ocppkit.csms import CsmsServer
from ocppkit.message import Version


class Backend(ocpp.CsmsHandler):
    """What is not written here is answered with NotSupported."""

    def __init__(self) -> None:
        self.registered = asyncio.Event()

    async def on_boot_notification(
        self, request: ocpp.BootNotificationRequest
    ) -> ocpp.BootNotificationResponse:
        """Take any station in."""
        print(f"{request.charging_station.model} started: {request.reason}")
        self.registered.set()
        return ocpp.BootNotificationResponse(
            status=ocpp.RegistrationStatusEnumType.ACCEPTED,
            current_time=datetime.now(UTC),
            interval=300,
        )


async def main(port: int = 9000) -> None:
    """Wait for a station and reset it."""
    backend = Backend()
    async with CsmsServer(port=port, versions=[Version.V201], handlers=lambda _: [backend]) as csms:
        print(f"stations connect to {csms.url}")
        await backend.registered.wait()
        for identity in csms.stations:  # from here, or from anywhere else, at any time
            response = await csms.station(identity).call(
                ocpp.ResetRequest(type=ocpp.ResetEnumType.ON_IDLE)
            )
            print(f"{identity} answers the reset with {response.status}")


if __name__ == "__main__":
    asyncio.run(main())
