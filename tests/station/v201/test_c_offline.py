"""C13 - C15: the local list online and offline, and strangers offline, message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.settings.values import VariableId, VariableValue

from .drivers import (
    NO,
    STOPPED,
    YES,
    asked,
    charge,
    entry,
    events,
    offline,
    on_site,
    online,
    read,
    says,
    send_list,
    show,
    shows,
    thinks,
    variable,
)

PRE = "AuthCtrlr.LocalPreAuthorize"
UNKNOWN = "AuthCtrlr.OfflineTxForUnknownIdEnabled"
REFUSED = ["Invalid", "Blocked", "Expired", "ConcurrentTx", "NotAtThisTime"]


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.fixture
async def timeless(world: Callable[..., Any]) -> AsyncIterator[Any]:
    """A station whose list does not expire."""
    named = VariableId(component="LocalAuthListCtrlr", variable="SupportsExpiryDateTime")
    told = (VariableValue(id=named, value="false"),)
    async with world(Version.V201, variables=told).running() as running:
        yield running


def at(it: Any, seconds: float) -> str:
    moment: str = (it.clock.utc_now() + timedelta(seconds=seconds)).isoformat()
    return moment


# C13: offline.


@pytest.mark.requirement("C13.FR.03", "C13.FR.05")
async def test_offline_only_those_start_whom_the_list_accepts(it: Any) -> None:
    refused = [entry(f"R{number}", says(each)) for number, each in enumerate(REFUSED)]
    await send_list(it, 1, entry("A", says()), *refused)
    await offline(it)

    names = [f"R{number}" for number in range(len(REFUSED))]
    assert await shows(it, *names, "stranger", "A") == [NO] * 6 + [YES]


@pytest.mark.requirement("C13.FR.01", "C14.FR.01")
async def test_the_list_goes_before_the_cache(it: Any) -> None:
    await shows(it, "A")
    await send_list(it, 1, entry("A", says("Invalid")))
    await on_site(it, UNKNOWN, "true")
    await offline(it)

    assert await show(it, "A") is NO


async def test_what_is_cached_counts_again_once_the_list_says_nothing(it: Any) -> None:
    await shows(it, "A")
    await send_list(it, 1, entry("A", says("Invalid")))
    await send_list(it, 2, entry("A"), full=False)
    await offline(it)

    assert await show(it, "A") is YES


@pytest.mark.requirement("C13.FR.05", "C13.FR.06")
@pytest.mark.parametrize("strangers", [False, True])
async def test_offline_an_entry_of_the_list_expires(it: Any, strangers: bool) -> None:
    await send_list(it, 1, entry("A", says(cacheExpiryDateTime=at(it, 60))), entry("B", says()))
    await on_site(it, UNKNOWN, str(strangers).lower())
    await offline(it)
    before = await show(it, "A")
    await show(it, "A")
    await it.advance(61)

    assert before is YES
    assert await shows(it, "A", "B") == [NO, YES]


@pytest.mark.requirement("C13.FR.02", "C13.FR.04")
@pytest.mark.parametrize("strangers", [False, True])
async def test_offline_a_list_without_expiry_is_not_asked_when(
    timeless: Any, strangers: bool
) -> None:
    past = says(cacheExpiryDateTime=at(timeless, -1))
    await send_list(timeless, 1, entry("A", past), entry("B", says("Blocked")))
    await on_site(timeless, UNKNOWN, str(strangers).lower())
    await offline(timeless)

    assert await shows(timeless, "A", "B") == [YES, NO]
    assert await shows(timeless, "C") == [YES if strangers else NO]


async def test_offline_nobody_starts_by_list_or_cache_where_that_is_switched_off(it: Any) -> None:
    await shows(it, "C")
    await send_list(it, 1, entry("A", says()))
    await variable(it, "AuthCtrlr.LocalAuthorizeOffline", "false")
    await offline(it)

    assert await shows(it, "A", "C") == [NO, NO]


# C14: online.


@pytest.mark.requirement("C14.FR.04")
async def test_online_whom_the_list_accepts_starts_unasked(it: Any) -> None:
    await send_list(it, 1, entry("A", says(cacheExpiryDateTime=at(it, 60))))
    await variable(it, PRE, "true")
    await charge(it, "A")

    assert asked(it) == []
    assert it.station.evse(1).energized


@pytest.mark.requirement("C14.FR.03")
@pytest.mark.parametrize("status", REFUSED)
@pytest.mark.parametrize("now", ["Accepted", "Invalid"])
async def test_online_whom_the_list_refuses_is_asked_about(it: Any, status: str, now: str) -> None:
    await send_list(it, 1, entry("A", says(status)))
    await variable(it, PRE, "true")
    thinks(it, A=says(now))

    assert await shows(it, "A") == [YES if now == "Accepted" else NO]
    assert asked(it) == ["A"]


@pytest.mark.requirement("C14.FR.03")
async def test_online_whom_the_list_refuses_is_not_asked_about_where_that_is_switched_off(
    it: Any,
) -> None:
    await send_list(it, 1, entry("A", says("Invalid")))
    await variable(it, "LocalAuthListCtrlr.DisablePostAuthorize", "true")

    assert await shows(it, "A") == [NO]
    assert asked(it) == []


@pytest.mark.requirement("C14.FR.05")
async def test_online_an_entry_that_has_expired_is_as_good_as_none(it: Any) -> None:
    await send_list(it, 1, entry("A", says(cacheExpiryDateTime=at(it, 60))))
    await variable(it, PRE, "true")
    await variable(it, "LocalAuthListCtrlr.DisablePostAuthorize", "true")
    await it.advance(61)

    assert await shows(it, "A") == [YES]
    assert asked(it) == ["A"]


@pytest.mark.requirement("C14.FR.02")
async def test_online_a_list_without_expiry_is_not_asked_when(timeless: Any) -> None:
    await send_list(timeless, 1, entry("A", says(cacheExpiryDateTime=at(timeless, -1))))
    await variable(timeless, PRE, "true")

    assert await shows(timeless, "A") == [YES]
    assert asked(timeless) == []
    assert await read(timeless, "LocalAuthListCtrlr.SupportsExpiryDateTime") == "false"


# C15: strangers.


@pytest.mark.requirement("C15.FR.08", "C13.FR.06")
async def test_offline_strangers_start_where_that_is_configured(it: Any) -> None:
    await variable(it, UNKNOWN, "true")
    await offline(it)

    assert await shows(it, "A") == [YES]


@pytest.mark.requirement("C15.FR.01")
async def test_a_stranger_who_started_offline_is_not_cached_for_that(it: Any) -> None:
    await variable(it, UNKNOWN, "true")
    await offline(it)
    await shows(it, "A")
    await on_site(it, UNKNOWN, "false")

    assert await shows(it, "A") == [NO]


@pytest.mark.requirement("C15.FR.02")
async def test_what_strangers_did_offline_is_told_once_the_csms_is_back(it: Any) -> None:
    await variable(it, UNKNOWN, "true")
    await offline(it)
    await charge(it, "A")
    before = events(it)
    await online(it)

    assert before == []
    assert ("Updated", "Authorized", "A") in events(it)
    assert [each["offline"] for each in it.sent("TransactionEvent")[:2]] == [True, True]


async def refused_once_back(it: Any, **variables: str) -> None:
    """A stranger charges offline whom the CSMS refuses once it is back."""
    for name, value in variables.items():
        await variable(it, f"TxCtrlr.{name}", value)
    await variable(it, UNKNOWN, "true")
    thinks(it, A=says("Invalid"))
    await offline(it)
    await charge(it, "A")
    await online(it)


def last(it: Any) -> dict[str, Any]:
    event: dict[str, Any] = it.sent("TransactionEvent")[-1]
    return event


@pytest.mark.requirement("C15.FR.03")
async def test_a_stranger_who_is_refused_gets_no_energy_where_the_transaction_goes_on(
    it: Any,
) -> None:
    await refused_once_back(it, StopTxOnInvalidId="true", TxStopPoint="EVConnected")

    assert (last(it)["eventType"], last(it)["triggerReason"]) == ("Updated", "Deauthorized")
    assert last(it)["transactionInfo"]["chargingState"] == "EVConnected"
    assert not it.station.evse(1).energized


@pytest.mark.requirement("C15.FR.04", "C15.FR.05")
@pytest.mark.parametrize("point", ["Authorized", "PowerPathClosed", "EnergyTransfer"])
async def test_a_stranger_who_is_refused_loses_the_transaction_but_not_the_cable(
    it: Any, point: str
) -> None:
    await refused_once_back(it, StopTxOnInvalidId="true", TxStopPoint=point)

    assert (last(it)["eventType"], last(it)["triggerReason"]) == ("Ended", "Deauthorized")
    assert last(it)["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    assert it.hardware.locked(1)
    assert await show(it, "A") is STOPPED
    assert not it.hardware.locked(1)


@pytest.mark.requirement("C15.FR.06")
async def test_a_stranger_who_is_refused_may_only_lose_the_energy(it: Any) -> None:
    await refused_once_back(it, StopTxOnInvalidId="false", TxStopPoint="EVConnected")

    assert (last(it)["eventType"], last(it)["triggerReason"]) == (
        "Updated",
        "ChargingStateChanged",
    )
    assert last(it)["transactionInfo"]["chargingState"] == "SuspendedEVSE"


@pytest.mark.requirement("C15.FR.07")
async def test_a_stranger_who_is_refused_may_get_some_last_energy(it: Any) -> None:
    await refused_once_back(it, StopTxOnInvalidId="false", MaxEnergyOnInvalidId="3000")
    charges = it.station.evse(1).energized
    await it.advance(3600)

    assert charges
    assert not it.station.evse(1).energized
