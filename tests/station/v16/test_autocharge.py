"""Autocharge at a 1.6 station: an EV that is authorized by its own identifier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, TokenOutcome

MAC = "00:1a:2b:3c:4d:5e"
VID = "VID:001A2B3C4D5E"


@pytest.fixture
async def plain(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        await running.hardware.arrive(SimulatedEv(start_delay=1))
        yield running


@pytest.fixture
async def on(plain: Any) -> Any:
    await plain.call("ChangeConfiguration", key="AutochargeEnabled", value="true")
    return plain


@pytest.mark.requirement("1.6 Autocharge")
async def test_it_is_off_by_default(plain: Any) -> None:
    outcome = await plain.station.evse(1).ev_identified(MAC)
    read = await plain.call("GetConfiguration", key=["AutochargeEnabled"])

    assert outcome is None
    assert plain.sent("Authorize") == []
    assert read["configurationKey"] == [
        {"key": "AutochargeEnabled", "readonly": False, "value": "false"}
    ]


@pytest.mark.parametrize("identifier", [MAC, "001A2B3C4D5E", "00-1A-2B-3C-4D-5E"])
@pytest.mark.requirement("1.6 Autocharge")
async def test_an_ev_is_authorized_like_a_token(on: Any, identifier: str) -> None:
    outcome = await on.station.evse(1).ev_identified(identifier)
    await on.advance(1)

    assert outcome is TokenOutcome.ACCEPTED
    assert on.sent("Authorize") == [{"idTag": VID}]
    assert on.sent("StartTransaction")[0]["idTag"] == VID
    assert on.statuses()[-1] == "Charging"


async def test_an_ev_that_the_csms_refuses_may_charge_by_a_token(on: Any) -> None:
    on.script["Authorize"] = lambda payload: {
        "idTagInfo": {"status": "Invalid" if payload["idTag"] == VID else "Accepted"}
    }

    assert await on.station.evse(1).ev_identified(MAC) is TokenOutcome.REFUSED
    assert await on.station.evse(1).token_presented(IdToken("ABC")) is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6 Autocharge")
async def test_an_ev_that_is_identified_again_does_not_stop_its_transaction(on: Any) -> None:
    await on.station.evse(1).ev_identified(MAC)
    again = await on.station.evse(1).ev_identified(MAC)
    await on.settle()

    assert again is None
    assert on.sent("StopTransaction") == []
    assert len(on.sent("Authorize")) == 1


async def test_who_is_identified_while_a_token_is_judged_comes_too_late(on: Any) -> None:
    evse = on.station.evse(1)
    first, second = await asyncio.gather(
        evse.token_presented(IdToken("ABC")), evse.ev_identified(MAC)
    )

    assert (first, second) == (TokenOutcome.ACCEPTED, None)
    assert on.sent("Authorize") == [{"idTag": "ABC"}]


@pytest.mark.requirement("1.6 Autocharge")
async def test_with_plug_and_charge_it_is_not_used(on: Any) -> None:
    assert await on.station.evse(1).ev_identified(MAC, plug_and_charge=True) is None
    assert on.sent("Authorize") == []


@pytest.mark.parametrize("identifier", ["", "001A2B3C4D", "001A2B3C4D5G", "VID:001A2B3C4D5E"])
async def test_what_is_no_identifier_is_a_mistake(on: Any, identifier: str) -> None:
    with pytest.raises(ValueError, match="12 hexadecimal digits"):
        await on.station.evse(1).ev_identified(identifier)


async def test_a_reservation_for_the_ev_holds(on: Any) -> None:
    await on.hardware.depart()
    await on.call(
        "ReserveNow",
        connectorId=1,
        expiryDate=(on.clock.utc_now() + timedelta(hours=1)).isoformat(),
        idTag=VID.lower(),
        reservationId=4,
    )
    await on.hardware.arrive(SimulatedEv())
    await on.station.evse(1).ev_identified(MAC)
    await on.settle()

    assert on.sent("StartTransaction")[0]["reservationId"] == 4


@pytest.mark.parametrize(
    ("value", "status"), [("TRUE", "Accepted"), ("yes", "Rejected"), ("", "Rejected")]
)
async def test_the_key_is_a_boolean(plain: Any, value: str, status: str) -> None:
    answer = await plain.call("ChangeConfiguration", key="AutochargeEnabled", value=value)

    assert answer == {"status": status}
