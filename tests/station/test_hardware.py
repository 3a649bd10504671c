"""The limits of what the equipment says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station import Fault, FaultKind, StationDescription


@pytest.mark.parametrize(
    ("name", "longest"),
    [("vendor", 50), ("model", 20), ("serial_number", 25), ("firmware_version", 50)],
)
def test_a_text_that_no_boot_notification_has_room_for_is_refused(name: str, longest: int) -> None:
    told: dict[str, Any] = {"vendor": "V", "model": "M"}
    StationDescription(**{**told, name: "x" * longest})

    with pytest.raises(ValueError, match=f"{name}: at most {longest} characters"):
        StationDescription(**{**told, name: "x" * (longest + 1)})


async def test_a_vendor_whose_name_only_2_0_1_has_room_for_boots_in_1_6_too(world: Any) -> None:
    it = world(Version.V16, StationDescription(vendor="V" * 21, model="M"))
    async with it.running():
        online = it.station.online

    assert online
    assert it.sent("BootNotification")[0]["chargePointVendor"] == "V" * 20


async def test_a_fault_with_much_to_say_still_reaches_the_csms(world: Any) -> None:
    it = world(Version.V16)
    fault = Fault(kind=FaultKind.GROUND_FAILURE, info="i" * 59, vendor_error_code="c" * 51)
    async with it.running():
        await it.station.evse(1).fault(fault)
        await it.settle()

    told = it.sent("StatusNotification")[-1]
    assert told["status"] == "Faulted"
    assert (told["info"], told["vendorErrorCode"]) == ("i" * 50, "c" * 50)
