"""Who may begin to charge while a reset is under way, or waits for others to finish."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import EvseDescription, IdToken, StationDescription, TokenOutcome
from ocppkit.station.reservations import Reservation

V16, V201 = Version.V16, Version.V201
BOTH = pytest.mark.parametrize("version", list(Version))
RESET = {V16: "Soft", V201: "Immediate"}
START = {
    V16: ("RemoteStartTransaction", {"connectorId": 2, "idTag": "XYZ"}),
    V201: (
        "RequestStartTransaction",
        {"evseId": 2, "remoteStartId": 1, "idToken": {"idToken": "XYZ", "type": "Central"}},
    ),
}
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
ABC, XYZ = IdToken("ABC"), IdToken("XYZ")


def told(it: Any, evse: int) -> list[str]:
    """What a 2.0.1 station told of the connector of an EVSE."""
    sent = it.sent("StatusNotification")
    return [each["connectorStatus"] for each in sent if each["evseId"] == evse]


@BOTH
@pytest.mark.requirement("1.6 §5.14", "B12.FR.04")
async def test_nobody_begins_while_a_reset_waits_for_the_csms(world: Any, version: Version) -> None:
    it = world(version, description=TWO)
    async with it.running():
        await it.charge()
        it.script["StopTransaction"] = it.script["TransactionEvent"] = lambda _: None
        await it.call("Reset", type=RESET[version])
        await it.hardware.arrive(SimulatedEv(), evse=2)
        shown = await it.station.evse(2).token_presented(XYZ)
        action, payload = START[version]
        remote = await it.call(action, **payload)
        meanwhile = it.station.evse(2).transaction

        assert shown is TokenOutcome.REFUSED
        assert remote["status"] == "Rejected"
        assert meanwhile is None


@BOTH
@pytest.mark.requirement("1.6 §5.14", "B11.FR.04")
async def test_after_a_reset_drivers_may_begin_again(world: Any, version: Version) -> None:
    it = world(version, description=TWO)
    async with it.running():
        await it.call("Reset", type=RESET[version])
        await it.advance(30)
        shown = await it.station.evse(2).token_presented(XYZ)

        assert shown is TokenOutcome.ACCEPTED


@pytest.mark.requirement("B12.FR.01")
async def test_until_a_scheduled_reset_what_is_free_is_unavailable(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await it.charge()
        answer = await it.call("Reset", type="OnIdle")
        shown = await it.station.evse(2).token_presented(XYZ)
        during = told(it, 1)[-1], told(it, 2)[-1]
        await it.station.evse(1).token_presented(ABC)
        await it.advance(30)

        assert answer["status"] == "Scheduled"
        assert shown is TokenOutcome.REFUSED
        assert during == ("Occupied", "Unavailable")
        assert it.sent("BootNotification")[-1]["reason"] == "ScheduledReset"
        assert told(it, 2) == ["Available", "Unavailable", "Available"]


@pytest.mark.requirement("B12.FR.01", "B11.FR.05")
async def test_a_reservation_outlasts_a_scheduled_reset(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        reservations = it.station.core.reservations
        until = it.clock.utc_now() + timedelta(hours=1)
        wanted = Reservation(id=1, evse=2, holder="XYZ", expires=until)
        await reservations.make(wanted)
        await it.charge()
        await it.call("Reset", type="OnIdle")
        during = reservations.holds(2, 1)
        await it.station.evse(1).token_presented(ABC)
        await it.advance(30)

        assert during
        assert it.sent("BootNotification")[-1]["reason"] == "ScheduledReset"
        assert reservations.holds(2, 1)


@pytest.mark.requirement("B12.FR.01", "G03.FR.05")
async def test_a_scheduled_reset_puts_nothing_out_of_use_for_the_csms(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await it.charge()
        await it.call("Reset", type="OnIdle")
        answer = await it.call("ChangeAvailability", operationalStatus="Operative")

        assert answer["status"] == "Accepted"


@pytest.mark.requirement("B12.FR.01", "E01.FR.02")
async def test_a_cable_begins_no_transaction_before_a_scheduled_reset_but_after_it(
    world: Any,
) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        points = await it.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
        await it.charge()
        await it.call("Reset", type="OnIdle")
        await it.hardware.arrive(SimulatedEv(), evse=2)
        await it.settle()
        during = it.station.evse(2).transaction
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.depart()
        await it.advance(30)

        assert points == "Accepted"
        assert during is None
        assert it.station.evse(2).transaction is not None
        assert it.events()[-1] == ("Started", "CablePluggedIn")
