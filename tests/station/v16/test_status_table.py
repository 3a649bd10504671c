"""The table of status transitions of 1.6, and what else is told with a status (1.6 §4.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    Offer,
    StationDescription,
)
from ocppkit.testing import START

from ..power import Plant, virtual

ABC = IdToken("ABC")
FAULT = Fault(kind=FaultKind.GROUND_FAILURE)
FULL: Final[dict[str, Any]] = {"battery_wh": 1000, "stored_wh": 999.9, "start_delay": 1}

AVAILABLE = "Available"
PREPARING = "Preparing"
CHARGING = "Charging"
SUSPENDED_EV = "SuspendedEV"
SUSPENDED_EVSE = "SuspendedEVSE"
FINISHING = "Finishing"
RESERVED = "Reserved"
UNAVAILABLE = "Unavailable"
FAULTED = "Faulted"

ROWS = dict(
    zip(
        "ABCDEFGHI",
        (
            AVAILABLE,
            PREPARING,
            CHARGING,
            SUSPENDED_EV,
            SUSPENDED_EVSE,
            FINISHING,
            RESERVED,
            UNAVAILABLE,
            FAULTED,
        ),
        strict=True,
    )
)
COLUMNS = dict(zip("123456789", ROWS.values(), strict=True))

TABLE = {
    row + column
    for row, columns in {
        "A": "2345789",
        "B": "134569",
        "C": "145689",
        "D": "135689",
        "E": "134689",
        "F": "1289",
        "G": "1289",
        "H": "123459",
        "I": "12345678",
    }.items()
    for column in columns
}
"""All cells that the table has, B6 by errata 3.20."""

IMPOSSIBLE = {
    **dict.fromkeys(["A3", "A4", "A5"], "nobody charges without being authorized"),
    **dict.fromkeys(["H3", "H4", "H5"], "the same: whoever is there has to show a token first"),
    **dict.fromkeys(["I3", "I4", "I5"], "a fault ends the transaction: I6 follows"),
    "I7": "a fault ends the reservation (1.6 §5.13): I1 follows",
}
"""What this station never does, and why."""


class Visit:
    """A station, and what happens at its only connector."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.evse = world.station.evse(1)

    async def plug(self, **ev: Any) -> None:
        await self.world.hardware.arrive(SimulatedEv(**{"start_delay": 1, **ev}))
        await self.world.settle()

    async def token(self) -> None:
        await self.evse.token_presented(ABC)
        await self.world.advance(2)

    async def leave(self) -> None:
        await self.evse.unplugged()
        await self.world.settle()

    async def fault(self) -> None:
        await self.evse.fault(FAULT)
        await self.world.settle()

    async def cleared(self) -> None:
        await self.evse.fault_cleared()
        await self.world.settle()

    async def inoperative(self) -> None:
        await self.world.call("ChangeAvailability", connectorId=1, type="Inoperative")

    async def operative(self) -> None:
        await self.world.call("ChangeAvailability", connectorId=1, type="Operative")

    async def limit(self, power_w: float | None) -> None:
        await self.evse.limit(Offer(power_w=power_w))
        await self.world.advance(2)

    async def suspend(self) -> None:
        await self.evse.ev_suspended()
        await self.world.settle()

    async def resume(self) -> None:
        await self.evse.ev_resumed()
        await self.world.settle()

    async def charge(self) -> None:
        await self.plug()
        await self.token()

    async def charge_nothing(self) -> None:
        """Charge, but the EV takes none."""
        await self.charge()
        await self.suspend()

    async def charge_limited(self) -> None:
        await self.charge()
        await self.limit(0)

    async def finish(self) -> None:
        await self.charge()
        await self.token()

    async def wait(self) -> None:
        await self.world.advance(121)

    async def remote_stop(self) -> None:
        await self.world.call("RemoteStopTransaction", transactionId=7)

    async def profile_of_nothing(self) -> None:
        profile = {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "startSchedule": START.isoformat(),
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0}],
            },
        }
        await self.world.call("SetChargingProfile", connectorId=0, csChargingProfiles=profile)

    async def clear_profiles(self) -> None:
        await self.world.call("ClearChargingProfile")

    async def reserve(self) -> None:
        until = (START + timedelta(hours=1)).isoformat()
        await self.world.call(
            "ReserveNow", connectorId=1, expiryDate=until, idTag="ABC", reservationId=5
        )

    async def cancel(self) -> None:
        await self.world.call("CancelReservation", reservationId=5)

    async def expire(self) -> None:
        await self.world.advance(3601)

    async def charge_hesitantly(self) -> None:
        """The EV could charge, but has not begun to."""
        await self.plug(start_delay=10_000)
        await self.token()

    async def no_demand(self) -> None:
        await self.world.hardware.ev_power(1, 0)
        await self.world.settle()


Step = Callable[[Visit], Awaitable[None]]
V = Visit

SCENARIOS: list[tuple[str, str, list[Step], list[Step]]] = [
    ("A2", "plugged in", [], [V.plug]),
    ("A2", "a token", [], [V.token]),
    ("A7", "reserved", [], [V.reserve]),
    ("A8", "out of use", [], [V.inoperative]),
    ("A9", "a fault", [], [V.fault]),
    ("B1", "unplugged", [V.plug], [V.leave]),
    ("B1", "nobody plugs in", [V.token], [V.wait]),
    ("B1", "the token again", [V.token], [V.token]),
    ("B3", "all is there", [V.plug], [V.token]),
    ("B4", "the EV", [V.charge_hesitantly], [V.suspend]),
    ("B5", "a limit of nothing", [V.profile_of_nothing, V.plug], [V.token]),
    ("B6", "nobody comes for the cable", [V.plug], [V.wait]),
    ("B9", "a fault", [V.plug], [V.fault]),
    ("C1", "unplugged", [V.charge], [V.leave]),
    ("C4", "the EV", [V.charge], [V.suspend]),
    ("C5", "a charging profile", [V.charge], [V.profile_of_nothing]),
    ("C5", "the equipment", [V.charge], [lambda v: v.limit(0)]),
    ("C6", "the token", [V.charge], [V.token]),
    ("C6", "a remote stop", [V.charge], [V.remote_stop]),
    ("C8", "unplugged", [V.charge, V.inoperative], [V.leave]),
    ("C9", "a fault", [V.charge], [V.fault]),
    ("D1", "unplugged", [V.charge_nothing], [V.leave]),
    ("D3", "the EV", [V.charge_nothing], [V.resume]),
    ("D5", "a charging profile", [V.charge_nothing], [V.profile_of_nothing]),
    ("D6", "a remote stop", [V.charge_nothing], [V.remote_stop]),
    ("D8", "unplugged", [V.charge_nothing, V.inoperative], [V.leave]),
    ("D9", "a fault", [V.charge_nothing], [V.fault]),
    ("E1", "unplugged", [V.charge_limited], [V.leave]),
    ("E3", "the limit goes", [V.charge_limited], [lambda v: v.limit(None)]),
    ("E3", "the profile goes", [V.charge, V.profile_of_nothing], [V.clear_profiles, V.resume]),
    (
        "E4",
        "the limit goes",
        [V.charge, V.no_demand, lambda v: v.limit(0)],
        [lambda v: v.limit(None)],
    ),
    ("E6", "the token", [V.charge_limited], [V.token]),
    ("E8", "unplugged", [V.charge_limited, V.inoperative], [V.leave]),
    ("E9", "a fault", [V.charge_limited], [V.fault]),
    ("F1", "unplugged", [V.finish], [V.leave]),
    ("F8", "unplugged", [V.finish, V.inoperative], [V.leave]),
    ("F9", "a fault", [V.finish], [V.fault]),
    ("G1", "cancelled", [V.reserve], [V.cancel]),
    ("G1", "expired", [V.reserve], [V.expire]),
    ("G2", "its token", [V.reserve], [V.token]),
    ("G8", "out of use, which ends it", [V.reserve], [V.inoperative]),
    ("G9", "a fault", [V.reserve], [V.fault]),
    ("H1", "in use again", [V.inoperative], [V.operative]),
    ("H2", "a cable is there", [V.inoperative, V.plug], [V.operative]),
    ("H9", "a fault", [V.inoperative], [V.fault]),
    ("I1", "right again", [V.fault], [V.cleared]),
    ("I1", "unplugged meanwhile", [V.charge, V.fault, V.leave], [V.cleared]),
    ("I2", "right again", [V.plug, V.fault], [V.cleared]),
    ("I6", "right again", [V.charge, V.fault], [V.cleared]),
    ("I1", "which ended a reservation", [V.reserve, V.fault], [V.cleared]),
    ("I8", "right again", [V.inoperative, V.fault], [V.cleared]),
    ("I8", "out of use meanwhile", [V.fault, V.inoperative], [V.cleared]),
]


@pytest.fixture
async def one(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


@pytest.mark.parametrize(
    ("cell", "before", "steps"),
    [
        pytest.param(cell, before, steps, id=f"{cell}, {why}")
        for cell, why, before, steps in SCENARIOS
    ],
)
@pytest.mark.requirement("1.6 §4.9")
@pytest.mark.requirement("1.6 errata 3.19")
async def test_4_9_status_transition_is_told(
    one: Any, cell: str, before: list[Step], steps: list[Step]
) -> None:
    visit = Visit(one)
    for step in before:
        await step(visit)
    already = one.statuses()
    for step in steps:
        await step(visit)

    assert already[-1] == ROWS[cell[0]]
    assert one.statuses()[len(already) :] == [COLUMNS[cell[1]]]


def test_4_9_status_of_each_cell_is_tried_or_cannot_be() -> None:
    tried = {cell for cell, *_ in SCENARIOS} | {"F2"}

    assert tried | IMPOSSIBLE.keys() == TABLE
    assert not tried & IMPOSSIBLE.keys()


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_status_transition_f2_makes_another_transaction(one: Any) -> None:
    visit = Visit(one)
    await visit.finish()
    already = one.statuses()
    await visit.token()

    assert already[-1] == FINISHING
    assert one.statuses()[len(already) :] == [PREPARING, CHARGING]
    assert len(one.sent("StartTransaction")) == 2


# Connector 0


async def test_4_9_status_of_connector_0_has_nothing_to_do_with_the_others(one: Any) -> None:
    visit = Visit(one)
    for step in (V.charge, V.suspend, V.fault, V.cleared, V.leave, V.inoperative, V.operative):
        await step(visit)
    alone = one.statuses(0)
    await one.call("ChangeAvailability", connectorId=0, type="Inoperative")
    await one.call("ChangeAvailability", connectorId=0, type="Operative")

    assert alone == [AVAILABLE]
    assert one.statuses(0) == [AVAILABLE, UNAVAILABLE, AVAILABLE]


# Faults


def told(it: Any) -> list[tuple[str, str]]:
    """Status and error code of connector 1, in order."""
    return [
        (each["status"], each["errorCode"])
        for each in it.sent("StatusNotification")
        if each["connectorId"] == 1
    ]


async def test_4_9_status_tells_each_of_several_faults_and_those_that_are_left(one: Any) -> None:
    evse = one.station.evse(1)
    await evse.fault(Fault(kind=FaultKind.GROUND_FAILURE))
    await evse.fault(Fault(kind=FaultKind.HIGH_TEMPERATURE))
    await evse.fault(Fault(kind=FaultKind.GROUND_FAILURE))
    await one.settle()
    both = told(one)[1:]
    await evse.fault_cleared(kind=FaultKind.HIGH_TEMPERATURE)
    await one.settle()
    refused = await evse.token_presented(ABC)
    await evse.fault_cleared(kind=FaultKind.GROUND_FAILURE)
    await one.settle()

    assert both == [(FAULTED, "GroundFailure"), (FAULTED, "HighTemperature")]
    assert refused == "refused"
    assert told(one)[3:] == [(FAULTED, "GroundFailure"), (AVAILABLE, "NoError")]


async def test_4_9_status_faults_that_all_go_at_once_are_one_change(one: Any) -> None:
    evse = one.station.evse(1)
    await evse.fault(Fault(kind=FaultKind.GROUND_FAILURE))
    await evse.fault(Fault(kind=FaultKind.HIGH_TEMPERATURE))
    await one.settle()
    before = len(told(one))
    await evse.fault_cleared()
    await one.settle()

    assert told(one)[before:] == [(AVAILABLE, "NoError")]


async def test_4_9_status_tells_a_fault_anew_where_more_is_known_of_it(one: Any) -> None:
    evse = one.station.evse(1)
    await evse.fault(Fault(kind=FaultKind.GROUND_FAILURE))
    await evse.fault(Fault(kind=FaultKind.GROUND_FAILURE, info="30 mA"))
    await one.settle()

    assert [each.get("info") for each in one.sent("StatusNotification")[2:]] == [None, "30 mA"]
    assert [each.info for each in evse.connectors[1].faults] == ["30 mA"]


WARNING = Fault(kind=FaultKind.EV_COMMUNICATION_ERROR)


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ([V.plug], PREPARING),
        ([V.charge_nothing], SUSPENDED_EV),
        ([V.charge_limited], SUSPENDED_EVSE),
        ([V.finish], FINISHING),
    ],
)
@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_status_beside_a_communication_error_is_no_fault(
    one: Any, before: list[Step], status: str
) -> None:
    visit = Visit(one)
    for step in before:
        await step(visit)
    stops = len(one.sent("StopTransaction"))
    await visit.evse.fault(WARNING)
    await one.settle()

    assert told(one)[-1] == (status, "EVCommunicationError")
    assert len(one.sent("StopTransaction")) == stops


@pytest.mark.parametrize(
    ("before", "status"),
    [([], AVAILABLE), ([V.charge], CHARGING), ([V.inoperative], UNAVAILABLE), ([V.fault], FAULTED)],
)
@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_status_in_which_a_communication_error_is_not_told(
    one: Any, before: list[Step], status: str
) -> None:
    visit = Visit(one)
    for step in before:
        await step(visit)
    already = told(one)
    await visit.evse.fault(WARNING)
    await one.settle()

    assert told(one) == already
    assert already[-1][0] == status


# Minimum status duration


async def set_duration(it: Any, seconds: int) -> None:
    await it.call("ChangeConfiguration", key="MinimumStatusDuration", value=str(seconds))


@pytest.mark.requirement("1.6 §9.1.20")
async def test_4_9_status_is_told_once_it_has_lasted_with_the_time_of_its_change(one: Any) -> None:
    await set_duration(one, 10)
    await Visit(one).plug()
    await one.advance(9.5)
    early = one.statuses()
    await one.advance(0.5)

    assert (early, one.statuses()) == ([AVAILABLE], [AVAILABLE, PREPARING])
    at = datetime.fromisoformat(one.sent("StatusNotification")[-1]["timestamp"])
    assert at == START


@pytest.mark.requirement("1.6 §9.1.20")
async def test_4_9_status_that_did_not_last_is_not_told(one: Any) -> None:
    await set_duration(one, 10)
    visit = Visit(one)
    await visit.charge()
    await one.advance(20)
    lasted = one.statuses()
    await visit.suspend()
    await one.advance(5)
    await visit.resume()
    await one.advance(50)

    assert lasted == [AVAILABLE, CHARGING]
    assert one.statuses() == lasted


@pytest.mark.requirement("1.6 §9.1.20")
async def test_4_9_status_waits_anew_with_each_change(one: Any) -> None:
    await set_duration(one, 10)
    visit = Visit(one)
    await visit.charge()
    await one.advance(20)
    for _ in range(4):
        await visit.suspend()
        await one.advance(6)
        await visit.limit(0)
        await one.advance(4)
        await visit.limit(None)
    flickering = one.statuses()
    await visit.suspend()
    await one.advance(10)

    assert flickering == [AVAILABLE, CHARGING]
    assert one.statuses() == [AVAILABLE, CHARGING, SUSPENDED_EV]


@pytest.mark.requirement("1.6 §9.1.20")
async def test_4_9_status_of_one_connector_does_not_wait_for_another(world: Any) -> None:
    two = StationDescription(vendor="v", model="m", evses=(EvseDescription(),) * 2)
    it = world(Version.V16, two)
    async with it.running():
        await set_duration(it, 10)
        await it.station.evse(1).plugged_in()
        await it.advance(1)
        await it.station.evse(2).plugged_in()
        await it.advance(5)
        await it.station.evse(1).fault(FAULT)
        await it.advance(5)

        assert (it.statuses(1), it.statuses(2)) == ([AVAILABLE], [AVAILABLE, PREPARING])

        await it.advance(5)

        assert it.statuses(1) == [AVAILABLE, FAULTED]


@pytest.mark.requirement("1.6 §9.1.20")
async def test_4_9_status_need_not_wait_any_longer_once_the_key_says_so(one: Any) -> None:
    await set_duration(one, 1000)
    await Visit(one).plug()
    await one.advance(20)
    before = one.statuses()
    await set_duration(one, 20)

    assert (before, one.statuses()) == ([AVAILABLE], [AVAILABLE, PREPARING])


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_status_after_a_reconnect_is_told_at_once_where_it_is_another(one: Any) -> None:
    await set_duration(one, 1000)
    one.down = True
    await one.drop()
    await Visit(one).plug()
    one.down = False
    await one.advance(100)

    assert one.statuses() == [AVAILABLE, PREPARING]
    assert one.statuses(0) == [AVAILABLE]


@virtual
async def test_4_9_status_duration_outlasts_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, Version.V16)
    async with plant.live() as station:
        await station.wait_online()
        await plant.ledger.call("ChangeConfiguration", key="MinimumStatusDuration", value="10")
    async with plant.live() as station:
        await station.wait_online()
        answer = await plant.ledger.call("GetConfiguration", key=["MinimumStatusDuration"])

    assert answer["configurationKey"][0]["value"] == "10"
