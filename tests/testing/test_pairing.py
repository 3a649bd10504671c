from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.connection import Direction, Kind, Passed
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import Environment, IdToken, StationConfig, TokenOutcome
from ocppkit.testing import START, VirtualClock, advance, connected, run_virtual

DAY = 24 * 3600
BOTH = pytest.mark.parametrize("version", list(Version))
Trace = list[tuple[float, Direction, Kind, str, Any]]


def hardware(environment: Environment) -> SimulatedHardware:
    return SimulatedHardware(environment=environment)


def config(version: Version) -> StationConfig:
    return StationConfig(identity="CS001", csms_url="ws://nowhere", versions=(version,))


async def day(version: Version) -> Trace:
    clock = VirtualClock()
    trace: Trace = []

    def observe(passed: Passed) -> None:
        told = (passed.direction, passed.kind, passed.action or "", passed.payload)
        trace.append((clock.monotonic(), *told))

    async with connected(config(version), hardware=hardware, observer=observe):
        await advance(DAY)
    return trace


@BOTH
def test_a_day_of_heartbeats_is_exactly_that_and_quick(version: Version) -> None:
    begin = time.monotonic()
    trace = run_virtual(day(version))
    took = time.monotonic() - begin

    sent = [(at, action) for at, way, kind, action, _ in trace if way is Direction.SENT]
    statuses = 2 if version is Version.V16 else 1  # 1.6 tells of the charge point, too
    assert sent == [
        (0, "BootNotification"),
        *[(0, "SecurityEventNotification")] * (version is Version.V201),  # of the start
        *[(0, "StatusNotification")] * statuses,
        *[(300.0 * number, "Heartbeat") for number in range(1, DAY // 300 + 1)],
    ]
    assert [kind for *_, kind, _, _ in trace] == [Kind.CALL, Kind.CALLRESULT] * len(sent)
    assert took < 5


@BOTH
def test_a_csms_tells_the_virtual_time(version: Version) -> None:
    trace = run_virtual(day(version))

    *_, answer = trace[-1]
    told = datetime.fromisoformat(answer["currentTime"])
    assert (told - START).total_seconds() == DAY


@BOTH
def test_two_days_are_the_same_to_the_last_payload(version: Version) -> None:
    assert run_virtual(day(version)) == run_virtual(day(version))


@pytest.mark.virtual_time
@BOTH
async def test_a_whole_charging_session_in_memory(version: Version) -> None:
    equipment: list[SimulatedHardware] = []

    def keep(environment: Environment) -> SimulatedHardware:
        equipment.append(hardware(environment))
        return equipment[0]

    async with connected(config(version), hardware=keep) as it:
        [simulated] = equipment
        simulated.attach(it.station)
        await it.station.wait_online()
        await simulated.arrive(SimulatedEv(battery_wh=60_000, stored_wh=20_000))
        started = await it.station.evse(1).token_presented(IdToken("04E1A2B3"))
        await advance(3601)
        stopped = await it.station.evse(1).token_presented(IdToken("04E1A2B3"))
        await simulated.depart()
        await it.station.wait_delivered()
        [transaction] = it.csms.record("CS001").transactions

    assert (started, stopped) == (TokenOutcome.ACCEPTED, TokenOutcome.STOPPED)
    assert transaction.started_at is not None
    assert transaction.ended_at is not None
    assert (transaction.ended_at - transaction.started_at).total_seconds() == 3601
    assert len(transaction.meter_values) >= 60


@pytest.mark.virtual_time
@BOTH
async def test_the_csms_calls_the_station(version: Version) -> None:
    asked: dict[Version, Any] = {
        Version.V16: v16.TriggerMessageRequest(requested_message=v16.MessageTrigger.HEARTBEAT),
        Version.V201: v201.TriggerMessageRequest(
            requested_message=v201.MessageTriggerEnumType.HEARTBEAT
        ),
    }
    async with connected(config(version), hardware=hardware) as it:
        station = await it.csms.wait_for("CS001")
        await it.station.wait_online()
        answer = await station.call(asked[version])

    assert answer.status == "Accepted"


@pytest.mark.virtual_time
async def test_after_a_cut_the_station_dials_again_with_back_off() -> None:
    async with connected(config(Version.V201), hardware=hardware) as it:
        await it.station.wait_online()
        it.network.down = True
        it.network.cut("CS001")
        dials = []
        for wait in (0, 5, 10, 20):
            await advance(wait)
            dials.append(it.network.dials)
        offline = it.csms.stations
        it.network.down = False
        await advance(40)

        assert dials == [1, 2, 3, 4]
        assert offline == frozenset()
        assert it.station.online
        assert it.csms.stations == {"CS001"}


@pytest.mark.virtual_time
async def test_of_a_half_open_connection_and_a_new_one_the_new_one_counts() -> None:
    async with connected(config(Version.V201), hardware=hardware) as it:
        await it.station.wait_online()
        it.network.silence("CS001")
        silent = it.network.connections("CS001")
        assert it.station.online
        dialled_anew = await it.network.connect(
            identity="CS001", versions=[Version.V201], handlers=lambda _: []
        )
        async with dialled_anew:
            await advance(30)
            replaced = it.network.connections("CS001")
            answer = await dialled_anew.call(v201.HeartbeatRequest())

    assert (silent, replaced) == (1, 1)
    assert (answer.current_time - START).total_seconds() == 30
