"""Reservations as a 1.6 CSMS and the drivers see them, message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, TokenOutcome
from ocppkit.station.hardware import ConnectorDescription, EvseDescription, StationDescription
from ocppkit.station.id_token import IdTokenKind
from ocppkit.station.kept import RESERVATIONS
from ocppkit.station.reservations import Reservation
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import KeyValue
from ocppkit.testing import advance

ABC, XYZ = IdToken("ABC"), IdToken("XYZ")
FAULT = Fault(kind=FaultKind.GROUND_FAILURE)
TWO = StationDescription(
    vendor="ocppkit", model="Two", evses=(EvseDescription(), EvseDescription())
)
DOUBLE = StationDescription(
    vendor="ocppkit",
    model="Double",
    evses=(EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),),
)


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16, description=TWO).running() as running:
        yield running


@pytest.fixture
async def world_of_one(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


async def reserve(world: Any, connector: int = 1, *, id: int = 1, **more: Any) -> str:
    """Reserve for ABC for a minute; how that went."""
    seconds = more.pop("seconds", 60)
    payload = {
        "connectorId": connector,
        "expiryDate": (world.clock.utc_now() + timedelta(seconds=seconds)).isoformat(),
        "idTag": "ABC",
        "reservationId": id,
        **more,
    }
    status: str = (await world.call("ReserveNow", **payload))["status"]
    return status


async def cancel(world: Any, id: int) -> str:
    status: str = (await world.call("CancelReservation", reservationId=id))["status"]
    return status


def groups(world: Any, **of: str) -> None:
    world.script["Authorize"] = lambda payload: {
        "idTagInfo": {"status": "Accepted", "parentIdTag": of.get(payload["idTag"], "none")}
    }


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_a_reserved_connector_is_told_to_be_reserved(two: Any) -> None:
    status = await reserve(two)

    assert status == "Accepted"
    assert two.statuses(1) == ["Available", "Reserved"]
    assert two.statuses(2) == ["Available"]


@pytest.mark.requirement("1.6 §5.13")
@pytest.mark.requirement("1.6 ReserveNow")
async def test_5_13_a_reservation_ends_at_its_expiry(two: Any) -> None:
    await reserve(two, seconds=60)
    await two.advance(59)
    before = two.statuses(1)
    await two.advance(2)

    assert before[-1] == "Reserved"
    assert two.statuses(1)[-1] == "Available"
    assert await two.station.evse(1).token_presented(XYZ) is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_nobody_else_charges_on_a_reserved_connector(two: Any) -> None:
    await reserve(two)
    await two.hardware.arrive(SimulatedEv())
    outcome = await two.station.evse(1).token_presented(XYZ)
    await two.settle()

    assert outcome is TokenOutcome.REFUSED
    assert two.sent("StartTransaction") == []
    assert two.statuses(1)[-1] == "Reserved"
    assert await two.station.evse(2).token_presented(XYZ) is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6 §4.8")
async def test_4_8_the_start_of_a_transaction_names_the_reservation_that_it_ends(two: Any) -> None:
    await reserve(two, id=42, idTag="abc")
    await two.charge()

    [start] = two.sent("StartTransaction")
    assert start["reservationId"] == 42
    assert two.statuses(1) == ["Available", "Reserved", "Preparing", "Charging"]
    assert await cancel(two, 42) == "Rejected"


@pytest.mark.requirement("1.6 §4.8")
async def test_4_8_without_a_reservation_none_is_named(two: Any) -> None:
    await reserve(two, 2, idTag="XYZ")
    await two.charge()

    assert "reservationId" not in two.sent("StartTransaction")[0]
    assert two.statuses(2)[-1] == "Reserved"


@pytest.mark.requirement("1.6 §5.13")
@pytest.mark.requirement("1.6 §3.10")
async def test_5_13_a_member_of_the_parent_id_uses_the_reservation(two: Any) -> None:
    groups(two, ABC="G1", DEF="g1", XYZ="G2")
    await reserve(two, id=42, parentIdTag="G1")
    await two.hardware.arrive(SimulatedEv())
    stranger = await two.station.evse(1).token_presented(XYZ)
    member = await two.station.evse(1).token_presented(IdToken("DEF"))
    await two.settle()

    assert (stranger, member) == (TokenOutcome.REFUSED, TokenOutcome.ACCEPTED)
    assert [each["idTag"] for each in two.sent("Authorize")] == ["XYZ", "DEF"]
    assert two.sent("StartTransaction")[0]["reservationId"] == 42


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_parent_id_that_nobody_gave_fits_nobody(two: Any) -> None:
    groups(two, XYZ="G1")
    await reserve(two)

    assert await two.station.evse(1).token_presented(XYZ) is TokenOutcome.REFUSED


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_driver_who_does_not_plug_in_keeps_the_reservation(two: Any) -> None:
    await reserve(two, seconds=600)
    await two.station.evse(1).token_presented(ABC)
    await two.advance(121)

    assert two.statuses(1) == ["Available", "Reserved", "Preparing", "Reserved"]


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_the_same_id_replaces_the_reservation(two: Any) -> None:
    await reserve(two, 1, id=5, idTag="XYZ")
    status = await reserve(two, 2, id=5)

    assert status == "Accepted"
    assert two.statuses(1) == ["Available", "Reserved", "Available"]
    assert two.statuses(2) == ["Available", "Reserved"]
    assert await two.station.evse(2).token_presented(XYZ) is TokenOutcome.REFUSED


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_replacement_counts_until_its_own_expiry(two: Any) -> None:
    await reserve(two, id=5, seconds=60)
    await reserve(two, id=5, seconds=600)
    await two.advance(120)

    assert two.statuses(1) == ["Available", "Reserved"]


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_replacement_that_cannot_be_leaves_what_was(two: Any) -> None:
    await two.hardware.arrive(SimulatedEv(), evse=2)
    await reserve(two, 1, id=5)
    status = await reserve(two, 2, id=5)

    assert status == "Occupied"
    assert two.statuses(1)[-1] == "Reserved"


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_what_is_reserved_is_occupied(two: Any) -> None:
    await reserve(two, id=1)

    assert await reserve(two, id=2) == "Occupied"
    assert await reserve(two, id=2, idTag="XYZ") == "Occupied"


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_what_is_in_use_is_occupied(two: Any) -> None:
    await two.charge()
    charging = await reserve(two)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()
    finishing = await reserve(two)

    assert (charging, finishing) == ("Occupied", "Occupied")
    assert "Reserved" not in two.statuses(1)


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_presented_token_occupies(two: Any) -> None:
    await two.station.evse(1).token_presented(XYZ)

    assert await reserve(two) == "Occupied"


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_faulted_connector_is_not_reserved(two: Any) -> None:
    await two.station.evse(1).fault(FAULT)

    assert await reserve(two) == "Faulted"


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_an_unavailable_connector_is_not_reserved(two: Any) -> None:
    await two.call("ChangeAvailability", connectorId=1, type="Inoperative")

    assert await reserve(two, 1) == "Unavailable"
    assert await reserve(two, 2) == "Accepted"


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_a_fault_ends_the_reservation(two: Any) -> None:
    await reserve(two)
    await two.station.evse(1).fault(FAULT)
    await two.station.evse(1).fault_cleared()
    await two.settle()

    assert two.statuses(1) == ["Available", "Reserved", "Faulted", "Available"]
    assert await cancel(two, 1) == "Rejected"


@pytest.mark.requirement("1.6 §5.13")
@pytest.mark.parametrize("connector", [0, 1])
async def test_5_13_unavailability_ends_the_reservation(two: Any, connector: int) -> None:
    await reserve(two)
    await two.call("ChangeAvailability", connectorId=connector, type="Inoperative")

    assert two.statuses(1)[-1] == "Unavailable"
    assert await cancel(two, 1) == "Rejected"


@pytest.mark.requirement("1.6 §5.13")
@pytest.mark.parametrize(
    "more", [{"connector": 9}, {"seconds": -1}, {"seconds": 0}], ids=["unknown", "past", "now"]
)
async def test_5_13_what_makes_no_sense_is_rejected(two: Any, more: dict[str, Any]) -> None:
    assert await reserve(two, **more) == "Rejected"
    assert two.statuses(1) == ["Available"]


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_configured_not_to_accept_reservations_it_rejects(world: Any) -> None:
    told = (KeyValue(name="SupportedFeatureProfiles", value="Core,RemoteTrigger"),)
    async with world(Version.V16, configuration=told).running() as running:
        status = await reserve(running)

    assert status == "Rejected"


@pytest.mark.requirement("1.6 §9.3.1")
async def test_9_3_1_without_connector_0_it_rejects_it(world: Any) -> None:
    told = (KeyValue(name="ReserveConnectorZeroSupported", value="false"),)
    async with world(Version.V16, configuration=told).running() as running:
        anywhere, here = await reserve(running, 0), await reserve(running, 1)

    assert (anywhere, here) == ("Rejected", "Accepted")


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_connector_0_keeps_one_connector_free(two: Any) -> None:
    status = await reserve(two, 0, id=9)
    first = await two.station.evse(1).token_presented(XYZ)
    second = await two.station.evse(2).token_presented(IdToken("DEF"))
    owner = await two.station.evse(2).token_presented(ABC)
    await two.hardware.arrive(SimulatedEv(), evse=2)
    await two.settle()

    assert status == "Accepted"
    assert (first, second, owner) == (
        TokenOutcome.ACCEPTED,
        TokenOutcome.REFUSED,
        TokenOutcome.ACCEPTED,
    )
    assert two.sent("StartTransaction")[0]["reservationId"] == 9
    assert "Reserved" not in two.statuses(1) + two.statuses(2)
    assert two.statuses(0) == ["Available"]


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_no_more_is_reserved_than_there_is(two: Any) -> None:
    statuses = [await reserve(two, 0, id=1), await reserve(two, 1, id=2)]
    third = await reserve(two, 2, id=3), await reserve(two, 0, id=4)

    assert statuses == ["Accepted", "Accepted"]
    assert third == ("Occupied", "Occupied")


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_connector_0_is_faulted_or_unavailable_as_all_are(two: Any) -> None:
    await two.station.evse(1).fault(FAULT)
    one = await reserve(two, 0)
    await two.station.evse(2).fault(FAULT)
    none = await cancel(two, 1), await reserve(two, 0)
    await two.station.evse(1).fault_cleared()
    await two.station.evse(2).fault_cleared()
    await two.call("ChangeAvailability", connectorId=0, type="Inoperative")

    assert one == "Accepted"
    assert none == ("Rejected", "Faulted")
    assert await reserve(two, 0) == "Unavailable"


@pytest.mark.requirement("1.6 §5.13")
async def test_5_13_of_one_evse_with_two_connectors_one_is_reserved(world: Any) -> None:
    async with world(Version.V16, description=DOUBLE).running() as double:
        status = await reserve(double, 2), await reserve(double, 1, id=2)
        stranger = await double.station.evse(1).token_presented(XYZ)

        assert status == ("Accepted", "Occupied")
        assert stranger is TokenOutcome.REFUSED
        assert (double.statuses(1), double.statuses(2)[-1]) == (["Available"], "Reserved")


@pytest.mark.requirement("1.6 §5.1")
@pytest.mark.requirement("1.6 CancelReservation")
async def test_5_1_a_cancelled_reservation_gives_the_connector_free(two: Any) -> None:
    await reserve(two, id=3)
    first, again = await cancel(two, 3), await cancel(two, 3)

    assert (first, again) == ("Accepted", "Rejected")
    assert two.statuses(1) == ["Available", "Reserved", "Available"]


@pytest.mark.requirement("1.6 §5.1")
async def test_5_1_what_is_not_reserved_cannot_be_cancelled(two: Any) -> None:
    assert await cancel(two, 3) == "Rejected"


@pytest.mark.requirement("1.6 §5.11")
async def test_5_11_a_remote_start_for_another_is_rejected(two: Any) -> None:
    await reserve(two)
    answer = await two.call("RemoteStartTransaction", idTag="XYZ", connectorId=1)

    assert answer == {"status": "Rejected"}
    assert two.sent("Authorize") == []


@pytest.mark.requirement("1.6 §5.11")
async def test_5_11_a_remote_start_goes_where_it_is_reserved(two: Any) -> None:
    await two.hardware.arrive(SimulatedEv(), evse=1)
    await reserve(two, 2, id=8)
    answer = await two.call("RemoteStartTransaction", idTag="ABC")
    await two.hardware.arrive(SimulatedEv(), evse=2)
    await two.settle()

    assert answer == {"status": "Accepted"}
    [start] = two.sent("StartTransaction")
    assert (start["connectorId"], start["reservationId"]) == (2, 8)


@pytest.mark.requirement("1.6 §5.13")
@pytest.mark.parametrize(("group", "started"), [("G1", 1), ("G2", 0)])
async def test_5_13_a_remote_start_asks_for_the_parent_where_that_decides(
    two: Any, group: str, started: int
) -> None:
    groups(two, DEF=group)
    await two.call("ChangeConfiguration", key="AuthorizeRemoteTxRequests", value="false")
    await reserve(two, parentIdTag="G1")
    answer = await two.call("RemoteStartTransaction", idTag="DEF", connectorId=1)
    await two.hardware.arrive(SimulatedEv())
    await two.settle()

    assert answer == {"status": "Accepted"}
    assert two.sent("Authorize") == [{"idTag": "DEF"}]
    assert len(two.sent("StartTransaction")) == started


async def test_while_offline_a_reservation_holds_and_its_end_is_told_later(two: Any) -> None:
    await two.call("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="true")
    await reserve(two, seconds=300)
    two.down = True
    await two.drop()
    stranger = await two.station.evse(1).token_presented(XYZ)
    await two.advance(300)
    before = two.statuses(1)
    two.down = False
    await two.advance(120)

    assert stranger is TokenOutcome.REFUSED
    assert before == ["Available", "Reserved"]
    assert two.statuses(1)[-1] == "Available"


async def test_when_the_csms_sets_the_clock_forward_a_reservation_is_over(
    world_of_one: Any,
) -> None:
    await reserve(world_of_one, seconds=900)
    later = world_of_one.clock.utc_now() + timedelta(hours=1)
    world_of_one.script["Heartbeat"] = lambda _: {"currentTime": later.isoformat()}
    await world_of_one.call("TriggerMessage", requestedMessage="Heartbeat")
    await world_of_one.settle()

    assert world_of_one.statuses(1)[-1] == "Available"


@pytest.mark.parametrize(("away", "told"), [(0, "Reserved"), (600, "Available")])
async def test_a_reservation_outlasts_a_restart(
    world: Any, tmp_path: Path, away: int, told: str
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as before:
        await reserve(before, seconds=300)
    await advance(away)
    after = world(Version.V16, storage=storage)
    async with after.running():
        assert after.statuses(1)[-1] == told
        assert await cancel(after, 1) == ("Accepted" if told == "Reserved" else "Rejected")


async def test_a_used_or_cancelled_reservation_does_not_come_back(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, description=TWO, storage=storage).running() as before:
        await reserve(before, 1, id=1, seconds=3600)
        await reserve(before, 2, id=2, seconds=3600)
        await before.charge()
        await cancel(before, 2)
        await before.station.evse(1).token_presented(ABC)
        await before.hardware.depart()
        await before.settle()
    async with world(Version.V16, description=TWO, storage=storage).running() as after:
        assert after.statuses(1) == ["Available"]
        assert after.statuses(2) == ["Available"]


async def test_what_a_power_cut_left_of_a_used_reservation_ends(world: Any) -> None:
    async with world(Version.V16).running() as running:
        await running.charge()
        core = running.station._core  # the power cut's doing: the reservation was not ended yet
        await core.reservations.make(
            Reservation(
                id=5,
                expires=running.clock.utc_now() + timedelta(hours=1),
                holder="ABC",
                evse=1,
                connector=1,
            )
        )
        core.launch(core.reservations.run(), name="reservations again")
        await running.settle()

        assert await cancel(running, 5) == "Rejected"


async def test_of_what_cannot_be_taken_up_after_a_restart_the_rest_is(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, description=TWO, storage=storage).running() as before:
        await reserve(before, 1, id=1, seconds=3600)
        await reserve(before, 2, id=2, seconds=3600)
        await before.station._core.kept.put(RESERVATIONS, {"3": "{}", "4": "no JSON"})
    async with world(Version.V16, storage=storage).running() as after:  # with one EVSE less
        ended = [await cancel(after, number) for number in (1, 2, 3, 4)]

    assert ended == ["Accepted", "Rejected", "Rejected", "Rejected"]


@pytest.mark.parametrize(
    ("kind", "presented", "fits"),
    [
        (None, IdTokenKind.ISO14443, True),
        (None, IdTokenKind.CENTRAL, True),
        (IdTokenKind.ISO14443, IdTokenKind.ISO14443, True),
        (IdTokenKind.ISO14443, IdTokenKind.CENTRAL, False),
    ],
)
async def test_where_kinds_are_told_apart_the_kind_counts(
    world: Any, kind: IdTokenKind | None, presented: IdTokenKind, fits: bool
) -> None:
    expires = world(Version.V16).clock.utc_now()
    reservation = Reservation(id=1, expires=expires, holder="abc", kind=kind)

    assert reservation.is_for(IdToken("ABC", presented)) is fits
    assert not reservation.is_for(IdToken("ABD", presented))
