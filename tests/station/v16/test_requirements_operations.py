"""Single sentences of chapters 3 to 5 of 1.6 that no profile's own tests show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken
from ocppkit.testing import START

ABC = IdToken("ABC")


@pytest.fixture
async def one(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


async def default_profile(it: Any, limit: float, **more: Any) -> Any:
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "startSchedule": START.isoformat(),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
        **more,
    }
    return await it.call("SetChargingProfile", connectorId=0, csChargingProfiles=profile)


async def test_3_13_2_a_replacement_that_counts_later_takes_away_what_it_replaces(one: Any) -> None:
    await default_profile(one, 10)
    await one.charge()
    before = one.station.evse(1).offer.current_a
    later = START + timedelta(seconds=600)
    await default_profile(one, 8, validFrom=later.isoformat())
    await one.settle()
    between = one.station.evse(1).offer.current_a
    await one.advance(600)

    assert (before, between) == (10, None)
    assert one.station.evse(1).offer.current_a == 8


async def test_3_13_6_offline_without_any_profile_nothing_limits(one: Any) -> None:
    await one.call("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="true")
    one.down = True
    await one.drop()
    await one.charge()

    offer = one.station.evse(1).offer
    assert (offer.current_a, offer.power_w) == (None, None)


async def test_3_13_6_who_begins_offline_is_limited_by_what_was_installed(one: Any) -> None:
    await one.call("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="true")
    await default_profile(one, 10)
    one.down = True
    await one.drop()
    await one.charge()

    assert one.station.evse(1).offer.current_a == 10


async def test_4_9_where_both_sides_suspend_the_station_side_is_told(one: Any) -> None:
    await one.charge()
    await one.station.evse(1).ev_suspended()
    await one.settle()
    by_the_ev = one.statuses()[-1]
    await one.hardware.pause(1)
    await one.settle()

    assert by_the_ev == "SuspendedEV"
    assert one.statuses()[-1] == "SuspendedEVSE"


@pytest.mark.parametrize(
    ("connector", "expected"), [(0, "PropertyConstraintViolation"), (2, {"status": "Rejected"})]
)
@pytest.mark.requirement("1.6 RemoteStartTransaction")
async def test_5_11_a_remote_start_is_for_a_connector_that_there_is(
    one: Any, connector: int, expected: Any
) -> None:
    await one.hardware.arrive(SimulatedEv())
    answer = await one.call("RemoteStartTransaction", idTag="R", connectorId=connector)

    assert answer == expected
    assert one.sent("StartTransaction") == []


async def test_5_12_a_remote_stop_frees_the_cable(one: Any) -> None:
    await one.charge()
    locked = one.hardware.locked(1)
    await one.call("RemoteStopTransaction", transactionId=7)

    assert locked
    assert not one.hardware.locked(1)


async def test_4_10_a_stop_names_who_stopped_also_where_it_is_another_of_the_group(
    one: Any,
) -> None:
    one.script["Authorize"] = lambda _: {"idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}
    await one.charge()
    await one.station.evse(1).token_presented(IdToken("DEF"))
    await one.settle()

    [stop] = one.sent("StopTransaction")
    assert (stop["idTag"], stop["reason"]) == ("DEF", "Local")


async def test_4_10_a_vehicle_that_comes_back_charges_on_where_unplugging_stops_nothing(
    one: Any,
) -> None:
    await one.call("ChangeConfiguration", key="StopTransactionOnEVSideDisconnect", value="false")
    await one.charge()
    await one.station.evse(1).unplugged()
    await one.settle()
    away = one.statuses()[-1]
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await one.advance(2)

    assert (away, one.statuses()[-1]) == ("SuspendedEV", "Charging")
    assert len(one.sent("StartTransaction")) == 1
    assert one.sent("StopTransaction") == []


@pytest.mark.parametrize("starts", [(0, 60, 30), (0, 60, 60), (5,)])
@pytest.mark.requirement("1.6 errata 3.45", "1.6 SetChargingProfile")
async def test_7_14_periods_that_do_not_follow_one_another_are_refused(
    one: Any, starts: tuple[int, ...]
) -> None:
    schedule = {
        "startSchedule": START.isoformat(),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": 10} for at in starts],
    }
    answer = await default_profile(one, 10, chargingSchedule=schedule)
    await one.charge()

    assert answer == {"status": "Rejected"}
    assert one.station.evse(1).offer.current_a is None
