"""F01, F02: what the CSMS starts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken
from ocppkit.station.hardware import EvseDescription, StationDescription
from ocppkit.station.id_token import IdTokenKind
from ocppkit.station.reservations import Reservation
from ocppkit.station.settings.behaviour import SmartCharging

TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
TOKEN = {"idToken": "R", "type": "ISO14443"}
ABC = IdToken("ABC")


@pytest.fixture
async def one(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201, description=TWO).running() as running:
        yield running


async def start(world: Any, evse: int | None = 1, **more: Any) -> dict[str, Any]:
    where = {} if evse is None else {"evseId": evse}
    payload = {"idToken": TOKEN, "remoteStartId": 5, **where, **more}
    answer: dict[str, Any] = await world.call("RequestStartTransaction", **payload)
    return answer


async def start_point(world: Any, *points: str) -> None:
    assert await world.set_variable("TxCtrlr", "TxStartPoint", ",".join(points)) == "Accepted"


async def reserve(world: Any, *, evse: int | None = 1, group: str | None = None) -> None:
    """Reserve for ABC for a minute."""
    reservation = Reservation(
        id=7,
        expires=world.clock.utc_now() + timedelta(seconds=60),
        holder="ABC",
        kind=IdTokenKind.ISO14443,
        group_id=group,
        evse=evse,
    )
    await world.station._core.reservations.make(reservation)
    await world.settle()


def profile(**more: Any) -> dict[str, Any]:
    return {
        "id": 3,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [
            {
                "id": 1,
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 3000.0}],
            }
        ],
        **more,
    }


@pytest.mark.requirement(
    "F01.FR.01", "F01.FR.03", "F01.FR.04", "F01.FR.05", "F01.FR.17", "F01.FR.25", "F02.FR.05"
)
async def test_f01_the_transaction_of_the_cable_is_authorized_for_the_token(one: Any) -> None:
    await start_point(one, "EVConnected")
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    answer = await start(one)
    during = list(one.events())
    await one.advance(1)

    event = one.sent("TransactionEvent")[1]
    assert (
        answer["transactionId"]
        == one.sent("TransactionEvent")[0]["transactionInfo"]["transactionId"]
    )
    assert during == [("Started", "CablePluggedIn"), ("Updated", "RemoteStart")]
    assert event["idToken"] == TOKEN
    assert event["transactionInfo"]["remoteStartId"] == 5
    assert one.actions().index("Authorize") < one.calls.index(("TransactionEvent", event))
    assert one.events()[-1] == ("Updated", "ChargingStateChanged")


@pytest.mark.requirement("F01.FR.01", "F02.FR.09")
async def test_f01_a_token_that_is_not_accepted_gets_no_energy(one: Any) -> None:
    one.script["Authorize"] = lambda _: {"idTokenInfo": {"status": "Blocked"}}
    await start_point(one, "EVConnected")
    await one.hardware.arrive(SimulatedEv())
    answer = await start(one)
    await one.advance(10)

    assert answer["status"] == "Accepted"
    assert one.events() == [("Started", "CablePluggedIn")]
    assert one.station.evse(1).energized is False


async def test_f01_a_token_for_other_evses_gets_no_energy_either(one: Any) -> None:
    one.script["Authorize"] = lambda _: {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}
    await one.hardware.arrive(SimulatedEv())
    await start(one)

    assert one.station.evse(1).authorization is None


@pytest.mark.requirement("F01.FR.02", "F02.FR.10", "F02.FR.11")
async def test_f01_without_authorization_the_csms_judges_by_the_event(one: Any) -> None:
    one.script["TransactionEvent"] = lambda p: (
        {"idTokenInfo": {"status": "Invalid"}} if "idToken" in p else {}
    )
    status = await one.set_variable("AuthCtrlr", "AuthorizeRemoteStart", "false")
    await one.hardware.arrive(SimulatedEv())
    await start(one)
    await one.advance(5)

    assert status == "Accepted"
    assert one.sent("Authorize") == []
    assert one.station.evse(1).energized is False
    assert one.station.evse(1).authorization is None


@pytest.mark.requirement("F01.FR.20", "F02.FR.22")
async def test_f01_without_an_evse_it_takes_the_one_where_an_ev_waits(two: Any) -> None:
    await two.hardware.arrive(SimulatedEv(), evse=2)
    answer = await start(two, None)
    await two.settle()

    assert answer["status"] == "Accepted"
    assert two.station.evse(2).authorization is not None
    assert two.station.evse(1).authorization is None


@pytest.mark.requirement("F01.FR.20")
async def test_f01_without_an_evse_it_takes_what_is_reserved_for_the_token(two: Any) -> None:
    await reserve(two, evse=2)
    await start(two, None, idToken={"idToken": "ABC", "type": "ISO14443"})

    assert two.station.evse(2).authorization is not None


async def test_f01_an_evse_that_is_not_there_is_rejected(one: Any) -> None:
    assert await start(one, 9) == {"status": "Rejected"}


@pytest.mark.requirement("F01.FR.21", "F02.FR.23")
async def test_f01_what_is_reserved_for_another_token_is_rejected(one: Any) -> None:
    await reserve(one)
    other = await start(one, groupIdToken={"idToken": "G", "type": "Central"})
    own = await start(one, idToken={"idToken": "ABC", "type": "ISO14443"})

    assert other == {"status": "Rejected"}
    assert own["status"] == "Accepted"


@pytest.mark.requirement("F01.FR.22", "F02.FR.24")
async def test_f01_what_is_reserved_for_another_group_is_rejected(one: Any) -> None:
    await reserve(one, group="G")
    none = await start(one)
    wrong = await start(one, groupIdToken={"idToken": "H", "type": "Central"})
    right = await start(one, groupIdToken={"idToken": "G", "type": "Central"})

    assert (none["status"], wrong["status"]) == ("Rejected", "Rejected")
    assert right["status"] == "Accepted"
    assert one.station.evse(1).authorization.group_id == "G"


@pytest.mark.requirement("F01.FR.23", "F02.FR.25")
async def test_f01_an_evse_out_of_use_or_faulted_is_rejected(one: Any) -> None:
    await one.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    unavailable = await start(one)
    await one.call("ChangeAvailability", operationalStatus="Operative", evse={"id": 1})
    await one.station.evse(1).fault(Fault(kind=FaultKind.GROUND_FAILURE))
    faulted = await start(one)

    assert (unavailable, faulted) == ({"status": "Rejected"}, {"status": "Rejected"})


@pytest.mark.requirement("F01.FR.24")
async def test_f01_an_evse_whose_driver_is_being_asked_about_is_rejected(one: Any) -> None:
    one.script["Authorize"] = lambda _: None
    first = await start(one)
    second = await start(one)

    assert first["status"] == "Accepted"
    assert second == {"status": "Rejected"}


@pytest.mark.requirement("F01.FR.24")
async def test_f01_an_evse_with_an_authorized_transaction_is_rejected(one: Any) -> None:
    await one.charge()

    assert await start(one) == {"status": "Rejected"}


@pytest.mark.requirement("F01.FR.14", "F01.FR.15", "F02.FR.02", "F02.FR.03")
async def test_f01_the_events_bear_the_configured_measurands(one: Any) -> None:
    await one.set_variable("SampledDataCtrlr", "TxStartedMeasurands", "Voltage")
    await one.set_variable(
        "SampledDataCtrlr", "TxUpdatedMeasurands", "Energy.Active.Import.Register"
    )
    await one.set_variable("SampledDataCtrlr", "TxUpdatedInterval", "10")
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await start(one)
    await one.advance(11)

    def measured(event: dict[str, Any]) -> set[str]:
        return {v["measurand"] for m in event["meterValue"] for v in m["sampledValue"]}

    events = one.sent("TransactionEvent")
    updated = [each for each in events if each["triggerReason"] == "MeterValuePeriodic"]
    assert measured(events[0]) == {"Voltage"}
    assert measured(updated[-1]) == {"Energy.Active.Import.Register"}


@pytest.mark.requirement("F01.FR.10", "F02.FR.18")
async def test_f01_the_profile_holds_for_this_transaction(one: Any) -> None:
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    answer = await start(one, chargingProfile=profile())
    await one.advance(5)

    (installed,) = one.station._core.limits.profiles.all
    transaction = one.station.evse(1).transaction
    assert answer["status"] == "Accepted"
    assert one.station.evse(1).offer.power_w == 3000
    assert (installed.evse, installed.profile.transaction_id) == (1, transaction.id)


@pytest.mark.requirement("F02.FR.18")
async def test_f02_the_profile_waits_for_the_cable_and_goes_with_the_transaction(one: Any) -> None:
    await start_point(one, "EVConnected")
    await start(one, chargingProfile=profile())
    before = one.station._core.limits.profiles.all
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await one.advance(5)
    during = one.station.evse(1).offer.power_w
    await one.call("RequestStopTransaction", transactionId=one.station.evse(1).transaction.id)
    await one.hardware.depart()
    await one.settle()

    assert before == ()
    assert during == 3000
    assert one.station._core.limits.profiles.all == ()


@pytest.mark.requirement(
    "F01.FR.26", "F01.FR.09", "F01.FR.11", "F02.FR.17", "F02.FR.19", "F02.FR.27"
)
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"chargingProfilePurpose": "TxDefaultProfile"}, "InvalidProfile"),
        ({"transactionId": "tx-9"}, "InvalidProfile"),
        (
            {
                "chargingSchedule": [
                    {
                        "id": 1,
                        "chargingRateUnit": "W",
                        "chargingSchedulePeriod": [{"startPeriod": 5, "limit": 3000.0}],
                    }
                ]
            },
            "InvalidSchedule",
        ),
    ],
)
async def test_f01_an_invalid_profile_is_rejected(
    one: Any, wrong: dict[str, Any], reason: str
) -> None:
    answer = await start(one, chargingProfile=profile(**wrong))

    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", reason)
    assert one.station.evse(1).authorization is None


@pytest.mark.requirement("F01.FR.12", "F02.FR.20")
async def test_f01_without_smart_charging_the_profile_is_ignored(world: Any) -> None:
    off = SmartCharging(enabled=False)
    async with world(Version.V201, smart_charging=off).running() as it:
        await it.hardware.arrive(SimulatedEv())
        answer = await start(it, chargingProfile=profile(chargingProfilePurpose="TxDefaultProfile"))

        assert answer["status"] == "Accepted"
        assert it.station._core.limits.profiles.all == ()


@pytest.mark.requirement("F02.FR.01", "F02.FR.12", "F02.FR.13", "F02.FR.21", "F01.FR.19")
async def test_f02_the_transaction_starts_by_the_remote_start(one: Any) -> None:
    await start_point(one, "Authorized")
    await start(one)

    first = one.sent("TransactionEvent")[0]
    assert one.events() == [("Started", "RemoteStart")]
    assert first["transactionInfo"]["remoteStartId"] == 5
    assert first["idToken"] == TOKEN


@pytest.mark.requirement("F02.FR.21")
async def test_f02_a_start_by_the_cable_is_the_remote_starts_all_the_same(one: Any) -> None:
    await start_point(one, "EVConnected")
    await start(one)
    before = one.events()
    await one.hardware.arrive(SimulatedEv())
    await one.settle()

    first = one.sent("TransactionEvent")[0]
    assert before == []
    assert one.events() == [("Started", "RemoteStart")]
    assert first["transactionInfo"]["chargingState"] == "EVConnected"
    assert first["transactionInfo"]["remoteStartId"] == 5


@pytest.mark.requirement("F02.FR.01", "F02.FR.05", "F02.FR.12")
@pytest.mark.parametrize(
    "point",
    ["EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer", "ParkingBayOccupancy"],
)
async def test_f02_the_first_event_tells_of_the_driver_wherever_it_starts(
    one: Any, point: str
) -> None:
    await start_point(one, point)
    await start(one)
    await one.hardware.bay(1, occupied=True)
    await one.hardware.arrive(SimulatedEv(start_delay=1))
    await one.advance(1)

    first, *others = one.sent("TransactionEvent")
    assert (first["eventType"], first["triggerReason"]) == ("Started", "RemoteStart")
    assert first["idToken"] == TOKEN
    assert first["transactionInfo"]["remoteStartId"] == 5
    assert not any("idToken" in each for each in others)


@pytest.mark.requirement("F02.FR.09")
async def test_f02_a_cable_that_comes_before_the_csms_has_answered_starts_without_the_driver(
    one: Any,
) -> None:
    one.script["Authorize"] = lambda _: None
    await start_point(one, "EVConnected")
    await start(one)
    await one.hardware.arrive(SimulatedEv())
    await one.advance(60)

    first = one.sent("TransactionEvent")[0]
    assert first["triggerReason"] == "CablePluggedIn"
    assert "idToken" not in first
    assert not one.station.evse(1).energized


@pytest.mark.requirement("F02.FR.06")
async def test_f02_the_reservation_that_it_uses_is_named(one: Any) -> None:
    await start_point(one, "Authorized")
    await reserve(one)
    await start(one, idToken={"idToken": "ABC", "type": "ISO14443"})

    assert one.sent("TransactionEvent")[0]["reservationId"] == 7


@pytest.mark.requirement("F02.FR.07")
async def test_f02_without_a_cable_it_ends(one: Any) -> None:
    await start_point(one, "Authorized")
    await start(one)
    await one.advance(120)

    last = one.sent("TransactionEvent")[-1]
    assert one.events()[-1] == ("Ended", "EVConnectTimeout")
    assert last["transactionInfo"]["stoppedReason"] == "Timeout"


@pytest.mark.requirement("F02.FR.08")
async def test_f02_without_a_cable_it_is_deauthorized_while_the_bay_is_taken(one: Any) -> None:
    await one.set_variable("TxCtrlr", "TxStopPoint", "ParkingBayOccupancy")
    await start_point(one, "ParkingBayOccupancy")
    await one.hardware.bay(1, occupied=True)
    await start(one)
    await one.advance(120)
    waiting = one.events()[-1]
    authorization = one.station.evse(1).authorization
    await one.hardware.bay(1, occupied=False)
    await one.settle()

    assert waiting == ("Updated", "EVConnectTimeout")
    assert authorization is None
    assert one.events()[-1][0] == "Ended"
