"""G01, G03: statuses after an absence, under another version, and with a clock that is set."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv

from ..test_both_versions import Bilingual
from .drivers import show, variable

V16, V201 = Version.V16, Version.V201


@pytest.fixture
async def it(world: Any) -> AsyncIterator[Any]:
    async with world(V201).running() as running:
        yield running


async def away(it: Any, seconds: float) -> None:
    """Let nobody reach the CSMS for a while."""
    it.down = True
    await it.drop()
    await it.advance(seconds)
    it.down = False
    await it.advance(60)


@pytest.mark.requirement("B04.FR.02")
async def test_g01_what_changed_and_changed_back_while_away_is_told(it: Any) -> None:
    await variable(it, "OCPPCommCtrlr.OfflineThreshold", "1000")
    before = len(it.statuses())
    it.down = True
    await it.drop()
    await it.hardware.arrive(SimulatedEv())
    await it.settle()
    await it.hardware.depart()
    await away(it, 5)
    told = it.statuses()[before:]
    await away(it, 5)

    assert told == ["Available"]
    assert it.statuses()[before:] == told


@pytest.mark.requirement("G01.FR.03")
async def test_g01_a_status_that_settles_while_away_is_told_once(it: Any) -> None:
    await variable(it, "ChargingStation.MinimumStatusDuration", "30")
    before = len(it.statuses())
    await it.hardware.arrive(SimulatedEv())
    await it.advance(5)
    await away(it, 10)

    assert it.statuses()[before:] == ["Occupied"]


@pytest.mark.requirement("G01.FR.01", "B01.FR.06")
async def test_g01_the_time_of_a_status_is_that_of_the_csms_also_where_it_was_set_since(
    world: Any,
) -> None:
    it = world(V201)
    ahead = timedelta(days=365)
    it.script["BootNotification"] = lambda _: {
        **it.boot,
        "currentTime": (it.clock.utc_now() + ahead).isoformat(),
    }
    async with it.running():
        (status,) = it.sent("StatusNotification")
        await it.advance(30)
        await it.call(
            "TriggerMessage",
            requestedMessage="StatusNotification",
            evse={"id": 1, "connectorId": 1},
        )

    first = datetime.fromisoformat(status["timestamp"])
    again = datetime.fromisoformat(it.sent("StatusNotification")[-1]["timestamp"])
    assert first == it.clock.utc_now() - timedelta(seconds=30) + ahead
    assert again == first


@pytest.mark.parametrize("first", list(Version))
async def test_g01_what_was_to_settle_is_not_told_in_the_words_of_another_version(
    world: Any, first: Version, caplog: pytest.LogCaptureFixture
) -> None:
    other = V16 if first is V201 else V201
    made = Bilingual(world, first)
    it = made.it
    async with it.running():
        if first is V201:
            await variable(it, "ChargingStation.MinimumStatusDuration", "30")
        else:
            await it.call("ChangeConfiguration", key="MinimumStatusDuration", value="30")
        await it.hardware.arrive(SimulatedEv())
        await it.settle()
        before = len(it.calls)
        await made.switch(other)
        await it.advance(60)

    told = [payload for action, payload in it.calls[before:] if action == "StatusNotification"]
    assert all(("connectorStatus" in each) is (other is V201) for each in told)
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


@pytest.mark.requirement("J02.FR.11")
async def test_j02_a_charge_is_sampled_as_the_version_wants_it_that_is_spoken(world: Any) -> None:
    made = Bilingual(world, V201)
    it = made.it
    async with it.running():
        await variable(it, "SampledDataCtrlr.TxUpdatedInterval", "10")
        await it.charge()
        await made.switch(V16)
        before = len(it.calls)
        await it.advance(60)
        silent = len(made.told("MeterValues"))
        await made.switch(V201)
        await it.advance(30)
        triggers = [each.get("triggerReason") for _, each in it.calls[before:]]

    assert silent == 0
    assert triggers.count("MeterValuePeriodic") >= 3


@pytest.mark.requirement("G03.FR.06", "G04.FR.07")
@pytest.mark.parametrize("place", [{"id": 1}, {"id": 1, "connectorId": 1}, {}])
async def test_g03_where_nothing_has_begun_nothing_is_offered_any_more(
    it: Any, place: dict[str, int]
) -> None:
    where = {"evse": place} if place else {}
    await variable(it, "TxCtrlr.TxStartPoint", "EnergyTransfer")
    await it.hardware.arrive(SimulatedEv(start_delay=60))
    await show(it, "A")
    offered = it.station.evse(1).energized
    status = await it.call("ChangeAvailability", operationalStatus="Inoperative", **where)
    away = it.station.evse(1).energized
    await it.advance(100)
    events, late = it.events(), it.station.evse(1).energized
    await it.call("ChangeAvailability", operationalStatus="Operative", **where)
    await it.advance(100)

    assert (status, offered, away, late) == ({"status": "Accepted"}, True, False, False)
    assert events == []
    assert it.events()[0][0] == "Started"
    assert it.statuses()[-2:] == ["Unavailable", "Occupied"]


@pytest.mark.requirement("G03.FR.06")
async def test_g03_nor_is_it_to_a_cable_that_comes_after_its_driver(it: Any) -> None:
    await variable(it, "TxCtrlr.TxStartPoint", "PowerPathClosed")
    await show(it, "A")
    await it.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.advance(60)

    assert it.station.evse(1).energized is False
    assert it.events() == []


@pytest.mark.requirement("G05.FR.01", "F01.FR.19", "F01.FR.25")
async def test_g05_whose_cable_cannot_be_locked_is_told_before_the_end(it: Any) -> None:
    await variable(it, "TxCtrlr.TxStartPoint", "EVConnected")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    it.hardware.lock_behaviour(evse=1, works=False)
    token = {"idToken": "R", "type": "ISO14443"}
    await it.call("RequestStartTransaction", evseId=1, remoteStartId=5, idToken=token)
    await it.advance(5)

    _, told, _ = it.sent("TransactionEvent")
    assert it.events() == [
        ("Started", "CablePluggedIn"),
        ("Updated", "RemoteStart"),
        ("Ended", "AbnormalCondition"),
    ]
    assert (told["idToken"], told["transactionInfo"]["remoteStartId"]) == (token, 5)
    assert it.station.evse(1).energized is False
