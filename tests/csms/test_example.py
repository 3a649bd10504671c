from __future__ import annotations

import asyncio
import runpy
from pathlib import Path

from ocppkit.connection import connect
from ocppkit.message import Answer, Version
from ocppkit.v201 import (
    BootNotificationRequest,
    BootReasonEnumType,
    ChargingStationType,
    RegistrationStatusEnumType,
    ResetRequest,
    ResetResponse,
    ResetStatusEnumType,
    StationHandler,
)

_EXAMPLE = Path(__file__).parents[2] / "examples" / "csms.py"


class Station(StationHandler):
    async def on_reset(self, request: ResetRequest) -> Answer[ResetResponse]:
        del request
        return ResetResponse(status=ResetStatusEnumType.SCHEDULED)


async def test_the_example_registers_a_station_and_resets_it() -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    main = runpy.run_path(str(_EXAMPLE), {"print": said.put_nowait})["main"]

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(main(port=0))
        url = (await said.get()).removeprefix("stations connect to ")
        async with connect(
            url, identity="CS001", versions=[Version.V201], handlers=lambda _session: [Station()]
        ) as session:
            response = await session.call(
                BootNotificationRequest(
                    reason=BootReasonEnumType.POWER_UP,
                    charging_station=ChargingStationType(model="M1", vendor_name="Example"),
                )
            )
            lines = [await said.get(), await said.get()]

    assert response.status is RegistrationStatusEnumType.ACCEPTED
    assert lines == ["M1 started: PowerUp", "CS001 answers the reset with Scheduled"]


def test_the_example_fits_on_a_page() -> None:
    lines = _EXAMPLE.read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if line.strip()]) <= 45
