"""What a station told of its connectors before it restarted is no answer to what comes after."""

from __future__ import annotations

import pytest

from ocppkit.conformance import Kit
from ocppkit.v201 import ConnectorStatusEnumType

from .harness import at_work
from .tampering import Payload, is_caught, tell_status


@pytest.mark.parametrize("case", ["TC_B_01_CS", "TC_B_20_CS", "TC_B_22_CS"])
async def test_what_was_told_of_connectors_before_a_boot_does_not_count_after_it(
    case: str,
) -> None:
    kits: list[Kit] = []

    def tamper(name: str, payload: Payload) -> Payload | None:
        if name == "ResetResponse":
            tell_status(kits[0], ConnectorStatusEnumType.AVAILABLE, evse=2)
        elif name == "StatusNotification" and payload["evseId"] == 2 and kits:
            return None
        return payload

    async with at_work(tamper=tamper) as runner:
        kits.append(runner.kit)
        await is_caught(runner, case, "status of connector 1 of EVSE 2")
