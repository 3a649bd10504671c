"""A cable that nobody comes for (1.6 errata 3.20)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    StationDescription,
    TokenOutcome,
)

pytestmark = pytest.mark.requirement("1.6 §4.9", "1.6 errata 3.20", "1.6 key ConnectionTimeOut")
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
ABC = IdToken("ABC")
AWHILE = 120  # s, connection_timeout


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    it = world(Version.V16, description=TWO, connection_timeout=AWHILE)
    async with it.running():
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.settle()
        yield it


async def test_b6_without_a_token_in_time_the_connector_is_finishing(two: Any) -> None:
    await two.advance(AWHILE - 1)
    before = two.statuses(1)
    await two.advance(1)
    await two.advance(10 * AWHILE)

    assert before == ["Available", "Preparing"]
    assert two.statuses(1) == ["Available", "Preparing", "Finishing"]


async def test_f1_it_is_available_once_the_cable_is_gone(two: Any) -> None:
    await two.advance(AWHILE)
    await two.hardware.depart()
    await two.settle()
    await two.hardware.arrive(SimulatedEv())
    await two.settle()

    assert two.statuses(1)[2:] == ["Finishing", "Available", "Preparing"]


async def test_the_key_says_how_long(two: Any) -> None:
    await two.hardware.depart()
    await two.call("ChangeConfiguration", key="ConnectionTimeOut", value="10")
    await two.hardware.arrive(SimulatedEv())
    await two.advance(10)

    assert two.statuses(1)[-1] == "Finishing"


async def test_a_token_at_a_reader_for_all_is_for_the_connector_that_is_free(two: Any) -> None:
    await two.advance(AWHILE)
    outcome = await two.station.token_presented(ABC)
    await two.settle()

    assert outcome is TokenOutcome.ACCEPTED
    assert two.statuses(1)[-1] == "Finishing"
    assert two.statuses(2)[-1] == "Preparing"
    assert two.sent("StartTransaction") == []


async def test_a_remote_start_anywhere_goes_to_the_connector_that_is_free(two: Any) -> None:
    await two.advance(AWHILE)
    answer = await two.call("RemoteStartTransaction", idTag="ABC")
    await two.settle()

    assert answer["status"] == "Accepted"
    assert two.statuses(2)[-1] == "Preparing"
    assert two.sent("StartTransaction") == []


async def test_f2_a_token_at_its_own_reader_starts_there_all_the_same(two: Any) -> None:
    await two.advance(AWHILE)
    outcome = await two.station.token_presented(ABC, evses=[1])
    await two.advance(1)

    assert outcome is TokenOutcome.ACCEPTED
    assert two.statuses(1)[2:4] == ["Finishing", "Preparing"]
    assert len(two.sent("StartTransaction")) == 1


async def test_a_driver_who_came_in_time_is_not_disturbed(two: Any) -> None:
    await two.station.evse(1).token_presented(ABC)
    await two.advance(2 * AWHILE)

    assert two.statuses(1)[-1] == "Charging"


async def test_a_reserved_connector_stays_reserved_with_any_cable(two: Any) -> None:
    await two.hardware.depart()
    await two.settle()
    await two.call(
        "ReserveNow",
        connectorId=1,
        reservationId=1,
        idTag="ABC",
        expiryDate=(two.clock.utc_now() + timedelta(seconds=1.5 * AWHILE)).isoformat(),
    )
    await two.hardware.arrive(SimulatedEv())
    await two.advance(1.4 * AWHILE)
    during = two.statuses(1)[-1]
    await two.advance(AWHILE)

    assert during == "Reserved"
    assert two.statuses(1)[-2:] == ["Preparing", "Finishing"]


async def test_what_is_out_of_use_is_finishing_only_after_it_was_preparing(two: Any) -> None:
    await two.call("ChangeAvailability", connectorId=1, type="Inoperative")
    await two.advance(1.5 * AWHILE)
    await two.call("ChangeAvailability", connectorId=1, type="Operative")
    await two.advance(AWHILE)

    assert two.statuses(1)[1:] == ["Preparing", "Unavailable", "Preparing", "Finishing"]


async def test_f8_once_finishing_it_is_out_of_use_only_without_the_cable(two: Any) -> None:
    await two.advance(AWHILE)
    await two.call("ChangeAvailability", connectorId=1, type="Inoperative")
    before = two.statuses(1)[-1]
    await two.hardware.depart()
    await two.settle()

    assert (before, two.statuses(1)[-1]) == ("Finishing", "Unavailable")


async def test_i6_a_fault_gives_back_what_was_before(two: Any) -> None:
    await two.advance(AWHILE)
    await two.station.evse(1).fault(Fault(kind=FaultKind.GROUND_FAILURE))
    await two.settle()
    await two.station.evse(1).fault_cleared()
    await two.settle()

    assert two.statuses(1)[2:] == ["Finishing", "Faulted", "Finishing"]


async def test_in_2_0_1_a_cable_waits_for_as_long_as_it_is_there(world: Any) -> None:
    it = world(Version.V201, connection_timeout=AWHILE)
    async with it.running():
        await it.hardware.arrive(SimulatedEv())
        await it.advance(2 * AWHILE)

        assert not it.station.evse(1).unclaimed
        assert it.statuses(1) == ["Available", "Occupied"]
