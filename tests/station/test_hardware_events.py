"""What equipment reports: repeated, in odd orders, and from inside its own methods."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, TokenOutcome
from ocppkit.station.calling import TokenFromInside
from ocppkit.station.hardware import (
    ConnectorDescription,
    EvseDescription,
    Offer,
    SecurityEvent,
    StationDescription,
)

ABC, XYZ = IdToken("ABC"), IdToken("XYZ")
FAULT = Fault(kind=FaultKind.GROUND_FAILURE)
TWO = StationDescription(
    vendor="ocppkit",
    model="Two",
    evses=(
        EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),
        EvseDescription(),
    ),
)


@pytest.fixture
async def station(world: Any) -> Any:
    return world(Version.V201)


@pytest.fixture
async def two(world: Any) -> Any:
    return world(Version.V201, description=TWO)


async def test_reports_may_be_repeated(station: Any) -> None:
    async with station.running():
        evse = station.station.evse(1)
        await evse.token_presented(ABC)
        for report in (
            evse.plugged_in,
            evse.ev_resumed,
            evse.ev_suspended,
            evse.station_suspended,
            evse.station_resumed,
            evse.unplugged,
        ):
            await report()
            await station.settle()
            before = len(station.calls)
            await report()
            await station.settle()

            assert len(station.calls) == before, report.__name__


async def test_a_repeated_fault_ends_nothing_again(station: Any) -> None:
    async with station.running():
        await station.charge()
        evse = station.station.evse(1)
        await evse.fault(FAULT, connector=1)
        await evse.fault(FAULT, connector=1)
        await station.settle()
        await evse.fault_cleared()
        await evse.fault_cleared()
        await station.settle()

    assert [kind for kind, _ in station.events()].count("Ended") == 1
    assert station.statuses()[-2:] == ["Faulted", "Occupied"]


@pytest.mark.parametrize(
    "reports",
    [
        ("ev_suspended", "ev_resumed", "unplugged"),
        ("station_resumed", "unplugged", "fault_cleared"),
        ("station_suspended", "ev_resumed", "station_resumed"),
    ],
)
async def test_reports_before_the_cable_change_nothing(
    station: Any, reports: tuple[str, ...]
) -> None:
    async with station.running():
        before = list(station.calls)
        for report in reports:
            await getattr(station.station.evse(1), report)()
        await station.settle()
        after = list(station.calls)
        await station.charge()

    assert after == before
    assert ("Updated", "ChargingStateChanged") in station.events()


async def test_a_connector_that_does_not_exist_is_a_programming_fault(station: Any) -> None:
    async with station.running():
        evse = station.station.evse(1)
        for report in (evse.plugged_in, evse.unplugged):
            with pytest.raises(ValueError, match="connectors 1 to 1, not 2"):
                await report(2)
        with pytest.raises(ValueError, match="connectors 1 to 1, not 0"):
            await evse.fault(FAULT, connector=0)


async def test_a_second_ev_waits_until_the_first_one_is_gone(two: Any) -> None:
    async with two.running():
        evse = two.station.evse(1)
        await evse.plugged_in(2)
        await evse.token_presented(ABC)
        await evse.plugged_in(1)
        used = evse.in_use
        await evse.unplugged(2)

        assert used == 2
        assert evse.in_use == 1
        assert evse.authorization is None


async def test_an_ev_that_goes_while_it_waits_ends_nothing(two: Any) -> None:
    async with two.running():
        evse = two.station.evse(1)
        await evse.plugged_in(1)
        await evse.token_presented(ABC)
        await evse.plugged_in(2)
        await evse.unplugged(2)

        assert evse.transaction is not None


@pytest.mark.parametrize("method", ["allow_charging", "lock", "meter"])
async def test_reports_from_inside_a_method_take_effect_after_it(station: Any, method: str) -> None:
    real = getattr(station.hardware, method)
    inside = []

    async def talkative(*args: Any) -> Any:
        result = await real(*args)
        evse = station.station.evse(1)
        await evse.ev_resumed()
        await asyncio.gather(evse.plugged_in(), evse.fault_cleared())
        inside.append(evse.state)
        return result

    setattr(station.hardware, method, talkative)
    async with station.running():
        async with asyncio.timeout(2):
            await station.station.evse(1).plugged_in()
            await station.station.evse(1).token_presented(ABC)
        await station.settle()

        assert inside
        if method == "allow_charging":
            assert station.station.evse(1).state == "Charging"


async def test_a_fault_from_inside_a_method_ends_the_session(station: Any) -> None:
    async def broken(*_: Any) -> None:
        await station.station.evse(1).fault(FAULT)
        raise RuntimeError("no relay")

    station.hardware.allow_charging = broken
    async with station.running():
        await station.station.evse(1).plugged_in()
        await station.station.evse(1).token_presented(ABC)
        await station.settle()

    assert [kind for kind, _ in station.events()] == ["Started", "Updated", "Ended"]


async def test_a_token_from_inside_a_method_fails_fast(station: Any) -> None:
    raised: list[BaseException] = []

    async def greedy(*_: Any) -> bool:
        try:
            await station.station.token_presented(ABC)
        except TokenFromInside as error:
            raised.append(error)
        return True

    station.hardware.lock = greedy
    async with station.running():
        await station.station.evse(1).plugged_in()
        await station.station.evse(1).token_presented(ABC)

    assert "from inside the hardware's lock" in str(raised[0])


async def test_a_token_from_a_task_of_a_method_is_judged(station: Any) -> None:
    judged: list[Any] = []

    async def forgetful(*_: Any) -> bool:
        judged.append(asyncio.ensure_future(station.station.evse(1).token_presented(ABC)))
        return True

    station.hardware.lock = forgetful
    async with station.running():
        await station.station.evse(1).plugged_in()
        await station.station.evse(1).token_presented(ABC)

        assert await judged[0] is TokenOutcome.STOPPED


@pytest.mark.parametrize("version", list(Version))
async def test_the_station_side_suspends_and_goes_on(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        evse = it.station.evse(1)
        await it.hardware.pause(1)
        await it.settle()
        paused, offered = evse.state, it.hardware.status()["evses"][0]["offer"]
        await it.hardware.resume(1)
        await it.advance(1)

        assert paused == "SuspendedEVSE"
        assert offered is None
        assert evse.state == "Charging"
        assert evse.transaction is not None


async def test_who_starts_while_the_station_side_suspends_is_told(station: Any) -> None:
    async with station.running():
        await station.hardware.pause(1)
        await station.charge()

    states = [each["transactionInfo"]["chargingState"] for each in station.sent("TransactionEvent")]
    assert states == ["EVConnected", "EVConnected", "SuspendedEVSE"]


async def test_a_limit_reaches_the_ev_and_nothing_at_all_suspends(station: Any) -> None:
    async with station.running():
        await station.charge()
        evse = station.station.evse(1)
        await evse.limit(Offer(power_w=5000))
        limited = station.hardware.status()["evses"][0]["meter"]["power_w"]
        await evse.limit(Offer(current_a=0))
        stopped, state = station.hardware.status()["evses"][0]["meter"]["power_w"], evse.state
        await evse.limit(Offer())
        await station.advance(1)

        assert limited == 5000
        assert (stopped, state) == (0, "SuspendedEVSE")
        assert evse.state == "Charging"


@pytest.mark.requirement("G05.FR.01")
async def test_without_a_lock_nobody_charges(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        it.hardware.lock_behaviour(evse=1, works=False)
        await it.hardware.arrive(SimulatedEv())
        refused = await it.station.evse(1).token_presented(ABC)
        await it.settle()
        started, status = it.sent("StartTransaction"), it.sent("StatusNotification")[-1]
        it.hardware.lock_behaviour(evse=1, works=True)
        await it.hardware.depart()
        await it.hardware.arrive(SimulatedEv())
        accepted = await it.station.evse(1).token_presented(ABC)

    assert (refused, accepted) == (TokenOutcome.REFUSED, TokenOutcome.ACCEPTED)
    assert started == []
    assert (status["status"], status["errorCode"]) == ("Faulted", "ConnectorLockFailure")


async def test_a_power_path_that_does_not_open_is_a_fault(station: Any) -> None:
    async def stuck(*_: object) -> None:
        raise RuntimeError("welded")

    async with station.running():
        await station.charge()
        station.hardware.stop_charging = stuck
        await station.station.evse(1).token_presented(ABC)
        await station.settle()

    assert station.statuses()[-1] == "Faulted"


async def test_an_ev_that_is_there_at_the_start_is_seen(station: Any) -> None:
    await station.hardware.arrive(SimulatedEv())
    async with station.running():
        await station.settle()

    assert station.statuses()[-1] == "Occupied"


async def test_one_token_twice_in_a_row_starts_and_stops(station: Any) -> None:
    async with station.running():
        await station.station.evse(1).plugged_in()
        outcomes = await asyncio.gather(
            station.station.token_presented(ABC), station.station.token_presented(ABC)
        )

    assert list(outcomes) == [TokenOutcome.ACCEPTED, TokenOutcome.STOPPED]


async def test_a_reader_finds_the_evse_that_is_meant(two: Any) -> None:
    async with two.running():
        await two.station.evse(2).plugged_in()
        await two.station.token_presented(ABC)
        second = two.station.evse(2).authorization
        await two.station.token_presented(XYZ)
        first = two.station.evse(1).authorization
        stopped = await two.station.token_presented(ABC)

        assert second is not None
        assert second.token == ABC
        assert first is not None
        assert first.token == XYZ
        assert stopped is TokenOutcome.STOPPED
        assert two.station.evse(2).authorization is None


async def test_a_reader_serves_evses_that_exist(station: Any) -> None:
    async with station.running():
        for wrong in ([], [2], [0, 1]):
            with pytest.raises(ValueError, match="EVSEs 1 to 1"):
                await station.station.token_presented(ABC, evses=wrong)


async def test_security_events_go_to_who_wants_them(station: Any) -> None:
    told: list[SecurityEvent] = []

    async def sink(event: SecurityEvent) -> None:
        told.append(event)

    async with station.running():
        station.station._core.equipment.on_security_event(sink)
        await station.station.security_event(SecurityEvent(type="InvalidLogin"))
        await station.station.door(open=True)
        await station.station.door(open=True)
        await station.station.door(open=False)
        await station.station.temperature(41.5, evse=1)

        assert [each.type for each in told] == ["InvalidLogin", "TamperDetectionActivated"]
        assert station.station._core.equipment.temperature_c == {1: 41.5}


async def test_every_cable_is_locked_anew_even_after_a_failure(station: Any) -> None:
    locked: list[tuple[int, int]] = []

    async def lock(evse: int, connector: int) -> bool:
        locked.append((evse, connector))
        return True

    async def broken(*_: Any) -> None:
        raise RuntimeError("no relay")

    station.hardware.lock = lock
    station.hardware.allow_charging = broken
    async with station.running():
        for _ in range(2):
            await station.charge()
            await station.hardware.depart()

    assert locked == [(1, 1), (1, 1)]


async def test_a_fault_that_is_there_at_the_start_is_seen(station: Any) -> None:
    await station.hardware.set_fault(FAULT, evse=1, connector=1)
    async with station.running():
        refused = await station.station.evse(1).token_presented(ABC)

    assert refused is TokenOutcome.REFUSED
    assert station.statuses()[-1] == "Faulted"
