"""Authorization in 1.6, frame for frame: cache, configuration keys, parents, invalid ids."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, IdTokenKind, TokenOutcome
from ocppkit.station.hardware import EvseDescription, StationDescription
from ocppkit.station.settings.behaviour import Storage
from ocppkit.store import Store

ACCEPTED = {"status": "Accepted"}
YES, NO, STOPPED = TokenOutcome.ACCEPTED, TokenOutcome.REFUSED, TokenOutcome.STOPPED
TWO = StationDescription(
    vendor="ocppkit", model="Two", evses=(EvseDescription(), EvseDescription())
)


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16, TWO).running() as running:
        yield running


async def key(it: Any, name: str, value: str) -> None:
    assert await it.call("ChangeConfiguration", key=name, value=value) == ACCEPTED


async def offline(it: Any) -> None:
    it.down = True
    await it.drop()


async def online(it: Any) -> None:
    it.down = False
    await it.advance(60)


async def show(it: Any, name: str, *, evse: int = 1) -> TokenOutcome:
    outcome: TokenOutcome = await it.station.evse(evse).token_presented(IdToken(name))
    await it.settle()
    return outcome


async def shows(it: Any, *names: str) -> list[TokenOutcome]:
    """What comes of each, shown at an EVSE that nobody uses."""
    outcomes = []
    for name in names:
        outcomes.append(await show(it, name))
        if outcomes[-1] is YES:
            await show(it, name)
    return outcomes


async def charge(it: Any, name: str, *, evse: int = 1) -> TokenOutcome:
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=evse)
    outcome = await show(it, name, evse=evse)
    await it.advance(1)
    return outcome


def says(status: str, parent: str | None = None, **more: Any) -> Callable[[Any], dict[str, Any]]:
    info = {"status": status} | ({"parentIdTag": parent} if parent else {}) | more
    return lambda _: {"idTagInfo": info}


def starts(status: str, parent: str | None = None) -> Callable[[Any], dict[str, Any]]:
    return lambda request: says(status, parent)(request) | {"transactionId": 8}


def asked(it: Any) -> list[str]:
    return [each["idTag"] for each in it.sent("Authorize")]


# The cache (1.6 §3.5.1, §5.4).


async def test_3_5_1_who_was_accepted_charges_offline(it: Any) -> None:
    await shows(it, "A")
    await offline(it)

    assert await shows(it, "a", "B") == [YES, NO]


async def test_3_5_1_what_authorize_says_last_counts(it: Any) -> None:
    await shows(it, "A")
    it.script["Authorize"] = says("Blocked")
    refused = await shows(it, "A")
    await offline(it)
    await key_of_policy(it, unknown=True)

    assert refused == [NO]
    assert await shows(it, "A", "B") == [NO, YES]


async def key_of_policy(it: Any, *, unknown: bool) -> None:
    """Change AllowOfflineTxForUnknownId on site: nobody else could while it is offline."""
    setting = it.station.setting("AllowOfflineTxForUnknownId")
    await setting.change(str(unknown).lower())


async def test_3_5_1_who_was_refused_is_asked_about_again(it: Any) -> None:
    it.script["Authorize"] = says("Blocked")
    await key(it, "LocalPreAuthorize", "true")
    await shows(it, "A")
    it.script["Authorize"] = says("Accepted")

    assert await shows(it, "A") == [YES]
    assert asked(it) == ["A", "A"]


async def test_3_5_1_what_has_expired_is_not_valid_any_more(it: Any) -> None:
    at = it.clock.utc_now().isoformat()
    it.script["Authorize"] = says("Accepted", expiryDate=at)
    accepted = await shows(it, "A")
    await offline(it)
    await it.advance(1)

    assert accepted == [YES]
    assert await shows(it, "A") == [NO]


async def test_4_8_what_start_transaction_says_is_cached(it: Any) -> None:
    it.script["StartTransaction"] = starts("Blocked")
    await charge(it, "A")
    await it.hardware.depart(force=True)
    await offline(it)

    assert await shows(it, "A") == [NO]


async def test_4_10_what_stop_transaction_says_is_cached(it: Any) -> None:
    it.script["StopTransaction"] = says("Blocked")
    await charge(it, "A")
    await show(it, "A")
    await it.hardware.depart()
    await offline(it)

    assert await shows(it, "A") == [NO]


async def test_4_10_an_answer_that_says_nothing_changes_nothing(it: Any) -> None:
    await charge(it, "A")
    await show(it, "A")
    await it.hardware.depart()
    await offline(it)

    assert await shows(it, "A") == [YES]


@pytest.mark.requirement("1.6 errata 3.4")
async def test_3_5_1_the_cache_outlasts_a_restart(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as it:
        await shows(it, "A")
    async with world(Version.V16, storage=storage).running() as it:
        await offline(it)

        assert await shows(it, "A", "B") == [YES, NO]


async def test_3_5_1_the_cache_is_bounded_on_the_disk_too(world: Any, tmp_path: Path) -> None:
    async with world(Version.V16, storage=Storage(state_dir=tmp_path)).running() as it:
        book = it.station.core.authorizing.book
        book.cache.size = 3
        await shows(it, *"ABCDE")

    async with Store(tmp_path / "station.db") as store:
        saved = await store.known_tokens.load("ocpp1.6")
    assert [each.token for each in saved.cached] == ["c", "d", "e"]


@pytest.mark.requirement("1.6 ClearCache")
async def test_5_4_a_cache_that_was_cleared_knows_nobody(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as it:
        await shows(it, "A")
        answer = await it.call("ClearCache")
    async with world(Version.V16, storage=storage).running() as it:
        await offline(it)

        assert answer == ACCEPTED
        assert await shows(it, "A") == [NO]


async def test_5_4_clearing_leaves_the_list_and_transactions_alone(it: Any) -> None:
    entry = {"idTag": "L", "idTagInfo": ACCEPTED}
    await it.call("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=[entry])
    await charge(it, "A", evse=2)
    await it.call("ClearCache")
    await offline(it)

    assert await shows(it, "L") == [YES]
    assert await show(it, "A", evse=2) is STOPPED


@pytest.mark.requirement("1.6 key AuthorizationCacheEnabled")
async def test_9_1_2_a_cache_that_is_not_enabled_is_neither_filled_nor_used(it: Any) -> None:
    await shows(it, "A")
    await key(it, "AuthorizationCacheEnabled", "false")
    await shows(it, "B")
    await offline(it)
    unused = await shows(it, "A", "B")
    await online(it)
    await key(it, "AuthorizationCacheEnabled", "true")
    await offline(it)

    assert unused == [NO, NO]
    assert await shows(it, "A", "B") == [YES, NO]


# Whom to ask (1.6 §3.5, §4.1, §5.11).


async def test_4_1_unless_told_otherwise_everybody_is_asked_about_online(it: Any) -> None:
    await shows(it, "A", "A")

    assert asked(it) == ["A", "A"]


async def test_9_1_13_with_pre_authorization_the_known_need_not_wait(it: Any) -> None:
    await shows(it, "A")
    await key(it, "LocalPreAuthorize", "true")
    it.script["Authorize"] = lambda _: None

    assert await charge(it, "A") is YES
    assert len(it.sent("StartTransaction")) == 1
    assert asked(it) == ["A"]


async def test_9_1_12_the_known_do_not_charge_offline_where_that_is_off(it: Any) -> None:
    await shows(it, "A")
    await key(it, "LocalAuthorizeOffline", "false")
    await offline(it)

    assert await shows(it, "A") == [NO]


@pytest.mark.requirement("1.6 key AllowOfflineTxForUnknownId")
async def test_3_5_4_a_stranger_charges_offline_and_is_told_of_afterwards(it: Any) -> None:
    await key(it, "AllowOfflineTxForUnknownId", "true")
    it.script["StartTransaction"] = starts("Invalid")
    await offline(it)
    outcome = await charge(it, "stranger")
    await online(it)

    assert outcome is YES
    assert [each["idTag"] for each in it.sent("StartTransaction")] == ["stranger"]
    assert [each["reason"] for each in it.sent("StopTransaction")] == ["DeAuthorized"]
    await offline(it)
    assert await show(it, "stranger", evse=2) is NO


async def test_4_1_a_csms_that_does_not_answer_leaves_it_to_what_is_known(it: Any) -> None:
    await shows(it, "A")
    await key(it, "AllowOfflineTxForUnknownId", "true")
    it.script["Authorize"] = lambda _: None

    assert await show(it, "A") is YES
    assert await show(it, "stranger", evse=2) is NO


async def test_4_1_a_csms_that_answers_with_an_error_lets_nobody_charge(it: Any) -> None:
    await shows(it, "A")
    it.script["Authorize"] = lambda _: "InternalError"

    assert await shows(it, "A") == [NO]


async def test_4_1_while_one_is_asked_about_everything_else_goes_on(it: Any) -> None:
    await shows(it, "B")
    await key(it, "LocalPreAuthorize", "true")
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=1)
    it.script["Authorize"] = lambda _: None
    waiting = asyncio.create_task(show(it, "slow", evse=1))
    await it.settle()

    assert asked(it) == ["B", "slow"]
    assert await it.call("GetLocalListVersion") == {"listVersion": 0}
    assert await it.call("ClearCache") == ACCEPTED
    entry = {"idTag": "C", "idTagInfo": ACCEPTED}
    await it.call("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=[entry])
    assert await charge(it, "C", evse=2) is YES
    assert await show(it, "C", evse=2) is STOPPED
    assert not waiting.done()
    assert await waiting is NO


@pytest.mark.requirement("1.6 key AuthorizeRemoteTxRequests")
async def test_5_11_a_remote_start_is_authorized_by_what_is_known_too(it: Any) -> None:
    await shows(it, "A")
    await key(it, "LocalPreAuthorize", "true")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.call("RemoteStartTransaction", idTag="A", connectorId=1)

    assert [each["idTag"] for each in it.sent("StartTransaction")] == ["A"]
    assert asked(it) == ["A"]


async def test_5_11_a_remote_start_whom_the_csms_refuses_does_not_start(it: Any) -> None:
    it.script["Authorize"] = says("Blocked")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.call("RemoteStartTransaction", idTag="A", connectorId=1)
    refused = list(it.sent("StartTransaction"))
    await key(it, "AuthorizeRemoteTxRequests", "false")
    await it.call("RemoteStartTransaction", idTag="A", connectorId=1)

    assert refused == []
    assert len(it.sent("StartTransaction")) == 1
    assert asked(it) == ["A"]


async def test_4_1_the_card_of_a_remote_start_stops_it_without_being_asked_about(it: Any) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.call("RemoteStartTransaction", idTag="A", connectorId=1)
    await it.advance(1)
    before = len(asked(it))

    assert await show(it, "a") is STOPPED
    assert len(asked(it)) == before


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("MaxEnergyOnInvalidId", "500", "Accepted"),
        ("MaxEnergyOnInvalidId", "-1", "Rejected"),
        ("MaxEnergyOnInvalidId", "2147483648", "Rejected"),
        ("LocalPreAuthorize", "perhaps", "Rejected"),
        ("AuthorizationCacheEnabled", "TRUE", "Accepted"),
        ("LocalAuthListMaxLength", "5", "Rejected"),
        ("SendLocalListMaxLength", "5", "Rejected"),
    ],
)
async def test_9_1_a_key_takes_only_what_fits(it: Any, name: str, value: str, status: str) -> None:
    assert await it.call("ChangeConfiguration", key=name, value=value) == {"status": status}


# Parents (1.6 §3.5, §4.10).


@pytest.mark.requirement("1.6 §3.10")
async def test_4_10_a_card_of_the_same_parent_stops_offline(it: Any) -> None:
    parents = {"A": "G", "B": "g", "C": "H"}
    it.script["Authorize"] = lambda p: says("Accepted", parents[p["idTag"]])(p)
    await shows(it, "A", "B", "C")
    await charge(it, "A")
    await offline(it)

    assert await show(it, "C") is NO
    assert await show(it, "B") is STOPPED


async def test_4_10_a_listed_card_of_the_same_parent_stops_offline(it: Any) -> None:
    entries = [
        {"idTag": name, "idTagInfo": {**ACCEPTED, "parentIdTag": parent}}
        for name, parent in (("A", "G"), ("B", "G"), ("C", "H"))
    ]
    await it.call("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=entries)
    await offline(it)
    started = await charge(it, "A")

    assert started is YES
    assert await show(it, "C") is NO
    assert await show(it, "B") is STOPPED


async def test_4_8_the_parent_that_start_transaction_tells_counts(it: Any) -> None:
    await key(it, "AuthorizeRemoteTxRequests", "false")
    it.script["StartTransaction"] = starts("Accepted", "G")
    it.script["Authorize"] = says("Accepted", "G")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.call("RemoteStartTransaction", idTag="A", connectorId=1)
    await it.advance(1)

    assert await show(it, "B") is STOPPED
    assert it.sent("StopTransaction")[0]["idTag"] == "B"


async def test_4_10_who_has_no_parent_stops_nobody(it: Any) -> None:
    await charge(it, "A")

    assert await show(it, "B") is NO
    assert it.sent("StopTransaction") == []


# Who charges elsewhere (1.6 §7.2).


async def test_7_2_who_charges_elsewhere_may_stop_for_the_parent_but_not_start(it: Any) -> None:
    it.script["Authorize"] = says("Accepted", "G")
    await charge(it, "A")
    it.script["Authorize"] = says("ConcurrentTx", "G")

    assert await show(it, "B", evse=2) is NO
    assert await show(it, "B", evse=1) is STOPPED


async def test_7_2_a_start_that_is_one_too_many_is_ended(it: Any) -> None:
    it.script["StartTransaction"] = starts("ConcurrentTx")
    await charge(it, "A")

    assert [each["reason"] for each in it.sent("StopTransaction")] == ["DeAuthorized"]


async def test_7_2_offline_it_counts_as_valid_once_nothing_goes_on_here(it: Any) -> None:
    await charge(it, "A", evse=2)
    it.script["Authorize"] = says("ConcurrentTx")
    await show(it, "A", evse=1)
    await offline(it)
    during = await show(it, "A", evse=1)
    await show(it, "A", evse=2)

    assert during is NO
    assert await show(it, "A", evse=1) is YES


# Invalid ids (1.6 §3.5.4, errata §3.5, §3.17, §9.1.14, §9.1.24).


async def test_9_1_14_some_energy_flows_before_the_transaction_ends(it: Any) -> None:
    await key(it, "MaxEnergyOnInvalidId", "100")
    it.script["StartTransaction"] = starts("Invalid")
    await charge(it, "A")
    await it.advance(20)
    during = list(it.sent("StopTransaction"))
    await it.advance(20)

    assert during == []
    [stop] = it.sent("StopTransaction")
    assert stop["reason"] == "DeAuthorized"
    assert 100 <= stop["meterStop"] - it.sent("StartTransaction")[0]["meterStart"] <= 110
    assert it.hardware.locked(1)


@pytest.mark.requirement("1.6 key MaxEnergyOnInvalidId")
async def test_9_1_24_some_energy_flows_before_it_is_suspended(it: Any) -> None:
    await key(it, "MaxEnergyOnInvalidId", "100")
    await key(it, "StopTransactionOnInvalidId", "false")
    it.script["StartTransaction"] = starts("Invalid")
    await charge(it, "A")
    await it.advance(20)
    during = it.statuses()[-1]
    await it.advance(60)

    assert (during, it.statuses()[-1]) == ("Charging", "SuspendedEVSE")
    assert it.sent("StopTransaction") == []
    reading = await it.hardware.meter(1)
    start = it.sent("StartTransaction")[0]["meterStart"]
    assert 100 <= reading.energy_wh - start <= 110


async def test_9_1_14_a_driver_who_stops_before_that_just_stops(it: Any) -> None:
    await key(it, "MaxEnergyOnInvalidId", "100")
    it.script["StartTransaction"] = starts("Invalid")
    await charge(it, "A")
    outcome = await show(it, "A")
    await it.advance(60)

    assert outcome is STOPPED
    assert [each["reason"] for each in it.sent("StopTransaction")] == ["Local"]


async def test_9_1_14_the_next_driver_has_nothing_to_do_with_it(it: Any) -> None:
    await key(it, "MaxEnergyOnInvalidId", "100")
    it.script["StartTransaction"] = starts("Invalid")
    await charge(it, "A")
    await show(it, "A")
    await it.hardware.depart()
    it.script["StartTransaction"] = starts("Accepted")
    await charge(it, "B")
    await it.advance(120)

    assert len(it.sent("StopTransaction")) == 1
    assert it.statuses()[-1] == "Charging"


async def test_9_1_14_a_restart_does_not_give_it_again(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    before = world(Version.V16, storage=storage)
    async with before.running() as it:
        await key(it, "MaxEnergyOnInvalidId", "100")
        it.script["StartTransaction"] = starts("Invalid")
        await charge(it, "A")
        await it.advance(20)
        [start] = it.sent("StartTransaction")
    after = world(Version.V16, storage=storage)
    after.hardware = after.equipment = before.hardware
    async with after.running() as it:
        await it.advance(60)

        [stop] = it.sent("StopTransaction")
        assert stop["reason"] == "DeAuthorized"
        assert 100 <= stop["meterStop"] - start["meterStart"] <= 115


async def test_errata_3_5_a_card_of_the_same_parent_frees_the_cable(it: Any) -> None:
    it.script["StartTransaction"] = starts("Invalid", "G")
    await charge(it, "A")
    held = it.hardware.locked(1)
    it.script["Authorize"] = says("Accepted", "g")
    outcome = await show(it, "B")

    assert held
    assert outcome is STOPPED
    assert not it.hardware.locked(1)
    assert [each["idTag"] for each in it.sent("StartTransaction")] == ["A"]


async def test_errata_3_5_a_card_of_another_parent_does_not_free_the_cable(it: Any) -> None:
    it.script["StartTransaction"] = starts("Invalid", "G")
    await charge(it, "A")
    it.script["Authorize"] = says("Blocked", "G")
    refused = await show(it, "B")
    it.script["Authorize"] = says("Accepted", "H")
    it.script["StartTransaction"] = starts("Accepted", "H")
    await show(it, "C")
    await show(it, "C")

    assert refused is NO
    assert it.hardware.locked(1)
    assert await show(it, "A") is STOPPED
    assert not it.hardware.locked(1)


async def test_readers_of_other_kinds_know_the_same_id_tags(it: Any) -> None:
    await shows(it, "A")
    await offline(it)
    token = IdToken("A", IdTokenKind.ISO15693)

    assert await it.station.evse(1).token_presented(token) is YES
