"""C16: a master pass stops what others have started, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import IdToken
from ocppkit.station.hardware import EvseDescription, StationDescription

from .drivers import (
    NO,
    STOPPED,
    TWO,
    YES,
    asked,
    charge,
    entry,
    events,
    offline,
    says,
    send_list,
    show,
    thinks,
    variable,
)

THREE = StationDescription(vendor="ocppkit", model="Three", evses=(EvseDescription(),) * 3)
WHO_CHOOSES = Callable[[Sequence[int]], Any]


async def masters(it: Any) -> None:
    await variable(it, "AuthCtrlr.MasterPassGroupId", "Masters")
    thinks(it, M=says(group="masters"))


@pytest.fixture
async def it(world: Callable[..., Any]) -> Any:
    """A station without a user interface whose EVSEs both charge, by different drivers."""
    async with world(Version.V201, TWO).running() as running:
        await masters(running)
        await charge(running, "A", evse=1)
        await charge(running, "B", evse=2)
        yield running


def ended(it: Any) -> list[tuple[int, str, str, str]]:
    """What was told of transactions that ended: where, why, by what and by whom."""
    places = {
        each["transactionInfo"]["transactionId"]: each["evse"]["id"]
        for each in it.sent("TransactionEvent")
        if "evse" in each
    }
    return [
        (
            places[each["transactionInfo"]["transactionId"]],
            each["transactionInfo"]["stoppedReason"],
            each["triggerReason"],
            each["idToken"]["idToken"],
        )
        for each in it.sent("TransactionEvent")
        if each["eventType"] == "Ended"
    ]


@pytest.mark.requirement("C16.FR.02", "C16.FR.07")
async def test_without_a_user_interface_it_stops_all_one_after_another(it: Any) -> None:
    outcome = await show(it, "M")

    assert outcome is STOPPED
    assert asked(it)[-1] == "M"
    assert ended(it) == [(each, "MasterPass", "StopAuthorized", "M") for each in (1, 2)]
    assert not it.hardware.locked(1)
    assert not it.hardware.locked(2)


@pytest.mark.requirement("C16.FR.02")
async def test_it_stops_all_from_an_evse_that_nobody_uses(world: Callable[..., Any]) -> None:
    async with world(Version.V201, THREE).running() as it:
        await masters(it)
        await charge(it, "A", evse=2)

        assert await show(it, "M", evse=1) is STOPPED
        assert [each[0] for each in ended(it)] == [2]


@pytest.mark.requirement("C16.FR.07")
async def test_where_the_transaction_goes_on_its_end_tells_who_stopped_it(it: Any) -> None:
    await variable(it, "TxCtrlr.TxStopPoint", "EVConnected")
    await show(it, "M")
    stopped = events(it)[-2:]
    await it.hardware.depart(evse=1)
    await it.settle()

    assert stopped == [("Updated", "StopAuthorized", "M")] * 2
    last = it.sent("TransactionEvent")[-1]
    assert (last["eventType"], last["transactionInfo"]["stoppedReason"]) == ("Ended", "MasterPass")


@pytest.mark.requirement("C16.FR.02")
async def test_it_releases_the_cable_of_a_driver_who_was_refused(it: Any) -> None:
    it.script["TransactionEvent"] = lambda _: {"idTokenInfo": says("Invalid")}
    await it.call("TriggerMessage", requestedMessage="TransactionEvent", evse={"id": 1})
    await it.advance(2)
    held = it.hardware.locked(1)
    thinks(it, M=says(group="Masters"))
    outcome = await show(it, "M", evse=1)

    assert (held, outcome) == (True, STOPPED)
    assert not it.hardware.locked(1)


@pytest.mark.requirement("C16.FR.03")
async def test_it_starts_nothing(it: Any) -> None:
    await show(it, "M")
    await it.hardware.depart(evse=1)
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=1)
    outcome = await show(it, "M")
    await it.advance(2)

    assert outcome is NO
    assert not it.station.evse(1).energized


@pytest.mark.requirement("C16.FR.03")
@pytest.mark.parametrize("asks", ["true", "false"])
async def test_a_remote_start_by_it_starts_nothing(it: Any, asks: str) -> None:
    await show(it, "M")
    await it.hardware.depart(evse=1)
    await variable(it, "AuthCtrlr.AuthorizeRemoteStart", asks)
    await it.call(
        "RequestStartTransaction",
        idToken={"idToken": "M", "type": "ISO14443"},
        groupIdToken={"idToken": "Masters", "type": "Central"},
        remoteStartId=1,
        evseId=1,
    )
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=1)
    await it.advance(2)

    assert not it.station.evse(1).energized


@pytest.mark.parametrize("status", ["Blocked", "ConcurrentTx"])
async def test_one_that_is_not_accepted_stops_nothing(it: Any, status: str) -> None:
    thinks(it, M=says(status, group="Masters"))

    assert await show(it, "M") is NO
    assert ended(it) == []


async def test_where_no_group_is_configured_there_is_none(world: Callable[..., Any]) -> None:
    async with world(Version.V201, TWO).running() as it:
        thinks(it, M=says(group=""))
        await charge(it, "A", evse=1)

        assert await show(it, "M", evse=2) is YES
        assert ended(it) == []


@pytest.mark.requirement("C16.FR.04")
async def test_one_that_is_cached_stops_unasked(it: Any) -> None:
    await variable(it, "AuthCtrlr.LocalPreAuthorize", "true")
    await show(it, "M")
    for each in (1, 2):
        await it.hardware.depart(evse=each)
    await charge(it, "A", evse=1)
    before = len(asked(it))

    assert await show(it, "M") is STOPPED
    assert len(asked(it)) == before


@pytest.mark.requirement("C16.FR.05")
async def test_one_that_is_listed_stops_offline(it: Any) -> None:
    await send_list(it, 1, entry("M", says(group="Masters")))
    await offline(it)

    assert await show(it, "M") is STOPPED
    assert not it.station.evse(2).energized


class At:
    """Somebody at a user interface."""

    def __init__(self, *chosen: int, takes: float = 0.0) -> None:
        self.offered: list[Sequence[int]] = []
        self._chosen = chosen
        self._takes = takes

    async def __call__(self, evses: Sequence[int]) -> Collection[int]:
        self.offered.append(evses)
        await asyncio.sleep(self._takes)
        return self._chosen


async def with_interface(world: Callable[..., Any], who: At) -> Any:
    it = world(Version.V201, THREE)
    it.hardware = it.equipment = SimulatedHardware(THREE, environment=it.environment, chooses=who)
    return it


@pytest.mark.requirement("C16.FR.01", "C16.FR.07")
@pytest.mark.parametrize("chosen", [(1, 2), (2,), (2, 7), ()])
async def test_with_a_user_interface_the_person_chooses(
    world: Callable[..., Any], chosen: tuple[int, ...]
) -> None:
    who = At(*chosen)
    async with (await with_interface(world, who)).running() as it:
        await masters(it)
        await charge(it, "A", evse=1)
        await charge(it, "B", evse=2)
        outcome = await show(it, "M", evse=3)

        stopped = [each for each in chosen if each in {1, 2}]
        assert who.offered == [(1, 2)]
        assert outcome is (STOPPED if stopped else NO)
        assert [each[:2] for each in ended(it)] == [(each, "MasterPass") for each in stopped]


@pytest.mark.requirement("C16.FR.01")
async def test_who_does_not_choose_in_time_stops_nothing(world: Callable[..., Any]) -> None:
    who = At(1, takes=3600)
    async with (await with_interface(world, who)).running() as it:
        await masters(it)
        await charge(it, "A", evse=1)
        shown = asyncio.create_task(it.station.evse(1).token_presented(IdToken("M")))
        await it.advance(61)

        assert await shown is NO
        assert ended(it) == []
        assert await show(it, "A") is STOPPED
