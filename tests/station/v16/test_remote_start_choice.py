"""Where a remote start without a connector goes (1.6 §5.11)."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken
from ocppkit.station.hardware import EvseDescription, StationDescription

TWO = StationDescription(
    vendor="ocppkit", model="Two", evses=(EvseDescription(), EvseDescription())
)


@pytest.mark.requirement("1.6 §5.11")
async def test_a_free_connector_comes_before_a_cable_that_somebody_has_left(world: Any) -> None:
    async with world(Version.V16, description=TWO).running() as it:
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        for _ in range(2):
            await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()
        left = it.statuses()[-1]
        answer = await it.call("RemoteStartTransaction", idTag="R")

        assert left == "Finishing"
        assert answer == {"status": "Accepted"}
        assert it.station.evse(1).authorization is None
        assert it.station.evse(2).authorization is not None
