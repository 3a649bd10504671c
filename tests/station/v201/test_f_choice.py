"""F01, F02: where the station starts what the CSMS wants, and what begins by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station.hardware import EvseDescription, StationDescription
from ocppkit.station.reservations import Reservation

from .drivers import charge, variable

TWO = StationDescription(
    vendor="ocppkit", model="Two", evses=(EvseDescription(), EvseDescription())
)


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201, description=TWO).running() as running:
        yield running


async def start(world: Any, **more: Any) -> dict[str, Any]:
    token = {"idToken": "R", "type": "ISO14443"}
    answer: dict[str, Any] = await world.call(
        "RequestStartTransaction", idToken=token, remoteStartId=5, **more
    )
    await world.advance(2)
    return answer


def chosen(world: Any) -> list[int]:
    """The EVSEs where somebody may charge."""
    return [number for number in (1, 2) if world.station.evse(number).authorization is not None]


def profile(limit: float) -> dict[str, Any]:
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    return {
        "id": 3,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }


@pytest.mark.requirement("F01.FR.20", "F02.FR.22")
async def test_f02_a_free_evse_comes_before_a_cable_that_somebody_has_left(two: Any) -> None:
    await variable(two, "TxCtrlr.TxStopPoint", "Authorized")
    await charge(two)
    await two.call("RequestStopTransaction", transactionId="tx-1")
    answer = await start(two)

    assert answer == {"status": "Accepted"}
    assert chosen(two) == [2]


@pytest.mark.requirement("F01.FR.20", "F02.FR.22")
async def test_f02_but_that_is_taken_where_there_is_no_other(two: Any) -> None:
    await variable(two, "TxCtrlr.TxStopPoint", "Authorized")
    await charge(two)
    await two.call("RequestStopTransaction", transactionId="tx-1")
    await two.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2})
    await start(two)

    assert chosen(two) == [1]


@pytest.mark.requirement("F01.FR.20", "F02.FR.22")
async def test_f02_what_is_reserved_for_the_group_comes_first(two: Any) -> None:
    expires = two.clock.utc_now() + timedelta(seconds=60)
    await two.station._core.reservations.make(
        Reservation(id=7, expires=expires, holder="ABC", group_id="G", evse=2)
    )
    await start(two, groupIdToken={"idToken": "g", "type": "Central"})

    assert chosen(two) == [2]


@pytest.mark.requirement("F01.FR.20", "F02.FR.22", "F02.FR.18")
async def test_f02_it_is_an_evse_that_the_token_may_use(two: Any) -> None:
    two.script["Authorize"] = lambda _: {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}
    await two.hardware.arrive(SimulatedEv(start_delay=1), evse=2)
    await two.hardware.arrive(SimulatedEv(start_delay=1), evse=1)
    await start(two, chargingProfile=profile(3000.0))

    assert chosen(two) == [2]
    assert two.station.evse(2).offer.power_w == 3000


@pytest.mark.requirement("C16.FR.03")
async def test_f02_nothing_is_accepted_for_the_group_of_the_master_pass(two: Any) -> None:
    await variable(two, "AuthCtrlr.MasterPassGroupId", "MP")
    answer = await start(two, evseId=1, groupIdToken={"idToken": "mp", "type": "Central"})

    assert answer == {"status": "Rejected"}


@pytest.mark.requirement("F01.FR.03", "F01.FR.19", "F01.FR.25", "E01.FR.02")
async def test_f01_the_next_driver_of_a_cable_that_stayed_begins_a_transaction(two: Any) -> None:
    await variable(two, "TxCtrlr.TxStartPoint", "EVConnected")
    await variable(two, "TxCtrlr.TxStopPoint", "Authorized")
    await two.hardware.arrive(SimulatedEv(start_delay=1000))
    await start(two, evseId=1)
    await two.call("RequestStopTransaction", transactionId="tx-1")
    await start(two, evseId=1)

    last = two.sent("TransactionEvent")[-1]
    assert two.events()[-2:] == [("Ended", "RemoteStop"), ("Started", "RemoteStart")]
    assert last["transactionInfo"]["remoteStartId"] == 5
    assert last["idToken"] == {"idToken": "R", "type": "ISO14443"}
