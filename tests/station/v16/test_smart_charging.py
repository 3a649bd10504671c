"""Charging profiles over the wire of 1.6: set, cleared, told, and obeyed by the equipment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.smart_charging.model import Unit
from ocppkit.station import EvseDescription, IdToken, Offer, StationDescription
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.testing import START, settle

from ..power import Plant, virtual

ABC = IdToken("ABC")
TWO = StationDescription(vendor="v", model="m", evses=(EvseDescription(),) * 2)
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


def schedule(*limits: tuple[int, float], unit: str = "A", **more: Any) -> dict[str, Any]:
    periods = [{"startPeriod": at, "limit": limit} for at, limit in limits]
    return {"chargingRateUnit": unit, "chargingSchedulePeriod": periods, **more}


def profile(
    *limits: tuple[int, float],
    id: int = 1,
    level: int = 0,
    purpose: str = "TxDefaultProfile",
    kind: str = "Absolute",
    start: datetime | None = START,
    unit: str = "A",
    duration: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    when: dict[str, Any] = {} if start is None else {"startSchedule": start.isoformat()}
    if duration is not None:
        when["duration"] = duration
    return {
        "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": schedule(*limits, unit=unit, **when),
        **more,
    }


async def set_profile(it: Any, connector: int, **profile: Any) -> Any:
    return await it.call("SetChargingProfile", connectorId=connector, csChargingProfiles=profile)


def watch(it: Any) -> list[tuple[float, int, Offer]]:
    """What the equipment is told from now on: when, which EVSE, how much."""
    told: list[tuple[float, int, Offer]] = []
    allow = it.hardware.allow_charging

    async def allow_charging(evse: int, offer: Offer) -> None:
        told.append((it.clock.monotonic(), evse, offer))
        await allow(evse, offer)

    it.hardware.allow_charging = allow_charging
    return told


def currents(told: list[tuple[float, int, Offer]]) -> list[tuple[float, float | None]]:
    return [(at, offer.current_a) for at, _, offer in told]


def installed(it: Any) -> list[tuple[int, int]]:
    return sorted((each.evse, each.profile.id) for each in it.station.core.limits.profiles.all)


@pytest.fixture
async def one(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


@pytest.fixture
async def two(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16, TWO).running() as running:
        yield running


# Set Charging Profile, as far as the equipment


@pytest.mark.requirement("1.6 §5.16.4")
@pytest.mark.requirement("1.6 SetChargingProfile")
async def test_5_16_a_default_profile_reaches_the_equipment_at_the_second(one: Any) -> None:
    told = watch(one)
    answer = await set_profile(one, 0, **profile((0, 16), (600, 10.5), (900, 20)))
    await one.charge()
    await one.advance(1000)

    assert answer == ACCEPTED
    assert currents(told) == [(0, 16), (600, 10.5), (900, 20)]


@pytest.mark.requirement("1.6 §3.13.3")
async def test_3_13_3_the_charge_points_maximum_holds_for_all_connectors_together(two: Any) -> None:
    told = watch(two)
    most = profile((0, 32), (60, 20), purpose="ChargePointMaxProfile")
    answer = await set_profile(two, 0, **most)
    for number in (1, 2):
        await two.hardware.arrive(SimulatedEv(start_delay=1), evse=number)
        await two.station.evse(number).token_presented(IdToken(f"T{number}"))
    await two.advance(30)
    before = [two.station.evse(number).offer.current_a for number in (1, 2)]
    await two.advance(31)
    after = [two.station.evse(number).offer.current_a for number in (1, 2)]

    assert answer == ACCEPTED
    assert (before, after) == ([16, 16], [10, 10])
    lowered = [(at, evse) for at, evse, offer in told if offer.current_a == 10]
    assert lowered == [(60, 1), (60, 2)]


@pytest.mark.requirement("1.6 §5.16.3")
async def test_5_16_3_a_tx_profile_counts_from_the_start_and_goes_with_its_transaction(
    one: Any,
) -> None:
    told = watch(one)
    await set_profile(one, 1, **profile((0, 25)))
    await one.charge()
    await one.advance(9)
    relative = profile(
        (0, 6), (30, 8), id=2, purpose="TxProfile", kind="Relative", start=None, transactionId=7
    )
    answer = await set_profile(one, 1, **relative)
    await one.advance(30)
    during = installed(one)
    await one.station.evse(1).token_presented(ABC)
    await one.advance(10)
    await one.station.evse(1).token_presented(ABC)
    await one.settle()

    assert answer == ACCEPTED
    assert currents(told) == [(0, 25), (10, 6), (30, 8), (50, 25)]
    assert (during, installed(one)) == ([(1, 1), (1, 2)], [(1, 1)])


@pytest.mark.requirement("1.6 errata 3.79")
async def test_errata_3_79_a_daily_profile_comes_back_after_24_hours(one: Any) -> None:
    told = watch(one)
    daily = profile(
        (0, 7),
        kind="Recurring",
        recurrencyKind="Daily",
        start=START - timedelta(hours=49),
        duration=7200,
    )
    await set_profile(one, 0, **daily)
    await one.charge()
    await one.advance(24 * 3600)

    assert currents(told) == [(0, 7), (3600, None), (23 * 3600, 7)]


@pytest.mark.requirement("1.6 errata 3.43")
async def test_errata_3_43_after_its_duration_the_next_lower_level_counts(one: Any) -> None:
    told = watch(one)
    await set_profile(one, 0, **profile((0, 20)))
    await set_profile(one, 0, **profile((0, 9), id=2, level=1, duration=100))
    await one.charge()
    await one.advance(100)

    assert currents(told) == [(0, 9), (100, 20)]


@pytest.mark.requirement("1.6 errata 3.34")
async def test_errata_3_34_a_limit_for_more_phases_than_there_are_holds_as_it_is(
    world: Any,
) -> None:
    single = StationDescription(
        vendor="v", model="m", evses=(EvseDescription(phases=1, max_power_w=7400),)
    )
    it = world(Version.V16, single)
    async with it.running():
        wide = profile((0, 12))
        wide["chargingSchedule"]["chargingSchedulePeriod"][0]["numberPhases"] = 3
        answer = await set_profile(it, 1, **wide)
        await it.charge()

        assert answer == ACCEPTED
        assert it.station.evse(1).offer.current_a == 12


@virtual
async def test_errata_3_37_profiles_outlast_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, Version.V16)
    async with plant.live() as station:
        await station.wait_online()
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        await settle()
        default = profile((0, 20), start=plant.clock.utc_now())
        own = profile((0, 7), (3600, 9), id=2, purpose="TxProfile", kind="Relative", start=None)
        answers = [
            await plant.ledger.call("SetChargingProfile", connectorId=1, csChargingProfiles=each)
            for each in (default, {**own, "transactionId": 100})
        ]
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(10)
        going_on = station.evse(1).offer.current_a
        await station.evse(1).token_presented(ABC)
        await asyncio.sleep(10)
        left = [each.profile.id for each in station.core.limits.profiles.all]

    assert answers == [ACCEPTED, ACCEPTED]
    assert (going_on, left) == (7, [1])


# Set Charging Profile, as far as its answer


@pytest.mark.requirement("1.6 §5.16.4")
async def test_5_16_4_without_a_transaction_there_is_no_tx_profile(one: Any) -> None:
    answer = await set_profile(one, 1, **profile((0, 6), purpose="TxProfile"))

    assert (answer, installed(one)) == (REJECTED, [])


@pytest.mark.requirement("1.6 §7.8")
async def test_7_8_a_tx_profile_for_another_transaction_is_rejected(one: Any) -> None:
    await one.charge()
    answer = await set_profile(one, 1, **profile((0, 6), purpose="TxProfile", transactionId=8))

    assert (answer, installed(one)) == (REJECTED, [])


@pytest.mark.parametrize("connector", [2, -1])
@pytest.mark.requirement("1.6 errata 3.39")
async def test_errata_3_39_an_unknown_connector_is_a_call_error(one: Any, connector: int) -> None:
    answer = await set_profile(one, connector, **profile((0, 6)))

    assert answer == "PropertyConstraintViolation"


@pytest.mark.parametrize(
    ("field", "value"),
    [("chargingProfilePurpose", "ChargingStationMaxProfile"), ("chargingProfileKind", "Weekly")],
)
@pytest.mark.requirement("1.6 errata 3.38")
async def test_errata_3_38_an_unknown_word_is_a_call_error(
    one: Any, field: str, value: str
) -> None:
    wrong = {**profile((0, 6)), field: value}
    other_unit = profile((0, 6), unit="kW")

    assert await set_profile(one, 0, **wrong) == "PropertyConstraintViolation"
    assert await set_profile(one, 0, **other_unit) == "PropertyConstraintViolation"


@pytest.mark.requirement("1.6 §9.4.2")
async def test_9_4_2_a_unit_that_is_not_allowed_is_not_supported(world: Any) -> None:
    it = world(Version.V16, smart_charging=SmartCharging(units=(Unit.A,)))
    async with it.running():
        answer = await set_profile(it, 0, **profile((0, 6000), unit="W"))

        assert (answer, installed(it)) == ({"status": "NotSupported"}, [])


@pytest.mark.requirement("1.6 errata 3.45")
async def test_errata_3_45_a_first_period_that_starts_later_is_rejected(one: Any) -> None:
    answer = await set_profile(one, 0, **profile((1, 6)))

    assert (answer, installed(one)) == (REJECTED, [])


@pytest.mark.requirement("1.6 errata 3.53")
async def test_errata_3_53_a_default_at_0_holds_where_a_connector_has_none_of_its_own(
    two: Any,
) -> None:
    await set_profile(two, 0, **profile((0, 20)))
    await set_profile(two, 2, **profile((0, 10), id=2))
    for number in (1, 2):
        await two.hardware.arrive(SimulatedEv(start_delay=1), evse=number)
        await two.station.evse(number).token_presented(IdToken(f"T{number}"))
    await two.settle()

    assert installed(two) == [(0, 1), (2, 2)]
    assert [two.station.evse(number).offer.current_a for number in (1, 2)] == [20, 10]


@pytest.mark.requirement("1.6 §5.16.4")
async def test_5_16_4_the_same_id_or_level_and_purpose_replaces(one: Any) -> None:
    await set_profile(one, 0, **profile((0, 20)))
    await set_profile(one, 0, **profile((0, 19), id=2, level=3))
    await set_profile(one, 0, **profile((0, 18), id=3))
    by_level = installed(one)
    await set_profile(one, 1, **profile((0, 17), id=3, level=5))

    assert by_level == [(0, 2), (0, 3)]
    assert installed(one) == [(0, 2), (1, 3)]


@pytest.mark.requirement("1.6 §9.4.5")
async def test_9_4_5_one_profile_more_than_there_is_room_for_is_rejected(world: Any) -> None:
    it = world(Version.V16, smart_charging=SmartCharging(max_profiles=1))
    async with it.running():
        first = await set_profile(it, 0, **profile((0, 20)))
        more = await set_profile(it, 0, **profile((0, 20), id=2, level=1))
        instead = await set_profile(it, 0, **profile((0, 10)))

        assert (first, more, instead) == (ACCEPTED, REJECTED, ACCEPTED)


@pytest.mark.requirement("1.6 errata 3.39")
async def test_errata_3_39_without_smart_charging_nothing_of_it_is_supported(world: Any) -> None:
    it = world(Version.V16, smart_charging=SmartCharging(enabled=False))
    async with it.running():
        answers = [
            await set_profile(it, 0, **profile((0, 6))),
            await it.call("ClearChargingProfile"),
            await it.call("GetCompositeSchedule", connectorId=0, duration=60),
        ]
        key = await it.call("GetConfiguration", key=["SupportedFeatureProfiles"])

        assert answers == ["NotSupported"] * 3
        assert "SmartCharging" not in key["configurationKey"][0]["value"]


async def test_3_3_the_feature_profile_is_told(one: Any) -> None:
    answer = await one.call("GetConfiguration", key=["SupportedFeatureProfiles"])

    assert "SmartCharging" in answer["configurationKey"][0]["value"].split(",")


# Clear Charging Profile


async def with_four(it: Any) -> None:
    await set_profile(it, 0, **profile((0, 30), id=1, purpose="ChargePointMaxProfile"))
    await set_profile(it, 0, **profile((0, 20), id=2))
    await set_profile(it, 1, **profile((0, 20), id=3))
    await set_profile(it, 1, **profile((0, 20), id=4, level=1))


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ({}, []),
        ({"id": 3}, [1, 2, 4]),
        ({"id": 3, "connectorId": 0, "stackLevel": 7}, [1, 2, 4]),
        ({"connectorId": 1}, [1, 2]),
        ({"connectorId": 0}, [3, 4]),
        ({"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}, [1, 4]),
        ({"chargingProfilePurpose": "ChargePointMaxProfile"}, [2, 3, 4]),
        ({"connectorId": 1, "stackLevel": 1}, [1, 2, 3]),
    ],
)
@pytest.mark.requirement("1.6 errata 3.26")
@pytest.mark.requirement("1.6 ClearChargingProfile", "1.6 errata 3.25")
async def test_errata_3_26_what_fits_all_that_is_said_is_cleared(
    one: Any, request_: dict[str, Any], left: list[int]
) -> None:
    await with_four(one)
    answer = await one.call("ClearChargingProfile", **request_)

    assert answer == ACCEPTED
    assert sorted(number for _, number in installed(one)) == left


@pytest.mark.parametrize("request_", [{"id": 9}, {"connectorId": 1, "stackLevel": 5}])
@pytest.mark.requirement("1.6 §5.5")
async def test_5_5_where_nothing_fits_it_is_unknown(one: Any, request_: dict[str, Any]) -> None:
    await with_four(one)
    answer = await one.call("ClearChargingProfile", **request_)

    assert answer == {"status": "Unknown"}
    assert len(installed(one)) == 4


async def test_5_5_what_is_cleared_limits_no_more_at_once(one: Any) -> None:
    told = watch(one)
    await set_profile(one, 0, **profile((0, 8)))
    await one.charge()
    await one.advance(9)
    await one.call("ClearChargingProfile", id=1)

    assert currents(told) == [(0, 8), (10, None)]


# Get Composite Schedule


@pytest.mark.requirement("1.6 §5.7")
@pytest.mark.requirement("1.6 GetCompositeSchedule")
@pytest.mark.requirement("1.6 errata 3.57")
async def test_5_7_the_schedule_is_that_from_now_on(one: Any) -> None:
    await set_profile(one, 0, **profile((0, 16), (600, 10.5), (900, 20)))
    await set_profile(one, 0, **profile((0, 18), id=2, purpose="ChargePointMaxProfile"))
    await one.advance(300)
    answer = await one.call("GetCompositeSchedule", connectorId=1, duration=900)

    start = datetime.fromisoformat(answer.pop("scheduleStart"))
    assert start == START + timedelta(seconds=300)
    assert answer == {
        "status": "Accepted",
        "connectorId": 1,
        "chargingSchedule": schedule((0, 16), (300, 10.5), (600, 18), duration=900),
    }


@pytest.mark.parametrize(
    ("connector", "unit", "limit"),
    [(1, "A", 32), (1, "W", 22_000), (0, "A", 64), (0, "W", 44_000)],
)
@pytest.mark.requirement("1.6 §5.7")
async def test_5_7_where_nothing_limits_it_tells_what_the_equipment_can_give(
    two: Any, connector: int, unit: str, limit: int
) -> None:
    answer = await two.call(
        "GetCompositeSchedule", connectorId=connector, duration=60, chargingRateUnit=unit
    )

    assert answer["chargingSchedule"] == schedule((0, limit), unit=unit, duration=60)


@pytest.mark.requirement("1.6 §5.7")
async def test_5_7_direct_current_tells_its_power_where_nothing_limits(world: Any) -> None:
    fast = StationDescription(
        vendor="v", model="m", evses=(EvseDescription(phases=0, max_power_w=50_000),)
    )
    it = world(Version.V16, fast)
    async with it.running():
        answer = await it.call(
            "GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit="W"
        )

        assert answer["chargingSchedule"] == schedule((0, 50_000), unit="W", duration=60)


@pytest.mark.requirement("1.6 errata 3.30")
async def test_errata_3_30_connector_0_is_the_sum_within_the_charge_points_maximum(
    two: Any,
) -> None:
    await set_profile(two, 1, **profile((0, 10), (60, 30)))
    await set_profile(two, 2, **profile((0, 8), (60, 30), id=2))
    await set_profile(two, 0, **profile((0, 40), id=3, purpose="ChargePointMaxProfile"))
    answer = await two.call("GetCompositeSchedule", connectorId=0, duration=120)

    assert answer["connectorId"] == 0
    assert answer["chargingSchedule"] == schedule((0, 18), (60, 40), duration=120)


@pytest.mark.parametrize("request_", [{"connectorId": 2}, {"connectorId": -1}, {"duration": -1}])
@pytest.mark.requirement("1.6 §5.7")
@pytest.mark.requirement("1.6 errata 3.51")
async def test_5_7_what_cannot_be_reported_is_rejected(one: Any, request_: dict[str, Any]) -> None:
    told = {"connectorId": 1, "duration": 60, **request_}

    assert await one.call("GetCompositeSchedule", **told) == REJECTED


async def test_5_7_a_unit_that_is_not_allowed_is_rejected_and_none_is_the_allowed_one(
    world: Any,
) -> None:
    it = world(Version.V16, smart_charging=SmartCharging(units=(Unit.W,)))
    async with it.running():
        amperes = await it.call(
            "GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit="A"
        )
        whatever = await it.call("GetCompositeSchedule", connectorId=1, duration=60)

        assert amperes == REJECTED
        assert whatever["chargingSchedule"]["chargingRateUnit"] == "W"


@pytest.mark.requirement("1.6 errata 3.24")
async def test_errata_3_24_an_unknown_unit_is_a_call_error(one: Any) -> None:
    answer = await one.call(
        "GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit="V"
    )

    assert answer == "PropertyConstraintViolation"


@pytest.mark.requirement("1.6 §9.4.3")
async def test_9_4_3_a_schedule_ends_where_it_has_all_its_periods(world: Any) -> None:
    it = world(Version.V16, smart_charging=SmartCharging(max_periods=3))
    async with it.running():
        hourly = profile(
            (0, 6),
            (3600, 10),
            kind="Recurring",
            recurrencyKind="Daily",
        )
        await set_profile(it, 0, **hourly)
        answer = await it.call("GetCompositeSchedule", connectorId=1, duration=2_000_000_000)

        assert answer["chargingSchedule"] == schedule(
            (0, 6), (3600, 10), (86_400, 6), duration=90_000
        )


# Remote Start Transaction


def tx_profile(*limits: tuple[int, float], **more: Any) -> dict[str, Any]:
    told = {"purpose": "TxProfile", "kind": "Relative", "start": None, **more}
    return profile(*limits, **told)


async def remote_start(it: Any, **brought: Any) -> Any:
    return await it.call(
        "RemoteStartTransaction", idTag="ABC", connectorId=1, chargingProfile=brought
    )


@pytest.mark.requirement("1.6 errata 3.42")
@pytest.mark.requirement("1.6 §7.10")
async def test_5_16_2_what_a_remote_start_brings_holds_from_the_first_ampere_on(one: Any) -> None:
    told = watch(one)
    answer = await remote_start(one, **tx_profile((0, 6), (60, 9)))
    before = installed(one)
    await one.advance(20)
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await one.advance(70)

    assert (answer, before) == (ACCEPTED, [])
    assert currents(told) == [(20, 6), (80, 9)]


@pytest.mark.requirement("1.6 errata 3.42")
async def test_errata_3_42_a_profile_of_the_same_level_takes_its_place(one: Any) -> None:
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await remote_start(one, **tx_profile((0, 6)))
    await set_profile(one, 1, **tx_profile((0, 8), id=2, transactionId=7))
    replaced, current = installed(one), one.station.evse(1).offer.current_a
    await set_profile(one, 1, **tx_profile((0, 9), id=3, level=1, transactionId=7))

    assert (replaced, current) == ([(1, 2)], 8)
    assert installed(one) == [(1, 2), (1, 3)]


async def test_5_16_2_what_a_remote_start_brought_goes_with_its_transaction(one: Any) -> None:
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await remote_start(one, **tx_profile((0, 6)))
    during = installed(one)
    await one.call("RemoteStopTransaction", transactionId=7)

    assert (during, installed(one)) == ([(1, 1)], [])


async def test_5_16_2_where_nobody_plugs_in_nothing_is_installed(one: Any) -> None:
    await remote_start(one, **tx_profile((0, 6)))
    await one.advance(200)
    await one.charge()

    assert installed(one) == []
    assert one.station.evse(1).offer.current_a is None


def ask_slowly(it: Any, seconds: float) -> None:
    """Have the CSMS take its time to say who may charge."""
    core = it.station.core
    at_once = core.authorizing.authorize

    async def authorize(token: IdToken) -> AuthorizationAnswer:
        await it.clock.sleep(seconds)
        return await at_once(token)  # type: ignore[no-any-return]  # a world is of Any

    core.authorizing.authorize = authorize


@pytest.mark.requirement("1.6 §5.16.2")
async def test_5_16_2_a_second_remote_start_does_not_take_the_first_ones_profile(one: Any) -> None:
    told = watch(one)
    ask_slowly(one, 5)
    first = await remote_start(one, **tx_profile((0, 6)))
    await one.advance(1)
    second = await one.call(
        "RemoteStartTransaction",
        idTag="DEF",
        connectorId=1,
        chargingProfile=tx_profile((0, 12), id=2),
    )
    await one.advance(10)
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await one.advance(10)

    assert (first, second) == (ACCEPTED, REJECTED)
    assert [each["idTag"] for each in one.sent("StartTransaction")] == ["ABC"]
    assert currents(told) == [(11, 6)]


@pytest.mark.requirement("1.6 §5.11")
async def test_5_11_remote_starts_without_a_connector_do_not_choose_the_same_one(two: Any) -> None:
    ask_slowly(two, 5)
    answers = []
    for tag in ("ABC", "DEF", "GHI"):
        answers.append(await two.call("RemoteStartTransaction", idTag=tag))
        await two.advance(1)
    await two.advance(10)
    owners = [two.station.core.evses[number].authorization for number in (1, 2)]

    assert answers == [ACCEPTED, ACCEPTED, REJECTED]
    assert [each and each.token.value for each in owners] == ["ABC", "DEF"]


@pytest.mark.parametrize("request_", [{}, {"id": 1}, {"connectorId": 1}])
@pytest.mark.requirement("1.6 §5.5")
async def test_5_5_what_a_remote_start_brought_can_be_cleared_before_it_is_used(
    one: Any, request_: dict[str, Any]
) -> None:
    await remote_start(one, **tx_profile((0, 6)))
    other = await one.call("ClearChargingProfile", id=9)
    cleared = await one.call("ClearChargingProfile", **request_)
    again = await one.call("ClearChargingProfile", **request_)
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await one.settle()

    assert (other, cleared, again) == ({"status": "Unknown"}, ACCEPTED, {"status": "Unknown"})
    assert (installed(one), one.station.evse(1).offer.current_a) == ([], None)


async def test_5_5_what_a_remote_start_brought_in_vain_is_not_there_to_be_cleared(
    one: Any,
) -> None:
    await remote_start(one, **tx_profile((0, 6)))
    await one.advance(200)

    assert await one.call("ClearChargingProfile") == {"status": "Unknown"}


@pytest.mark.parametrize(
    "brought",
    [
        pytest.param(profile((0, 6)), id="no TxProfile"),
        pytest.param(tx_profile((0, 6), transactionId=7), id="a transactionId"),
        pytest.param(tx_profile((5, 6)), id="a late first period"),
        pytest.param(tx_profile((0, 6), level=21), id="a level too high"),
    ],
)
@pytest.mark.requirement("1.6 errata 3.41")
async def test_errata_3_41_a_profile_that_does_not_fit_refuses_the_start(
    one: Any, brought: dict[str, Any]
) -> None:
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    answer = await remote_start(one, **brought)

    assert answer == REJECTED
    assert one.sent("StartTransaction") == []


@pytest.mark.requirement("1.6 §5.11")
async def test_5_11_without_smart_charging_the_profile_is_ignored(world: Any) -> None:
    it = world(Version.V16, smart_charging=SmartCharging(enabled=False))
    async with it.running():
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        answer = await remote_start(it, **profile((0, 6)))

        assert answer == ACCEPTED
        assert len(it.sent("StartTransaction")) == 1
        assert installed(it) == []


async def test_3_13_6_offline_the_profiles_go_on(one: Any) -> None:
    told = watch(one)
    await one.charge()
    await set_profile(one, 1, **tx_profile((0, 10), (60, 12), transactionId=7))
    one.down = True
    await one.drop()
    await one.advance(100)

    assert currents(told)[1:] == [(1, 10), (60, 12)]
