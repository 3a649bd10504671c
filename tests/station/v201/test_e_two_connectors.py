"""E01, F01, C01: an EVSE of two connectors, of which one cannot be used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, TokenOutcome
from ocppkit.station.hardware import ConnectorDescription, EvseDescription, StationDescription

PAIR = EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription()))
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(PAIR,))
ABC = IdToken("ABC")
BOTH_WAYS = pytest.mark.parametrize("how", ["inoperative", "faulted"])


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201, description=TWO).running() as running:
        yield running


async def spoil(it: Any, how: str) -> None:
    """Make connector 1 one that cannot be used."""
    if how == "inoperative":
        assert await change(it, "Inoperative") == "Accepted"
    else:
        fault = Fault(kind=FaultKind.GROUND_FAILURE)
        await it.station.evse(1).fault(fault, connector=1)
    await it.settle()


async def mend(it: Any, how: str) -> None:
    """Make connector 1 one that can be used again."""
    if how == "inoperative":
        assert await change(it, "Operative") == "Accepted"
    else:
        await it.station.evse(1).fault_cleared(connector=1)
    await it.settle()


async def change(it: Any, status: str) -> str:
    evse = {"id": 1, "connectorId": 1}
    answer = await it.call("ChangeAvailability", operationalStatus=status, evse=evse)
    told: str = answer["status"]
    return told


async def plug(it: Any, connector: int) -> None:
    await it.station.evse(1).plugged_in(connector)
    await it.settle()


def place(it: Any) -> dict[str, int]:
    """Where the only transaction began."""
    (began,) = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Started"]
    where: dict[str, int] = began["evse"]
    return where


@BOTH_WAYS
@pytest.mark.requirement("E01.FR.02")
async def test_a_cable_that_cannot_be_used_leaves_the_evse_to_the_other(two: Any, how: str) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
    await spoil(two, how)
    await plug(two, 1)
    before = two.events()
    await plug(two, 2)

    assert before == []
    assert place(two) == {"id": 1, "connectorId": 2}


@BOTH_WAYS
@pytest.mark.requirement("E01.FR.02")
async def test_it_leaves_it_also_where_it_was_there_before(two: Any, how: str) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "Authorized")
    await plug(two, 1)
    await plug(two, 2)
    await two.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
    await spoil(two, how)

    assert place(two) == {"id": 1, "connectorId": 2}


@BOTH_WAYS
@pytest.mark.requirement("F01.FR.23", "F02.FR.01")
async def test_a_remote_start_goes_to_the_connector_that_can_be_used(two: Any, how: str) -> None:
    await spoil(two, how)
    await plug(two, 1)
    token = {"idToken": "ABC", "type": "ISO14443"}
    answer = await two.call("RequestStartTransaction", evseId=1, remoteStartId=5, idToken=token)
    await plug(two, 2)

    assert answer["status"] == "Accepted"
    assert two.station.evse(1).energized
    assert two.sent("TransactionEvent")[-1]["evse"] == {"id": 1, "connectorId": 2}


@BOTH_WAYS
@pytest.mark.requirement("E01.FR.05")
async def test_a_token_counts_for_the_connector_that_can_be_used(two: Any, how: str) -> None:
    await spoil(two, how)
    await plug(two, 1)
    await plug(two, 2)
    outcome = await two.station.evse(1).token_presented(ABC)
    await two.settle()

    assert outcome is TokenOutcome.ACCEPTED
    assert two.station.evse(1).energized
    assert place(two) == {"id": 1, "connectorId": 2}


@BOTH_WAYS
async def test_its_turn_comes_once_it_can_be_used_and_the_other_has_gone(
    two: Any, how: str
) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
    await spoil(two, how)
    await plug(two, 1)
    await plug(two, 2)
    await mend(two, how)
    meanwhile = place(two)
    await two.station.evse(1).unplugged(2)
    await two.settle()

    began = [each for each in two.sent("TransactionEvent") if each["eventType"] == "Started"]
    assert meanwhile["connectorId"] == 2
    assert [each["evse"]["connectorId"] for each in began] == [2, 1]


@BOTH_WAYS
async def test_its_turn_comes_at_once_where_nobody_else_is(two: Any, how: str) -> None:
    await two.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
    await spoil(two, how)
    await plug(two, 1)
    await mend(two, how)

    assert place(two) == {"id": 1, "connectorId": 1}


async def test_who_charges_keeps_the_evse_though_the_connector_goes_out_of_use(two: Any) -> None:
    await two.hardware.arrive(SimulatedEv(start_delay=1))
    await two.station.evse(1).token_presented(ABC)
    await two.advance(2)
    scheduled = await change(two, "Inoperative")
    await plug(two, 2)

    assert scheduled in {"Accepted", "Scheduled"}
    assert two.station.evse(1).energized
    assert place(two) == {"id": 1, "connectorId": 1}


async def test_a_driver_whose_cable_never_comes_leaves_the_evse_to_the_other(two: Any) -> None:
    await spoil(two, "inoperative")
    await plug(two, 1)
    await two.station.evse(1).token_presented(ABC)
    await mend(two, "inoperative")
    await two.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
    await two.advance(200)

    assert two.station.evse(1).authorization is None
    assert two.station.evse(1).plugged.id == 1
