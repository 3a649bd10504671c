"""C01 - C06, C08: who may start, and who may stop, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ocppkit.connection.masking import masked_payload
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, IdTokenKind
from ocppkit.station.id_token import AdditionalInfo
from ocppkit.station.transaction import Authorization, Cause

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
    read,
    says,
    send_list,
    show,
    thinks,
    variable,
)


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V201, TWO).running() as running:
        yield running


# C01, C06: tokens.


@pytest.mark.requirement("C01.FR.01", "C06.FR.01")
async def test_energy_is_offered_only_after_authorization(it: Any) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.advance(10)
    before = it.station.evse(1).energized
    await show(it, "A")

    assert (before, it.station.evse(1).energized) == (False, True)


@pytest.mark.requirement("C01.FR.02", "C01.FR.04", "C06.FR.02", "C06.FR.03")
@pytest.mark.parametrize(
    "kind", [each for each in IdTokenKind if each is not IdTokenKind.NO_AUTHORIZATION]
)
async def test_whoever_is_not_known_is_asked_about_by_id_and_type(
    it: Any, kind: IdTokenKind
) -> None:
    assert await show(it, "Xy", kind=kind) is YES
    assert it.sent("Authorize") == [{"idToken": {"idToken": "Xy", "type": kind.value}}]


@pytest.mark.requirement("C01.FR.02", "C01.FR.07")
@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired", "Unknown", "ConcurrentTx"])
async def test_whoever_the_csms_does_not_accept_does_not_start(it: Any, status: str) -> None:
    thinks(it, A=says(status))

    assert await show(it, "A") is NO
    assert events(it) == []


@pytest.mark.requirement("C01.FR.03", "C01.FR.25")
async def test_the_token_that_started_stops_unasked_in_any_case(it: Any) -> None:
    await charge(it, "Ab")

    assert await show(it, "aB") is STOPPED
    assert asked(it) == ["Ab"]
    assert events(it)[-1] == ("Ended", "StopAuthorized", "aB")


@pytest.mark.requirement("C01.FR.25")
async def test_the_same_text_of_another_type_is_another_token(it: Any) -> None:
    await charge(it, "A")

    assert await show(it, "A", kind=IdTokenKind.LOCAL) is NO
    assert [each["idToken"]["type"] for each in it.sent("Authorize")] == ["ISO14443", "Local"]


@pytest.mark.requirement("C01.FR.05")
async def test_whoever_is_known_is_asked_about_all_the_same_unless_that_is_switched_off(
    it: Any,
) -> None:
    await send_list(it, 1, entry("A", says()))
    await show(it, "A")
    await show(it, "A")
    await variable(it, "AuthCtrlr.LocalPreAuthorize", "true")
    await show(it, "A")

    assert asked(it) == ["A"]


@pytest.mark.requirement("C01.FR.20", "C01.FR.21")
async def test_a_token_for_some_evses_starts_only_there(it: Any) -> None:
    thinks(it, A=says(evseId=[2]))

    assert [await show(it, "A", evse=each) for each in (1, 2)] == [NO, YES]


@pytest.mark.requirement("C01.FR.21")
async def test_list_and_cache_know_for_which_evses_a_token_is(it: Any) -> None:
    thinks(it, B=says(evseId=[2]))
    await send_list(it, 1, entry("A", says(evseId=[2])))
    await show(it, "B", evse=2)
    await show(it, "B", evse=2)
    await variable(it, "AuthCtrlr.LocalPreAuthorize", "true")

    assert [await show(it, name, evse=1) for name in "AB"] == [NO, NO]
    assert await show(it, "A", evse=2) is YES
    assert asked(it) == ["B"]


@pytest.mark.requirement("C01.FR.23")
async def test_a_transaction_that_had_its_driver_takes_no_other(it: Any) -> None:
    await variable(it, "TxCtrlr.TxStopPoint", "EVConnected")
    await charge(it, "A")
    await show(it, "A")

    assert await show(it, "B") is NO
    assert asked(it) == ["A"]
    assert await show(it, "A") is YES


@pytest.mark.requirement("C01.FR.26")
async def test_an_authorization_without_a_cable_ends(it: Any) -> None:
    await variable(it, "TxCtrlr.TxStartPoint", "PowerPathClosed")
    await variable(it, "TxCtrlr.EVConnectionTimeOut", "30")
    await show(it, "A")
    await it.advance(31)
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.advance(2)

    assert it.station.evse(1).authorization is None
    assert events(it) == []


async def test_additional_infos_go_with_a_token_and_make_no_other_of_it(it: Any) -> None:
    more = tuple(AdditionalInfo(value=f"v{number}", type="ours") for number in range(12))
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.station.evse(1).token_presented(IdToken("A", additional=more))
    stopped = await show(it, "A")

    told = [{"additionalIdToken": f"v{number}", "type": "ours"} for number in range(10)]
    token = {"idToken": "A", "type": "ISO14443", "additionalInfo": told}
    assert it.sent("Authorize") == [{"idToken": token}]
    assert it.sent("TransactionEvent")[1]["idToken"] == token
    assert await read(it, "AuthCtrlr.AdditionalInfoItemsPerMessage") == "10"
    assert stopped is STOPPED


async def test_additional_infos_of_a_remote_start_are_told(it: Any) -> None:
    info = [{"additionalIdToken": "v", "type": "ours"}]
    token = {"idToken": "A", "type": "Central", "additionalInfo": info}
    await it.call("RequestStartTransaction", idToken=token, remoteStartId=1, evseId=1)
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.settle()

    assert it.sent("TransactionEvent")[0]["idToken"] == token


async def test_where_nobody_is_authorized_tokens_are_only_told(it: Any) -> None:
    await variable(it, "AuthCtrlr.Enabled", "false")
    outcome = await show(it, "A")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.settle()

    assert (outcome, asked(it)) == (YES, [])
    assert events(it)[0] == ("Started", "Authorized", "A")


async def test_where_nobody_is_authorized_whoever_plugs_in_charges_until_a_button_stops(
    it: Any,
) -> None:
    await variable(it, "AuthCtrlr.Enabled", "false")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.advance(2)
    charged = it.station.evse(1).energized
    stopped = await show(it, "", kind=IdTokenKind.NO_AUTHORIZATION)
    await it.advance(10)
    rests = it.station.evse(1).energized
    await it.hardware.depart()
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.advance(2)

    assert (charged, stopped, rests) == (True, STOPPED, False)
    assert it.station.evse(1).energized
    tokens = [each["idToken"] for each in it.sent("TransactionEvent") if "idToken" in each]
    assert set(map(str, tokens)) == {str({"idToken": "", "type": "NoAuthorization"})}
    assert asked(it) == []


async def test_where_nobody_may_be_asked_list_and_cache_decide(it: Any) -> None:
    await send_list(it, 1, entry("A", says()), entry("B", says("Blocked")))
    await variable(it, "AuthCtrlr.DisableRemoteAuthorization", "true")

    assert [await show(it, name) for name in "CBA"] == [NO, NO, YES]
    assert asked(it) == []


async def test_an_ev_charges_by_its_own_identifier_where_that_is_switched_on(it: Any) -> None:
    await variable(it, "AuthCtrlr.AutochargeEnabled", "true")
    await it.hardware.arrive(SimulatedEv(start_delay=1))

    assert await it.station.evse(1).ev_identified("00:1a:2b:3c:4d:5e") is YES
    token = {"idToken": "VID:001A2B3C4D5E", "type": "MacAddress"}
    assert it.sent("Authorize") == [{"idToken": token}]


# C02: a start button.


@pytest.mark.requirement("C02.FR.01")
@pytest.mark.parametrize("away", [False, True])
async def test_a_button_starts_and_stops_unasked_without_an_id(it: Any, away: bool) -> None:
    if away:
        await offline(it)
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    started = await show(it, "pressed", kind=IdTokenKind.NO_AUTHORIZATION)
    stopped = await show(it, "", kind=IdTokenKind.NO_AUTHORIZATION)
    it.down = False
    await it.advance(120)

    nobody = {"idToken": "", "type": "NoAuthorization"}
    tokens = [each["idToken"] for each in it.sent("TransactionEvent") if "idToken" in each]
    assert (started, stopped, asked(it)) == (YES, STOPPED, [])
    assert tokens == [nobody, nobody]


@pytest.mark.requirement("C02.FR.03", "C03.FR.02", "C05.FR.02")
@pytest.mark.parametrize("kind", [IdTokenKind.NO_AUTHORIZATION, IdTokenKind.CENTRAL])
async def test_tokens_of_nobody_and_of_the_csms_are_not_cached(it: Any, kind: IdTokenKind) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await show(it, "A", kind=kind)
    await it.advance(2)

    assert await read(it, "AuthCacheCtrlr.Storage") == "0"


# C03, C05: tokens of the CSMS.


@pytest.mark.requirement("C03.FR.01", "C05.FR.01", "C05.FR.03", "C05.FR.05")
async def test_a_central_token_of_a_remote_start_is_not_asked_about(it: Any) -> None:
    await variable(it, "AuthCtrlr.AuthorizeRemoteStart", "true")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    token = {"idToken": "A", "type": "Central"}
    await it.call("RequestStartTransaction", idToken=token, remoteStartId=7, evseId=1)
    await it.advance(2)

    told = [each for each in it.sent("TransactionEvent") if "idToken" in each]
    assert asked(it) == []
    assert [each["idToken"] for each in told] == [token]
    assert told[0]["transactionInfo"]["remoteStartId"] == 7


async def test_a_remote_start_with_another_token_asks(it: Any) -> None:
    await variable(it, "AuthCtrlr.AuthorizeRemoteStart", "true")
    token = {"idToken": "A", "type": "ISO14443"}
    await it.call("RequestStartTransaction", idToken=token, remoteStartId=7, evseId=1)

    assert asked(it) == ["A"]


# C04: codes.


@pytest.mark.requirement("C04.FR.04")
def test_a_code_stands_in_no_log() -> None:
    payload = {"idToken": {"idToken": "123456789012", "type": "KeyCode"}}

    shown = {"idToken": {"idToken": "***", "type": "KeyCode"}}
    assert masked_payload(payload) == shown
    assert masked_payload(payload, keep_tokens=True) == shown
    assert "9012" not in repr(IdToken("123456789012", IdTokenKind.KEY_CODE))


@pytest.mark.requirement("C04.FR.06")
async def test_after_some_wrong_codes_the_next_have_to_wait_longer_and_longer(it: Any) -> None:
    thinks(it, **{f"{number}": says("Invalid") for number in range(9)})
    code = IdTokenKind.KEY_CODE
    for number in range(4):
        await show(it, f"{number}", kind=code)
    await it.advance(5)
    await show(it, "4", kind=code)
    await it.advance(5)
    early = await show(it, "right", kind=code)
    await it.advance(5)

    assert early is NO
    assert asked(it) == ["0", "1", "2", "4"]
    assert await show(it, "right", kind=code) is YES


@pytest.mark.requirement("C04.FR.06")
async def test_a_right_code_forgives_the_wrong_ones_and_cards_never_wait(it: Any) -> None:
    thinks(it, wrong=says("Invalid"))
    code = IdTokenKind.KEY_CODE
    for name in ("wrong", "wrong", "right", "right", "wrong", "wrong", "wrong"):
        await show(it, name, kind=code)

    assert asked(it) == ["wrong", "wrong", "right", "wrong", "wrong", "wrong"]
    assert await show(it, "card") is YES


@pytest.mark.requirement("C04.FR.03")
async def test_a_code_is_cached(it: Any) -> None:
    code = IdTokenKind.KEY_CODE
    await show(it, "1234", kind=code)
    await show(it, "1234", kind=code)
    await offline(it)

    assert await show(it, "1234", kind=code) is YES


# C08: external identification.


@pytest.mark.requirement("C08.FR.01", "C08.FR.02")
async def test_a_driver_may_come_late_to_an_ev_that_identifies_nobody(it: Any) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.advance(3600)

    assert await show(it, "A") is YES
    assert asked(it) == ["A"]


@pytest.mark.requirement("C01.FR.23")
async def test_nor_does_one_whose_driver_came_while_the_csms_was_asked(it: Any) -> None:
    await variable(it, "TxCtrlr.TxStopPoint", "EVConnected")
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    evse, accepted = it.station.core.evses[1], it.script["Authorize"]

    async def another() -> None:
        await evse.authorize(Authorization(token=IdToken("A")), Cause.REMOTE_START)
        await evse.withdraw(Cause.STOP_AUTHORIZED, token=IdToken("A"))

    def comes_meanwhile(payload: dict[str, Any]) -> Any:
        meanwhile.append(asyncio.create_task(another()))
        return accepted(payload)

    meanwhile: list[asyncio.Task[None]] = []
    it.script["Authorize"] = comes_meanwhile
    outcome = await show(it, "B")

    assert outcome is NO
    assert evse.authorization is None
    assert evse.transaction.token == IdToken("A")


@pytest.mark.parametrize("what", ["faulted", "inoperative"])
@pytest.mark.requirement("C01.FR.01")
async def test_nor_does_an_evse_that_cannot_be_used_once_the_csms_has_answered(
    it: Any, what: str
) -> None:
    evse, accepted = it.station.core.evses[1], it.script["Authorize"]

    def breaks_meanwhile(payload: dict[str, Any]) -> Any:
        if what == "faulted":
            evse.connectors[1].fails(Fault(kind=FaultKind.GROUND_FAILURE))
        else:
            evse.operative = False
        return accepted(payload)

    it.script["Authorize"] = breaks_meanwhile
    outcome = await show(it, "B")

    assert outcome is NO
    assert asked(it) == ["B"]
    assert evse.authorization is None
