"""A CSMS that bears with stations that break the schema."""

from __future__ import annotations

import json

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from ocppkit.csms import CsmsServer
from ocppkit.message import Version

ODD_BOOT = {
    "chargePointVendor": "a vendor whose name is much too long",
    "chargePointModel": "m",
    "colour": "red",
}


async def answer_to_odd_boot(csms: CsmsServer, identity: str) -> list[object]:
    async with connect(f"{csms.url}/{identity}", subprotocols=[Subprotocol(Version.V16)]) as peer:
        await peer.send(json.dumps([2, "1", "BootNotification", ODD_BOOT]))
        answer: list[object] = json.loads(await peer.recv())
        return answer


async def test_strict_is_the_default() -> None:
    async with CsmsServer(port=0) as csms:
        answer = await answer_to_odd_boot(csms, "CS001")

    assert answer[:3] == [4, "1", "PropertyConstraintViolation"]


async def test_leniency_is_chosen_a_station_and_what_was_borne_with_is_counted() -> None:
    async with CsmsServer(port=0, lenient=lambda identity: identity == "OLD") as csms:
        borne_with = await answer_to_odd_boot(csms, "OLD")
        await answer_to_odd_boot(csms, "OLD")
        refused = await answer_to_odd_boot(csms, "NEW")

        counted = {kind.path: count for kind, count in csms.deviations("OLD").items()}
        record = csms.record("OLD")

    assert borne_with[0] == 3
    assert refused[0] == 4
    assert counted == {"$.chargePointVendor": 2, "$.*": 2}
    assert not csms.deviations("NEW")
    assert record.boot is not None
